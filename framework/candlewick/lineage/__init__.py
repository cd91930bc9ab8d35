"""Lineage: what feeds what, down to the candle columns, as plain data and as one HTML page."""

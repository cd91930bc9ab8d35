"""The lineage browser."""

"""The store: candles, ledger and runs in one DuckDB file, columns in Parquet parts beside it. All SQL is here."""

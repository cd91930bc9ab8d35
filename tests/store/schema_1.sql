-- The store of a project. Everything in it can be rebuilt from the candle source and the project.
-- The schema `main` is for users: the table `candles`, and one view per model. The schema `wick` is candlewick's own;
-- its times count milliseconds since 1970.

CREATE SCHEMA wick;

CREATE TABLE wick.schema_version (version INTEGER NOT NULL);

-- What the candles were read with; another value of any setting reads every source file afresh.
CREATE TABLE wick.settings (name VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);

-- One row per source file that has been read; `content` is the hash that decides whether it is read again (empty: it is).
CREATE TABLE wick.files (
    id INTEGER PRIMARY KEY,
    path VARCHAR NOT NULL UNIQUE,
    content VARCHAR NOT NULL,
    candles BIGINT NOT NULL
);

-- (symbol, ts) is unique: ingest sees to it, an index would double the size of the file.
-- `ts` is the open time; `file` the source file the candle came from, or -1 when several hold it.
CREATE TABLE candles (
    symbol VARCHAR NOT NULL,
    ts TIMESTAMPTZ NOT NULL,
    open DOUBLE NOT NULL,
    high DOUBLE NOT NULL,
    low DOUBLE NOT NULL,
    close DOUBLE NOT NULL,
    volume DOUBLE,
    file INTEGER NOT NULL
);

-- The content hash of the candles of one symbol in one UTC month (counted from January 1970).
CREATE TABLE wick.data_versions (
    symbol VARCHAR NOT NULL,
    month INTEGER NOT NULL,
    version VARCHAR NOT NULL,
    candles BIGINT NOT NULL,
    first_ts BIGINT NOT NULL,
    last_ts BIGINT NOT NULL
);

-- Holes in the candles of a symbol, as found when it last changed.
CREATE TABLE wick.gaps (
    symbol VARCHAR PRIMARY KEY,
    gaps BIGINT NOT NULL,
    missing BIGINT NOT NULL,
    closures BIGINT NOT NULL,
    first_after BIGINT,
    first_missing BIGINT NOT NULL,
    largest_after BIGINT,
    largest_missing BIGINT NOT NULL
);

-- The ledger: which Parquet parts hold the published columns. Paths are relative to the target folder.
CREATE TABLE wick.parts (
    model VARCHAR NOT NULL,
    grp VARCHAR NOT NULL,
    symbol VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    columns VARCHAR NOT NULL,
    row_count BIGINT NOT NULL,
    first_ts BIGINT,
    last_ts BIGINT,
    digest VARCHAR NOT NULL,
    run VARCHAR NOT NULL
);

-- The columns of every published model, in the order the user defined them.
CREATE TABLE wick.models (model VARCHAR PRIMARY KEY, columns VARCHAR NOT NULL);

CREATE TABLE wick.runs (
    id VARCHAR PRIMARY KEY,
    command VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    started TIMESTAMPTZ NOT NULL,
    finished TIMESTAMPTZ NOT NULL,
    facts VARCHAR NOT NULL
);

INSERT INTO wick.schema_version VALUES (1);

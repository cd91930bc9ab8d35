-- The store of a project. Everything in it can be rebuilt from the candle source and the project.
-- The schema `main` is for users: the table `candles`, and one view per model. The schema `wick` is candlewick's own;
-- its times count milliseconds since 1970. What every run writes anew has no key, though code sees to it that ids are
-- unique: DuckDB gives the space of rows that are gone back only where no index names them.

CREATE SCHEMA wick;

CREATE TABLE wick.schema_version (version INTEGER NOT NULL);

-- What the candles were read with; another value of any setting reads every source file afresh.
CREATE TABLE wick.settings (name VARCHAR NOT NULL, value VARCHAR NOT NULL);

-- One row per source file that has been read. `content` is the hash that decides whether it is read again (empty: it is);
-- `stamp` is the size and the times under which nothing was written to it since (empty: only the hash tells). Of its first
-- `sound` bytes, whose hash is `beginning`, every line is a candle: what a file gains after them is read alone. Of a file
-- that is packed, or Parquet, these are rows.
CREATE TABLE wick.files (
    id INTEGER NOT NULL,
    path VARCHAR NOT NULL,
    content VARCHAR NOT NULL,
    stamp VARCHAR NOT NULL,
    sound BIGINT NOT NULL,
    beginning VARCHAR NOT NULL
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

-- The content hash of the candles of one symbol in one UTC month (counted from January 1970): of all of them in
-- `version`; in `columns` that of ts, open, high, low, close and volume one after the other, 32 characters each.
CREATE TABLE wick.data_versions (
    symbol VARCHAR NOT NULL,
    month INTEGER NOT NULL,
    version VARCHAR NOT NULL,
    columns VARCHAR NOT NULL,
    candles BIGINT NOT NULL,
    first_ts BIGINT NOT NULL,
    last_ts BIGINT NOT NULL
);

-- What the beginning of a month is, up to a candle that was once its last: as in `data_versions`. Of those that a snapshot
-- ends with, where only later candles came since.
CREATE TABLE wick.beginnings AS FROM wick.data_versions;

-- Old candles that an ingest changed, added before others or took away: the first of each symbol and month.
CREATE TABLE wick.restated (symbol VARCHAR NOT NULL, month INTEGER NOT NULL, ts BIGINT NOT NULL);

-- Holes in the candles of a symbol, as found when it last changed.
CREATE TABLE wick.gaps (
    symbol VARCHAR NOT NULL,
    gaps BIGINT NOT NULL,
    missing BIGINT NOT NULL,
    closures BIGINT NOT NULL,
    first_after BIGINT,
    first_missing BIGINT NOT NULL,
    largest_after BIGINT,
    largest_missing BIGINT NOT NULL
);

-- The holes themselves, up to the candle `last_ts`: when each begins, then when each ends, as int64 numbers.
CREATE TABLE wick.holes (symbol VARCHAR NOT NULL, last_ts BIGINT NOT NULL, holes BLOB NOT NULL);

-- The ledger: what each arm holds of a model, a group and a symbol, what it was computed by (`recipe`) and from which
-- candles (`snapshot`). What is not shown belongs to a group that is off: it is kept for the day it is on again. The arm
-- `main~RUN` is what the edition of that run held in `main`, and the next one does not.
CREATE TABLE wick.holdings (
    arm VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    grp VARCHAR NOT NULL,
    symbol VARCHAR NOT NULL,
    recipe VARCHAR NOT NULL,
    snapshot VARCHAR NOT NULL,
    shown BOOLEAN NOT NULL,
    run VARCHAR NOT NULL
);

-- The parts of each holding, one after the other in time: rows of one symbol in a Parquet file, which may hold those of
-- other symbols too. Paths are relative to the target folder.
CREATE TABLE wick.parts (
    arm VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    grp VARCHAR NOT NULL,
    symbol VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    row_count BIGINT NOT NULL,
    first_ts BIGINT,
    last_ts BIGINT,
    digest VARCHAR NOT NULL
);

-- The Parquet files of parts: their columns as JSON, and the rows of all symbols. Rows of a file that is not final may
-- change when candles are appended: their part is then replaced.
CREATE TABLE wick.part_files (
    path VARCHAR NOT NULL,
    columns VARCHAR NOT NULL,
    row_count BIGINT NOT NULL,
    final BOOLEAN NOT NULL
);

-- The fingerprint of every column of a model's group, with the pieces it was made from, as JSON.
CREATE TABLE wick.recipes (id VARCHAR NOT NULL, columns VARCHAR NOT NULL);

-- The data versions of one symbol as some run saw them, as JSON.
CREATE TABLE wick.snapshots (id VARCHAR NOT NULL, symbol VARCHAR NOT NULL, months VARCHAR NOT NULL);

-- The state of the program after the last candle of a snapshot: float64 numbers, laid out as JSON says.
CREATE TABLE wick.states (
    symbol VARCHAR NOT NULL,
    snapshot VARCHAR NOT NULL,
    layout VARCHAR NOT NULL,
    numbers BLOB NOT NULL
);
CREATE TABLE wick.layouts (id VARCHAR NOT NULL, nodes VARCHAR NOT NULL);

-- What data tests found, by a hash of the test and of everything it reads.
CREATE TABLE wick.tested (id VARCHAR NOT NULL, found VARCHAR NOT NULL);

-- The columns of every published model of an arm, in the order the user defined them.
CREATE TABLE wick.models (arm VARCHAR NOT NULL, model VARCHAR NOT NULL, columns VARCHAR NOT NULL);

CREATE TABLE wick.runs (
    id VARCHAR PRIMARY KEY,
    command VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    started TIMESTAMPTZ NOT NULL,
    finished TIMESTAMPTZ NOT NULL,
    facts VARCHAR NOT NULL
);

INSERT INTO wick.schema_version VALUES (4);

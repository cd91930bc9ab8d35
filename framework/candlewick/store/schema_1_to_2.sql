-- From schema 1 to schema 2: arms, recipes, snapshots and saved states. What was published stays published; nothing of
-- it can be reused, for schema 1 did not say what it was computed from. The data versions are filled in by `migrate`.

ALTER TABLE wick.parts RENAME TO parts_1;
ALTER TABLE wick.models RENAME TO models_1;
DROP TABLE wick.data_versions;

CREATE TABLE wick.data_versions (
    symbol VARCHAR NOT NULL,
    month INTEGER NOT NULL,
    version VARCHAR NOT NULL,
    columns VARCHAR NOT NULL,
    candles BIGINT NOT NULL,
    first_ts BIGINT NOT NULL,
    last_ts BIGINT NOT NULL
);

CREATE TABLE wick.restated (symbol VARCHAR NOT NULL, month INTEGER NOT NULL, ts BIGINT NOT NULL);

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

CREATE TABLE wick.parts (
    arm VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    grp VARCHAR NOT NULL,
    symbol VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    columns VARCHAR NOT NULL,
    row_count BIGINT NOT NULL,
    first_ts BIGINT,
    last_ts BIGINT,
    digest VARCHAR NOT NULL,
    final BOOLEAN NOT NULL
);

CREATE TABLE wick.recipes (id VARCHAR PRIMARY KEY, columns VARCHAR NOT NULL);

CREATE TABLE wick.snapshots (id VARCHAR PRIMARY KEY, symbol VARCHAR NOT NULL, months VARCHAR NOT NULL);

CREATE TABLE wick.states (
    symbol VARCHAR NOT NULL,
    snapshot VARCHAR NOT NULL,
    layout VARCHAR NOT NULL,
    numbers BLOB NOT NULL
);

CREATE TABLE wick.layouts (id VARCHAR PRIMARY KEY, nodes VARCHAR NOT NULL);

CREATE TABLE wick.tested (id VARCHAR PRIMARY KEY, found VARCHAR NOT NULL);

CREATE TABLE wick.models (arm VARCHAR NOT NULL, model VARCHAR NOT NULL, columns VARCHAR NOT NULL);

INSERT INTO wick.holdings SELECT DISTINCT 'main', model, grp, symbol, '', '', true, run FROM wick.parts_1;
INSERT INTO wick.parts
    SELECT 'main', model, grp, symbol, path, columns, row_count, first_ts, last_ts, digest, true FROM wick.parts_1;
INSERT INTO wick.models SELECT 'main', model, columns FROM wick.models_1;
DROP TABLE wick.parts_1;
DROP TABLE wick.models_1;
UPDATE wick.schema_version SET version = 2;

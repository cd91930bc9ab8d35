-- From schema 2 to schema 3: a Parquet file may hold the parts of many symbols; what is true of a file is said once.

ALTER TABLE wick.parts RENAME TO parts_2;

CREATE TABLE wick.part_files (
    path VARCHAR NOT NULL,
    columns VARCHAR NOT NULL,
    row_count BIGINT NOT NULL,
    final BOOLEAN NOT NULL
);

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

INSERT INTO wick.part_files SELECT DISTINCT path, columns, row_count, final FROM wick.parts_2;
INSERT INTO wick.parts SELECT * EXCLUDE (columns, final) FROM wick.parts_2;
DROP TABLE wick.parts_2;
UPDATE wick.schema_version SET version = 3;

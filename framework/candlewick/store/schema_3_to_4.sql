-- From schema 3 to schema 4: what is known of files, months and holes that only gain later candles.

ALTER TABLE wick.files RENAME TO files_3;

CREATE TABLE wick.files (
    id INTEGER PRIMARY KEY,
    path VARCHAR NOT NULL UNIQUE,
    content VARCHAR NOT NULL,
    stamp VARCHAR NOT NULL,
    sound BIGINT NOT NULL,
    beginning VARCHAR NOT NULL
);

CREATE TABLE wick.beginnings AS FROM wick.data_versions LIMIT 0;
CREATE TABLE wick.holes (symbol VARCHAR PRIMARY KEY, last_ts BIGINT NOT NULL, holes BLOB NOT NULL);

INSERT INTO wick.files SELECT id, path, content, '', 0, '' FROM wick.files_3;
DROP TABLE wick.files_3;
UPDATE wick.schema_version SET version = 4;

-- From schema 3 to schema 4: what is known of files, months and holes that only gain later candles.

CREATE TABLE wick.files_4 (
    id INTEGER NOT NULL,
    path VARCHAR NOT NULL,
    content VARCHAR NOT NULL,
    stamp VARCHAR NOT NULL,
    sound BIGINT NOT NULL,
    beginning VARCHAR NOT NULL
);
INSERT INTO wick.files_4 SELECT id, path, content, '', 0, '' FROM wick.files;
DROP TABLE wick.files;
ALTER TABLE wick.files_4 RENAME TO files;

CREATE TABLE wick.beginnings AS FROM wick.data_versions LIMIT 0;
CREATE TABLE wick.holes (symbol VARCHAR NOT NULL, last_ts BIGINT NOT NULL, holes BLOB NOT NULL);

UPDATE wick.schema_version SET version = 4;

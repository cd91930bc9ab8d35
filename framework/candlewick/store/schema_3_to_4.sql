-- From schema 3 to schema 4: what is known of files, months and holes that only gain later candles; no keys but of what
-- is written once, so that the space of rows that are gone is given back.

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

CREATE TABLE wick.settings_4 AS FROM wick.settings;
DROP TABLE wick.settings;
ALTER TABLE wick.settings_4 RENAME TO settings;

CREATE TABLE wick.gaps_4 AS FROM wick.gaps;
DROP TABLE wick.gaps;
ALTER TABLE wick.gaps_4 RENAME TO gaps;

CREATE TABLE wick.recipes_4 AS FROM wick.recipes;
DROP TABLE wick.recipes;
ALTER TABLE wick.recipes_4 RENAME TO recipes;

CREATE TABLE wick.snapshots_4 AS FROM wick.snapshots;
DROP TABLE wick.snapshots;
ALTER TABLE wick.snapshots_4 RENAME TO snapshots;

CREATE TABLE wick.layouts_4 AS FROM wick.layouts;
DROP TABLE wick.layouts;
ALTER TABLE wick.layouts_4 RENAME TO layouts;

CREATE TABLE wick.tested_4 AS FROM wick.tested;
DROP TABLE wick.tested;
ALTER TABLE wick.tested_4 RENAME TO tested;

UPDATE wick.schema_version SET version = 4;

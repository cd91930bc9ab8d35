from __future__ import annotations

import datetime as dt

import pytest

from candlewick.errors import ConfigError
from candlewick.project.config import load_config

BASE = "name: tiny\ncandles:\n  path: seeds/*.csv\n  interval: 1d\n"


def read(tmp_path, text):
    path = tmp_path / "wick.yml"
    path.write_text(text)
    return load_config(path)


def test_defaults(tmp_path):
    config = read(tmp_path, BASE)
    assert config.candles.stamp == "open"
    assert config.groups.toggle_env == "WICK_ENABLED"
    assert config.store == "target/candlewick.duckdb"


def test_yaml_off_is_a_word(tmp_path):
    assert read(tmp_path, BASE + "tracking: {mlflow: off}\n").tracking.mlflow == "off"


@pytest.mark.parametrize(
    ("text", "code", "line", "words", "hint"),
    [
        (BASE + "gropus: {}\n", "config-unknown-key", 5, "gropus", "did you mean 'groups'?"),
        (BASE + "  intervall: 1d\n", "config-unknown-key", 5, "candles.intervall", "did you mean 'interval'?"),
        (BASE.replace("1d", "1x"), "config-value", 4, "candles.interval is '1x'", ""),
        (BASE.replace("1d", "5min"), "config-value", 4, "'5min'", ""),
        (BASE + "  gaps: alow\n", "config-value", 5, "candles.gaps is 'alow'", "did you mean 'allow'?"),
        (
            BASE + "fit: {settings: {top_k: [3]}}\n",
            "config-value",
            5,
            "'top_k' is [3]; a setting is a finite number",
            "",
        ),
        (BASE + "fit: {settings: {fill: .nan}}\n", "config-value", 5, "'fill' is nan; a setting is a finite", ""),
        (BASE + "split: {train_end: 20141231}\n", "config-value", 5, "train_end is 20141231: it should be a date", ""),
        (BASE + "split: {train_end: '20141231'}\n", "config-value", 5, "it should be a date", ""),
        (BASE + "split: {train_end: 9999-12-31}\n", "config-value", 5, "train_end is 9999-12-31: candles open", ""),
        (BASE + "store: seeds\n", "config-value", 5, "store is 'seeds': it should name a DuckDB file", ""),
        (BASE + "store: ''\n", "config-value", 5, "store is '': it should name a DuckDB file", ""),
        (BASE + "? [a]\n: b\n", "config-value", 5, "this key is no text", "before the colon"),
        (BASE + "split: {train_end: 2014-12-31, folds: 0}\n", "config-value", 5, "split.folds is 0", ""),
        ("name: tiny\ncandles:\n  interval: 1d\n", "config-value", 2, "candles.path is missing", "add candles.path"),
        (BASE.replace("tiny", "9 lives"), "config-value", 1, "name is '9 lives'", ""),
        (BASE + "  columns: {cloze: c}\n", "config-value", 5, "'cloze' is not a candle column", ""),
        (BASE + "name: again\n", "config-duplicate-key", 1, "'name' stands twice", "keep one"),
        ("name: [tiny\n", "config-yaml", 2, "not valid YAML", "indentation"),
        ("", "config-value", 1, "holds no keys", "wick init"),
        ("- a\n", "config-value", 1, "holds no keys", "wick init"),
        ("candles: {path: x, interval: 1d}\n", "config-value", 1, "the key name is missing", "add name"),
        (BASE.replace("seeds/*.csv", "''"), "config-value", 3, "candles.path is '': it should name something", ""),
        (BASE + "tracking: {mlflow: flie}\n", "config-value", 5, "did you mean 'file'?", ""),
        (BASE + "tracking: {mlflow: yes}\n", "config-value", 5, "tracking.mlflow is True", ""),
        (BASE + "split: {train_end: soon}\n", "config-value", 5, "split.train_end is 'soon'", ""),
        (BASE + "models: {features: ../other}\n", "config-value", 5, "cannot be imported from", ""),
    ],
)
def test_an_error_points_at_the_line(tmp_path, text, code, line, words, hint):
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    error = caught.value
    assert error.code == code, str(error)
    assert words in error.what
    assert hint in error.hint
    if line is not None:
        assert error.where[0].line == line


@pytest.mark.parametrize(
    ("written", "last"),
    [
        ("2014-12-31", "2014-12-31T23:59:59.999+00:00"),
        ("'2014-12-31'", "2014-12-31T23:59:59.999+00:00"),
        ("2014-12-31 12:00:00", "2014-12-31T12:00:00+00:00"),
        ("2014-12-31T12:00:00.003+02:00", "2014-12-31T10:00:00.003+00:00"),
        ("'2014-12-31T12:00:00.003+02:00'", "2014-12-31T10:00:00.003+00:00"),
    ],
)
def test_the_end_of_training_is_exact_to_the_millisecond(tmp_path, written, last):
    split = read(tmp_path, BASE + f"split: {{train_end: {written}}}\n").split
    assert dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(milliseconds=split.last_ms) == dt.datetime.fromisoformat(
        last
    )

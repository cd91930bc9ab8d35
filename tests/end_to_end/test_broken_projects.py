"""Projects broken in every way we could think of, through the command line.

Each ends with exit code 1 or 2, one message with the user's own line, no traceback, and the store as it was. What is
refused while the graph is read has a table of its own, in tests/project/test_broken_projects.py.
"""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.slow  # many whole projects

IMPORTS = "import numpy as np\nimport pandas as pd\nfrom hamilton.function_modifiers import config\n"
YML = "name: broken\ncandles: {path: seeds/*.csv, interval: 1d, gaps: allow}\ngroups: {baseline: [trend]}\n"


def module(text):
    """A module of features; its first line is line 4."""
    return {"features/bad.py": IMPORTS + text}


def feature(*body, before=""):
    """A feature ``bad`` of ``close``: its ``def`` is line 4, its body starts at line 5 (without ``before``)."""
    return module(before + "def bad(close: pd.Series) -> pd.Series:\n" + "".join(f"    {line}\n" for line in body))


def data_test(body, signature="ret: pd.Series"):
    return {"data_tests/mine.py": f"{IMPORTS}def check({signature}) -> pd.Series:\n    {body}\n"}


def sql(query):
    return {"data_tests/mine.sql": query}


def declared(entry, target="ret"):
    return {"wick.yml": f"{YML}tests:\n  {target}: [{entry}]\n"}


AHEAD = "node-looks-ahead"

# name: (files, exit code, error code, 'file:line', words that the output holds)
WHILE_RUNNING = {
    "raises in one symbol only": (
        feature("if close.iloc[0] < 75:", "    raise ValueError('too cheap')", "return close"),
        1, "node-raised", "features/bad.py:6", "'bad' raised ValueError for BBB: too cheap",
    ),
    "raises in a helper": (
        feature("return _double(close)", before="def _double(x):\n    return x.dubble()\n"),
        1, "node-raised", "features/bad.py:5", "no attribute 'dubble'",
    ),
    "raises in pandas": (feature("return close['nope']"), 1, "node-raised", "features/bad.py:5", "KeyError for AAA: 'nope'"),
    "exits": (feature("raise SystemExit(0)"), 1, "node-raised", "features/bad.py:5", "'bad' raised SystemExit for AAA: 0"),
    "pretends to be interrupted": (feature("raise KeyboardInterrupt"), 1, "node-raised", "features/bad.py:5", "KeyboardInterrupt"),
    "recurses": (
        feature("return _again(close)", before="def _again(x):\n    return _again(x)\n"),
        1, "node-raised", "features/bad.py:5", "RecursionError",
    ),
    "runs out of memory": (feature("raise MemoryError"), 1, "node-raised", "features/bad.py:5", "raised MemoryError for AAA"),
    "raises what cannot be printed": (
        feature("raise _Mute", before="class _Mute(Exception):\n    def __str__(self):\n        raise ValueError\n"),
        1, "node-raised", "features/bad.py:8", "raised _Mute for AAA",
    ),
    "raises in colours": (feature(r"raise ValueError('\x1b[31mred\x1b[0m\nsecond')"), 1, "node-raised", "features/bad.py:5", "[31mred"),
    "shifts back": (feature("return close.shift(-1)"), 1, AHEAD, "features/bad.py:4", "for AAA at 2020-02-08 00:00"),
    "shifts back in one symbol": (feature("return close.shift(-1) if close.iloc[0] < 75 else close"), 1, AHEAD, "features/bad.py:4", "for BBB"),
    "shifts back on some candles": (feature("return close.where(close < close.shift(1), close.shift(-1))"), 1, AHEAD, "features/bad.py:4", ""),
    "centres a window": (feature("return close.rolling(3, center=True).mean()"), 1, AHEAD, "features/bad.py:4", ""),
    "fills backwards": (feature("return close.where(close > 105).bfill()"), 1, AHEAD, "features/bad.py:4", ""),
    "takes the mean of the column": (feature("return close - close.mean()"), 1, AHEAD, "features/bad.py:4", ""),
    "takes a mean through fill_value": (feature("return close.shift(1, fill_value=close.mean())"), 1, AHEAD, "features/bad.py:4", ""),
    "takes quantiles of the column": (feature("return pd.qcut(close, 4, labels=False)"), 1, AHEAD, "features/bad.py:4", ""),
    "marks the last candle": (feature("out = close * 0", "out.iloc[-1] = 1", "return out"), 1, AHEAD, "features/bad.py:4", ""),
    "compares with tomorrow": (feature("return close.shift(-1) > close"), 1, AHEAD, "features/bad.py:4", "it is True, but False"),
    "looks ahead through a number": (
        module("def level(close: pd.Series) -> float:\n    return float(close.max())\n\n"
               "def bad(close: pd.Series, level: float) -> pd.Series:\n    return close / level\n"),
        1, AHEAD, "features/bad.py:7", "'bad' looks ahead",
    ),
    "is random": (feature("return close + np.random.default_rng().normal()"), 1, "node-impure", "features/bad.py:4", "for the same candles"),
    "keeps state in a default": (
        module("def bad(close: pd.Series, seen: list = [1]) -> pd.Series:\n    seen.append(1)\n    return close.shift(len(seen))\n"),
        1, "node-impure", "features/bad.py:4", "",
    ),
    "too few values": (feature("return close.iloc[5:]"), 1, "node-length", "features/bad.py:4", "35 values for 40 candles"),
    "another index": (feature("return close.reset_index(drop=True)"), 1, "node-index", "features/bad.py:4", "index=close.index"),
    "another order": (feature("return close[::-1]"), 1, "node-index", "features/bad.py:4", ""),
    "another time zone": (feature("return close.tz_localize(None)"), 1, "node-index", "features/bad.py:4", ""),
    "text": (feature("return close.astype(str)"), 1, "node-dtype", "features/bad.py:4", "a number or a truth value"),
    "objects": (feature("return pd.Series([object()] * len(close), index=close.index)"), 1, "node-dtype", "features/bad.py:4", "object"),
    "categories": (feature("return pd.cut(close, [0, 60, 1000])"), 1, "node-dtype", "features/bad.py:4", "category"),
    "complex numbers": (feature("return close * 1j"), 1, "node-dtype", "features/bad.py:4", "complex128"),
    "nothing": (feature("close * 2"), 1, "node-not-a-series", "features/bad.py:4", "'bad' returned nothing"),
    "a frame": (feature("return close.to_frame()"), 1, "node-not-a-series", "features/bad.py:4", "a DataFrame of shape (40, 1)"),
    "an array": (feature("return close.to_numpy()"), 1, "node-not-a-series", "features/bad.py:4", "ndarray of shape (40,)"),
    "a generator": (feature("yield close"), 1, "node-not-a-series", "features/bad.py:4", "a generator"),
    "a label that raises": (
        {"labels/up.py": IMPORTS + "def up(close: pd.Series) -> pd.Series:\n    return close.shft(-1)\n"},
        1, "node-raised", "labels/up.py:5", "no attribute 'shft'",
    ),
}  # fmt: skip

WHILE_READING = {
    "wick.yml is no YAML": ({"wick.yml": "name: [x\n  candles:"}, 2, "config-yaml", "wick.yml:2", "not valid YAML"),
    "wick.yml is not text": ({"wick.yml": b"\xff\xfe\x00n"}, 2, "config-missing", "", "UTF-8"),
    "wick.yml has tabs": ({"wick.yml": "name: broken\ncandles:\n\tpath: x\n"}, 2, "config-yaml", "wick.yml:3", r"'\t'"),
    "wick.yml runs code": ({"wick.yml": "name: !!python/object/apply:os.getcwd []\n"}, 2, "config-yaml", "wick.yml:1", ""),
    "wick.yml holds itself": ({"wick.yml": "name: x\ncandles: &c {path: *c, interval: 1d}\n"}, 2, "config-yaml", "", "in itself"),
    "wick.yml is too deep": ({"wick.yml": f"name: {'[' * 3000}{']' * 3000}\n"}, 2, "config-yaml", "", "too deeply"),
    "two documents": ({"wick.yml": f"{YML}---\nname: y\n"}, 2, "config-yaml", "wick.yml:4", ""),
    "an unknown key": ({"wick.yml": f"{YML}stroe: x\n"}, 2, "config-unknown-key", "wick.yml:4", "did you mean 'store'?"),
    "a key that is no text": ({"wick.yml": f"{YML}on: 2\n"}, 2, "config-value", "", "the key True is no text"),
    "an empty section": ({"wick.yml": f"{YML}models:\n"}, 2, "config-value", "wick.yml:4", "models is None: it should hold keys"),
    "text where a list belongs": ({"wick.yml": f"{YML}tests: {{ret: finite}}\n"}, 2, "config-value", "wick.yml:4", "it should be a list"),
    "a date that does not exist": ({"wick.yml": f"{YML}split: {{train_end: 2020-13-45}}\n"}, 2, "config-value", "wick.yml:4", "does not exist"),
    "features everywhere": ({"wick.yml": f"{YML}models: {{features: .}}\n"}, 2, "config-value", "wick.yml:4", "'.'"),
    "features among the labels": ({"wick.yml": f"{YML}models: {{labels: features/up}}\n"}, 2, "config-value", "wick.yml:4", "folders apart"),
    "no features folder": ({"wick.yml": f"{YML}models: {{features: signals}}\n"}, 2, "project-empty", "", "signals/"),
    "a folder named like a library": (
        {"wick.yml": f"{YML}models: {{features: json}}\n", "json/a.py": IMPORTS},
        2, "import-shadowed", "json/a.py:1", "rename the folder json/",
    ),
    "an unknown group in wick.yml": ({"wick.yml": YML.replace("trend", "trned")}, 2, "toggle-unknown", "wick.yml:3", "did you mean 'trend'?"),
    "no candles where wick.yml says": ({"wick.yml": YML.replace("*.csv", "*.parquet")}, 1, "candles-no-files", "", "seeds/*.parquet"),
    "a store that is a folder": ({"wick.yml": f"{YML}store: seeds.db\n", "seeds.db/x": ""}, 1, "store-unwritable", "", "seeds.db"),
    "a bound that is no number": (declared("{range: {min: .nan}}"), 2, "config-test", "wick.yml:5", "cannot take min: nan"),
    "a candle that cannot be": (
        {"seeds/candles.csv": "symbol,ts,open,high,low,close,volume\nAAA,2020-01-01,1,2,0.5,1,5\nAAA,2020-01-02,1,0.2,0.5,1,5\n"},
        1, "candles-invalid", "seeds/candles.csv:3", "candles.invalid: drop",
    ),
    "a test that does not exist": (declared("finit"), 2, "config-test", "wick.yml:5", "did you mean 'finite'?"),
    "a test of no column": (declared("finite", "rett"), 2, "config-test", "wick.yml:5", "did you mean 'ret'?"),
    "a test's unknown argument": (declared("{range: {mni: 0}}"), 2, "config-test", "wick.yml:5", "did you mean 'min'?"),
    "a test's senseless argument": (declared("{range: {min: low}}"), 2, "config-test", "wick.yml:5", "cannot take min: 'low'"),
    "accepted values that are no list": (declared("{accepted_values: {values: 3}}"), 2, "config-test", "wick.yml:5", "values: 3"),
    "a test of a table on a column": (declared("unique"), 2, "config-test", "wick.yml:5", "tests a table"),
    "a severity that is none": (declared("{finite: {severity: warm}}"), 2, "config-test", "wick.yml:5", "error or warn"),
    "bytes that are no text": ({"features/bad.py": IMPORTS.encode() + b"NAME = 'caf\xe9'\n"}, 2, "import-syntax", "features/bad.py", "not valid Python"),
    "null bytes": ({"features/bad.py": b"x = 1\x00\n"}, 2, "import-syntax", "features/bad.py:1", "null bytes"),
    "tabs and spaces": (
        module("def bad(close: pd.Series) -> pd.Series:\n\tif True:\n        return close\n"),
        2, "import-syntax", "features/bad.py:6", "",
    ),
    "a typo in a file with CRLF": (
        {"features/bad.py": (IMPORTS + "def bad(colse: pd.Series) -> pd.Series:\n    return colse\n").replace("\n", "\r\n")},
        2, "graph-unknown-input", "features/bad.py:4", "did you mean 'close'?",
    ),
    "a typo after a form feed": (
        module("\x0c\ndef bad(colse: pd.Series) -> pd.Series:\n    return colse\n"),
        2, "graph-unknown-input", "features/bad.py:5", "def bad(colse: pd.Series)",
    ),
    "a typo in German": (
        module("def größe(schluß: pd.Series) -> pd.Series:\n    return schluß\n"),
        2, "graph-unknown-input", "features/bad.py:4", "'größe' needs 'schluß'",
    ),
    "a lambda": (module("double = lambda close: close\n"), 2, "graph-function-name", "features/bad.py:4", "write def double(...)"),
    "a second name": (
        module("def one(close: pd.Series) -> pd.Series:\n    return close\n\nother = one\n"),
        2, "graph-function-name", "features/bad.py:4", "'other' is a function that was defined as 'one'",
    ),
    "a decorator without wraps": (
        module("def _keep(f):\n    def inner(close):\n        return f(close)\n    return inner\n\n@_keep\n"
               "def bad(close: pd.Series) -> pd.Series:\n    return close\n"),
        2, "graph-function-name", "features/bad.py:5", "functools.wraps",
    ),
    "a decorator that makes an object": (
        module("import functools\n\n@functools.lru_cache\ndef bad(close: pd.Series) -> pd.Series:\n    return close\n"),
        2, "graph-hidden-function", "features/bad.py:7", "would be left out",
    ),
    "async": (
        module("async def bad(close: pd.Series) -> pd.Series:\n    return close\n"),
        2, "graph-async", "features/bad.py:4", "without async",
    ),
    "a long cycle": (
        module("".join(f"def c{i}(c{(i + 1) % 60}: pd.Series) -> pd.Series:\n    return c{(i + 1) % 60}\n\n" for i in range(60))),
        2, "graph-cycle", "features/bad.py:4", "60 nodes need each other: c0 <- c1 <- c2 <- c3 <- c4 <- … <- c59 <- c0",
    ),
    "modules that import each other": (
        {"features/bad.py": "import features.worse\nfrom features.worse import b\n\na = 1\n",
         "features/worse.py": "from features.bad import a\n\nb = 2\n"},
        2, "import-raised", "features/worse.py:1", "partially initialized",
    ),
    "a module that asks": (module("input('how many? ')\n"), 2, "import-raised", "features/bad.py:4", ""),
    "a label under a feature": (
        {**feature("return close"), "features/bad.py": IMPORTS + "def bad(up: pd.Series) -> pd.Series:\n    return up\n",
         "labels/lab.py": IMPORTS + "def up(close: pd.Series) -> pd.Series:\n    return close.shift(-1)\n"},
        2, "graph-label-upstream", "features/bad.py:4", "looks forward",
    ),
}  # fmt: skip

TESTS = {
    "finds rows": (data_test("return ret > 0"), 1, "", "", "52 rows in 2 symbols, first AAA at 2020-01-02 00:00: ret=0.0201"),
    "raises": (data_test("raise ValueError('oops')"), 1, "test-raised", "data_tests/mine.py:5", "raised ValueError for AAA: oops"),
    "exits": (data_test("raise SystemExit(0)"), 1, "test-raised", "data_tests/mine.py:5", "SystemExit"),
    "returns numbers": (data_test("return ret"), 1, "test-result", "data_tests/mine.py:4", "a Series of float64"),
    "returns nothing": (data_test("pass"), 1, "test-result", "data_tests/mine.py:4", "NoneType"),
    "reads no column": (data_test("return rett > 0", "rett: pd.Series"), 2, "test-unknown-column", "data_tests/mine.py:4", "did you mean 'ret'?"),
    "is no Python": ({"data_tests/mine.py": "def check(ret:\n"}, 2, "import-syntax", "data_tests/mine.py:1", ""),
    "is async": (
        {"data_tests/mine.py": IMPORTS + "async def check(ret: pd.Series) -> pd.Series:\n    return ret > 0\n"},
        2, "test-function", "data_tests/mine.py:4", "no plain function",
    ),
    "is gone": (
        {"data_tests/mine.py": IMPORTS + "def check(ret: pd.Series) -> pd.Series:\n    return ret > 0\n\ndel check\n"},
        2, "test-function", "data_tests/mine.py:4", "",
    ),
    "stands twice": (
        {**data_test("return ret > 9"), "data_tests/other.py": IMPORTS + "def check(sma: pd.Series) -> pd.Series:\n    return sma < 0\n"},
        2, "test-duplicate-name", "data_tests/mine.py:4", "two data tests are named 'check'",
    ),
    "is not SQL": (sql("SELEC * FROM moves\n"), 1, "sql", "data_tests/mine.sql:1", "syntax error"),
    "names no table": (sql("SELECT * FROM movess\n"), 1, "sql", "data_tests/mine.sql:1", 'Did you mean "moves"?'),
    "names no SQL column": (sql("SELECT rett FROM moves\n"), 1, "sql", "data_tests/mine.sql:1", "rett"),
    "drops a table": (sql("DROP TABLE candles\n"), 1, "sql-statement", "", "no SELECT"),
    "is two statements": (sql("SELECT 1; SELECT 2\n"), 1, "sql-statement", "", "2 statements"),
    "is empty": (sql("-- to do\n"), 1, "sql-statement", "", "0 statements"),
    "reads a file": (sql("SELECT * FROM read_text('wick.yml')\n"), 1, "sql", "data_tests/mine.sql:1", "disabled by configuration"),
    "writes a file": (sql("COPY (SELECT 1) TO 'hole.csv'\n"), 1, "sql-statement", "", ""),
    "is not text": (sql(b"SELECT 1\n-- caf\xe9\n"), 2, "test-encoding", "data_tests/mine.sql:2", "UTF-8"),
    "finds rows in SQL": (sql("SELECT symbol, ts, ret FROM moves WHERE ret > 0\n"), 1, "", "", "first AAA at 2020-01-02 00:00: ret=0.0201"),
    "finds rows without a symbol": (sql("SELECT NULL AS symbol, ts FROM moves\n"), 1, "", "", "80 rows"),
    "counts": (sql("SELECT count(*) AS n FROM moves\n"), 1, "", "", "1 row, first: n=80"),
    "says when in words": (sql("SELECT symbol, 'soon' AS ts FROM moves\n"), 1, "", "", "first AAA at soon"),
}  # fmt: skip

CASES = {
    **{f"a node {name}" if name[0] != "a" else name: case for name, case in WHILE_RUNNING.items()},
    **WHILE_READING,
    **{f"a data test {name}": case for name, case in TESTS.items()},
}


def check(result, exit_code, code, place, words):
    text = result.stdout + result.stderr
    assert result.returncode == exit_code, text
    assert "Traceback" not in text
    assert "internal" not in text
    assert "\x1b" not in text
    assert words in text
    if code:
        assert re.findall(r"Error(?: in [^\[\n]*)? \[(.+?)\]", text) == [code], text
    if place:
        assert f" --> {place}" in text
    if code and exit_code == 2:
        assert "Hint: " in result.stderr


@pytest.mark.parametrize("name", CASES)
def test_one_message_and_the_store_as_it_was(name, built, call, store_hashes):
    files, *expected = CASES[name]
    before = store_hashes(built.root)
    built.write(files)
    check(call(built.root, "build", "--engine", "hamilton"), *expected)
    assert store_hashes(built.root) == before


@pytest.mark.parametrize("engine", ["program", "hamilton"])
def test_a_feature_that_exits_is_no_success(built, call, store_hashes, engine):
    before = store_hashes(built.root)
    built.write(feature("raise SystemExit(0)"))
    result = call(built.root, "build", "--engine", engine)
    assert result.returncode == (2 if engine == "program" else 1)  # the trace is before the run
    assert "raised SystemExit" in result.stdout + result.stderr
    assert store_hashes(built.root) == before

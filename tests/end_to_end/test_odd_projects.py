"""Projects that look odd and are fine: they build, and nothing of them is left out."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.slow  # many whole projects

IMPORTS = "import numpy as np\nimport pandas as pd\nfrom hamilton.function_modifiers import config\n"
GOOD = IMPORTS + "\n\ndef odd(close: pd.Series) -> pd.Series:\n    return close.diff()\n"
DECORATED = """import functools

def _clipped(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs).clip(-1, 1)
    return inner

@_clipped
def odd(close: pd.Series) -> pd.Series:
    return close.diff()
"""

# name: (files, columns that are published besides those of the project)
ODD = {
    "a byte order mark": ({"features/odd.py": b"\xef\xbb\xbf" + GOOD.encode()}, {"odd.odd"}),
    "CRLF": ({"features/odd.py": GOOD.replace("\n", "\r\n")}, {"odd.odd"}),
    "tabs": ({"features/odd.py": GOOD.replace("    ", "\t")}, {"odd.odd"}),
    "Latin-1 that says so": (
        {"features/odd.py": b"# -*- coding: latin-1 -*-\n# caf\xe9\n" + GOOD.encode("latin-1")}, {"odd.odd"},
    ),
    "names in German": ({"features/größe.py": GOOD.replace("odd", "maß")}, {"größe.maß"}),
    "a keyword for a module": ({"features/class.py": GOOD}, {"class.odd"}),
    "an empty module": ({"features/odd.py": ""}, set()),
    "a module of comments": ({"features/odd.py": "# later\n"}, set()),
    "a module of a class": ({"features/odd.py": "class Settings:\n    n = 3\n"}, set()),
    "a helper with an underscore": ({"features/_odd.py": "def helper(x):\n    return x\n"}, set()),
    "a folder in the folder": ({"features/fast/odd.py": GOOD}, {"odd.odd"}),
    "a folder that ends like a module": ({"features/odd.py/readme.txt": "x"}, set()),
    "parameters with defaults": (
        {"features/odd.py": IMPORTS + "def odd(close: pd.Series, n: int = 2) -> pd.Series:\n    return close.diff(n)\n"}, {"odd.odd"},
    ),
    "a decorator with wraps": ({"features/odd.py": IMPORTS + DECORATED}, {"odd.odd"}),
    "a function under if": (
        {"features/odd.py": IMPORTS + "if True:\n    def odd(close: pd.Series) -> pd.Series:\n        return close.diff()\n"}, {"odd.odd"},
    ),
    "a function of another module": (
        {"features/odd.py": IMPORTS + "from features.moves import ret\n\ndef odd(close: pd.Series) -> pd.Series:\n    return ret(close)\n"},
        {"odd.odd"},
    ),
    "a module that prints and waits": (
        {"features/odd.py": "import time\nprint('hello')\ntime.sleep(0.01)\n" + GOOD.replace("return", "print('there')\n    return")}, {"odd.odd"},
    ),
    "a module that goes elsewhere": ({"features/odd.py": "import os\nos.chdir('/')\n" + GOOD}, {"odd.odd"}),
    "a number and a series": (
        {"features/odd.py": IMPORTS + "def level() -> float:\n    return 2.0\n\ndef odd(close: pd.Series, level: float) -> pd.Series:\n    return close * level\n"},
        {"odd.odd"},
    ),
    "small dtypes": (
        {"features/odd.py": IMPORTS + "def odd(close: pd.Series) -> pd.Series:\n    return (close > 100).astype('int8')\n"}, {"odd.odd"},
    ),
    "masked dtypes": (
        {"features/odd.py": IMPORTS + "def odd(close: pd.Series) -> pd.Series:\n    return (close > 100).astype('boolean').shift(1)\n"}, {"odd.odd"},
    ),
    "a byte order mark in wick.yml": (
        {"wick.yml": b"\xef\xbb\xbfname: broken\ncandles: {path: seeds/*.csv, interval: 1d, gaps: allow}\n"
                     b"groups: {baseline: [trend]}\n"}, set(),
    ),
    "an SQL test with a quote in its name": ({"data_tests/it's.sql": "SELECT * FROM moves WHERE ret > 9;\n"}, set()),
    "a test of candles": (
        {"data_tests/mine.py": IMPORTS + "def check(close: pd.Series, volume: pd.Series) -> pd.Series:\n    return close < 0\n"}, set(),
    ),
}  # fmt: skip
USUAL = {"child.ret_mean", "moves.ret", "moves.sma"}


def columns(root):
    catalog = json.loads((root / "target" / "catalog.json").read_text())
    return {f"{model}.{name}" for model, names in catalog["models"].items() for name in names}


@pytest.mark.parametrize("name", ODD)
def test_it_builds(name, built, call):
    files, added = ODD[name]
    built.write(files)
    result = call(built.root, "build", "--engine", "hamilton")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "hello" not in result.stdout
    assert "there" not in result.stdout
    assert columns(built.root) == USUAL | added


def test_a_features_folder_that_is_a_link(built, call, tmp_path):
    (built.root / "features").rename(tmp_path / "elsewhere")
    (built.root / "features").symlink_to(tmp_path / "elsewhere")
    result = call(built.root, "build", "--engine", "hamilton")
    assert result.returncode == 0, result.stdout + result.stderr
    (tmp_path / "elsewhere" / "odd.py").write_text(GOOD.replace("close: pd.Series", "colse: pd.Series"))
    broken = call(built.root, "build", "--engine", "hamilton")
    assert broken.returncode == 2
    assert " --> features/odd.py:6" in broken.stderr


@pytest.mark.parametrize(
    ("body", "words"),
    [("close * np.nan", "'odd' is all NaN (AAA, BBB)"), ("close * 0", "'odd' is constant (AAA, BBB)")],
)
def test_tripwires_warn(built, call, body, words):
    built.write({"features/odd.py": f"{IMPORTS}def odd(close: pd.Series) -> pd.Series:\n    return {body}\n"})
    result = call(built.root, "build", "--engine", "hamilton")
    assert result.returncode == 0
    assert words in result.stdout
    assert "WARN=1 ERROR=0" in result.stdout


def test_a_node_may_scribble_on_its_input(built, call):
    text = (
        "def odd(close: pd.Series) -> pd.Series:\n    close.iloc[:] = 1.0\n    close.array[0] = 2.0\n    return close\n"
    )
    call(built.root, "build", "--engine", "hamilton")
    before = call(built.root, "show", "moves", "--output", "csv").stdout
    built.write({"features/aaa.py": IMPORTS + text})
    assert call(built.root, "build", "--engine", "hamilton").returncode == 0
    assert call(built.root, "show", "moves", "--output", "csv").stdout == before


def test_wick_yml_that_is_a_folder(built, call):
    (built.root / "wick.yml").unlink()
    (built.root / "wick.yml").mkdir()
    result = call(built.root, "build")
    assert result.returncode == 2
    assert "wick.yml" in result.stderr


@pytest.mark.parametrize("verb", ["build", "ls", "show", "test", "debug", "lineage", "retry", "clean", "ingest"])
def test_outside_a_project(tmp_path, call, verb):
    result = call(tmp_path, verb, *(["x"] if verb == "show" else []))
    assert result.returncode == 2
    assert "[project-not-found]" in result.stderr
    assert "wick init NAME" in result.stderr

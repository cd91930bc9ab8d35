"""Projects that cannot be read: each gives one message, at the user's own line, with a hint."""

from __future__ import annotations

import pytest

from candlewick.errors import WickError
from candlewick.project.dag import load_dag

GOOD = "def ret(close: pd.Series) -> pd.Series:\n    return close.pct_change()\n"

# name: (files, expected code, expected location 'file:line', words of the message, words of the hint)
BROKEN = {
    "missing annotation of an input": (
        {"features/a.py": "def x(close) -> pd.Series:\n    return close\n"},
        "graph-missing-annotation", "features/a.py:4", "does not say what 'close' is", "close: pd.Series",
    ),
    "missing annotation of the output": (
        {"features/a.py": "def x(close: pd.Series):\n    return close\n"},
        "graph-missing-annotation", "features/a.py:4", "does not say what it returns", "-> pd.Series",
    ),
    "misspelt input": (
        {"features/a.py": GOOD + "def x(colse: pd.Series) -> pd.Series:\n    return colse\n"},
        "graph-unknown-input", "features/a.py:6", "'x' needs 'colse'", "did you mean 'close'?",
    ),
    "misspelt optional series": (
        {"features/a.py": "def x(close: pd.Series, *, volme: pd.Series) -> pd.Series:\n    return close\n"},
        "graph-unknown-input", "features/a.py:4", "needs 'volme'", "'volume'",
    ),
    "cycle of two": (
        {"features/a.py": "def x(y: pd.Series) -> pd.Series:\n    return y\ndef y(x: pd.Series) -> pd.Series:\n    return x\n"},
        "graph-cycle", "features/a.py:4", "x <- y <- x", "shift(1)",
    ),
    "cycle of one": (
        {"features/a.py": "def x(x: pd.Series) -> pd.Series:\n    return x\n"},
        "graph-cycle", "features/a.py:4", "'x' needs itself", "",
    ),
    "cycle across modules": (
        {"features/a.py": "def x(y: pd.Series) -> pd.Series:\n    return y\n",
         "features/b.py": "def y(x: pd.Series) -> pd.Series:\n    return x\n"},
        "graph-cycle", "features/a.py:4", "2 nodes need each other", "",
    ),
    "one name in two modules": (
        {"features/a.py": GOOD, "features/b.py": GOOD},
        "graph-duplicate-node", "features/a.py:4", "two functions make the node 'ret'", "unique",
    ),
    "one name twice in a module": (
        {"features/a.py": GOOD + GOOD},
        "graph-duplicate-node", "features/a.py:4", "'ret' is defined twice", "rename",
    ),
    "names that differ in case": (
        {"features/a.py": GOOD + GOOD.replace("def ret", "def Ret")},
        "graph-duplicate-node", "features/a.py:4", "differ only in case", "rename",
    ),
    "a candle column's name": (
        {"features/a.py": "def close(open: pd.Series) -> pd.Series:\n    return open\n"},
        "graph-reserved-name", "features/a.py:4", "candle column", "rename",
    ),
    "a label under a feature": (
        {"features/a.py": "def x(up: pd.Series) -> pd.Series:\n    return up\n",
         "labels/b.py": "def up(close: pd.Series) -> pd.Series:\n    return close.shift(-1) / close\n"},
        "graph-label-upstream", "features/a.py:4", "needs the label 'up'", "",
    ),
    "a mutable global": (
        {"features/a.py": "WINDOWS = [5, 10]\n\ndef x(close: pd.Series) -> pd.Series:\n    return close.rolling(WINDOWS[0]).mean()\n"},
        "graph-mutable-global", "features/a.py:7", "'WINDOWS', a list", "tuple",
    ),
    "a mutable global read by a helper": (
        {"features/a.py": "CACHE = {}\n\ndef _f(s):\n    return CACHE.get('a', s)\n\ndef x(close: pd.Series) -> pd.Series:\n    return _f(close)\n"},
        "graph-mutable-global", "features/a.py:7", "'CACHE', a dict", "",
    ),
    "a mutable global read by a helper that keeps its results": (
        {"features/a.py": "from functools import cache\nSIZES = [2]\n\n@cache\ndef _f(n):\n    return SIZES[n]\n\n"
         "def x(close: pd.Series) -> pd.Series:\n    return close * _f(0)\n"},
        "graph-mutable-global", "features/a.py:9", "'SIZES', a list", "tuple",
    ),
    "a mutable global of another module": (
        {"features/a.py": "from shared import h\n\ndef x(close: pd.Series) -> pd.Series:\n    return close.shift(h.LAGS[0])\n",
         "shared/h.py": "LAGS = [5]\n"},
        "graph-mutable-global", "features/a.py:7", "'LAGS', a list", "make LAGS a tuple",
    ),
    "a mutable global read by a helper of another module": (
        {"features/a.py": "import shared.h\n\ndef x(close: pd.Series) -> pd.Series:\n    return shared.h.lag(close)\n",
         "shared/h.py": "LAGS = [5]\n\ndef lag(x):\n    return x.shift(LAGS[0])\n"},
        "graph-mutable-global", "shared/h.py:7", "'lag' reads the global 'LAGS'", "make LAGS a tuple",
    ),
    "a name that no selector can hold": (
        {"features/a.py": "from hamilton.function_modifiers import parameterize, value\n\n"
         "@parameterize(**{'x y': {'n': value(3)}})\ndef x(close: pd.Series, n: int) -> pd.Series:\n    return close.shift(n)\n"},
        "graph-name", "features/a.py:7", "'x y' cannot be the name of a node", "letters, digits and _",
    ),
    "a rebound global of another module": (
        {"features/a.py": "from shared import h\n\ndef x(close: pd.Series) -> pd.Series:\n    return close.shift(h.N)\n",
         "shared/h.py": "N = 5\nN = 6\n"},
        "graph-rebound-global", "features/a.py:7", "'N'", "bind N once",
    ),
    "a rebound global": (
        {"features/a.py": "N = 5\nN = 10\n\ndef x(close: pd.Series) -> pd.Series:\n    return close.shift(N)\n"},
        "graph-rebound-global", "features/a.py:8", "'N'", "bind N once",
    ),
    "a counter kept in a global": (
        {"features/a.py": "calls = 0\n\ndef x(close: pd.Series) -> pd.Series:\n    global calls\n    calls += 1\n    return close * calls\n"},
        "graph-rebound-global", "features/a.py:8", "'calls'", "",
    ),
    "a syntax error": (
        {"features/a.py": GOOD + "def x(close: pd.Series) -> pd.Series\n    return close\n"},
        "import-syntax", "features/a.py:6", "not valid Python", "",
    ),
    "an indentation error": (
        {"features/a.py": "def x(close: pd.Series) -> pd.Series:\nreturn close\n"},
        "import-syntax", "features/a.py:5", "not valid Python", "",
    ),
    "an import error": (
        {"features/a.py": "import no_such_library\n" + GOOD},
        "import-raised", "features/a.py:4", "no_such_library", "install",
    ),
    "a module that raises": (
        {"features/a.py": "X = 1 / 0\n" + GOOD},
        "import-raised", "features/a.py:4", "ZeroDivisionError", "",
    ),
    "a module that exits": (
        {"features/a.py": "import sys\nsys.exit(3)\n" + GOOD},
        "import-raised", "features/a.py:5", "SystemExit", "",
    ),
    "an annotation that names nothing": (
        {"features/a.py": "def x(close: 'pd.Serie') -> pd.Series:\n    return close\n"},
        "graph-hamilton", "features/a.py:4", "Serie", "annotations",
    ),
    "a type that does not fit": (
        {"features/a.py": GOOD + "def x(ret: float) -> pd.Series:\n    return ret\n"},
        "graph-type-mismatch", "features/a.py:6", "takes 'ret' for float", "ret: pd.Series",
    ),
    "a candle column taken for a number": (
        {"features/a.py": "def x(close: float) -> pd.Series:\n    return close\n"},
        "graph-type-mismatch", "features/a.py:4", "takes 'close' for float", "close: pd.Series",
    ),
    "star arguments": (
        {"features/a.py": "def x(*args: pd.Series) -> pd.Series:\n    return args[0]\n"},
        "graph-star-arguments", "features/a.py:4", "'args'", "plain parameter",
    ),
    "a configuration of its own": (
        {"features/a.py": "@config.when(region='us')\n" + GOOD},
        "graph-foreign-config", "features/a.py:5", "'region'", "enabled",
    ),
    "two groups": (
        {"features/a.py": "@config.when(enabled='a')\n@config.when(enabled='b')\n" + GOOD},
        "graph-two-groups", "features/a.py:6", "2 groups", "keep one",
    ),
    "on when a group is off": (
        {"features/a.py": "@config.when_not(enabled='a')\n" + GOOD},
        "graph-negated-group", "features/a.py:5", "is on when the group 'a' is off", "group of its own",
    ),
    "an input of a disabled group": (
        {"features/a.py": "@config.when(enabled='extra')\n" + GOOD + "def x(ret: pd.Series) -> pd.Series:\n    return ret\n"},
        "graph-disabled-input", "features/a.py:7", "disabled with its group 'extra'", "enable 'extra'",
    ),
    "a group that is no text": (
        {"features/a.py": "@config.when(enabled=['a'])\n" + GOOD},
        "graph-group-name", "features/a.py:5", "the group of 'ret' is ['a'], which is no name", 'enabled="momentum"',
    ),
    "a group that no variable could name": (
        {"features/a.py": "@config.when(enabled='a,b')\n" + GOOD},
        "graph-group-name", "features/a.py:5", "'a,b'", "one name",
    ),
    "a group with two letters swapped": (
        {"features/a.py": "@config.when(enabled='trend')\n" + GOOD + "@config.when(enabled='trned')\n" + GOOD.replace("def ret", "def x")},
        "graph-group-typo", "features/a.py:5", "'trend' and 'trned'", "write both alike",
    ),
    "a group with a letter left out": (
        {"features/a.py": "@config.when(enabled='momentum')\n" + GOOD, "features/b.py": "@config.when(enabled='momentm')\n" + GOOD.replace("def ret", "def x")},
        "graph-group-typo", "features/b.py:5", "'momentm' and 'momentum'", "",
    ),
    "what Hamilton's configuration is called": (
        {"features/a.py": GOOD.replace("def ret", "def enabled")},
        "graph-reserved-name", "features/a.py:4", "@config.when(enabled=...)", "enabled_value",
    ),
    "an array": (
        {"features/a.py": "def x(close: pd.Series) -> np.ndarray:\n    return close.to_numpy()\n"},
        "graph-no-column", "features/a.py:4", "'x' returns ndarray, which makes no column", "return pd.Series",
    ),
    "a series or nothing": (
        {"features/a.py": "def x(close: pd.Series) -> pd.Series | None:\n    return close\n"},
        "graph-no-column", "features/a.py:4", "'x' returns", "return pd.Series",
    ),
    "a partial": (
        {"features/a.py": GOOD + "import functools\nlag = functools.partial(ret, n=2)\n"},
        "graph-hidden-function", "features/a.py:7", "'lag' is a partial", "def lag(...)",
    ),
    "a bound method": (
        {"features/a.py": GOOD + "class _F:\n    def x(self, close: pd.Series) -> pd.Series:\n        return close\n\nx = _F().x\n"},
        "graph-hidden-function", "features/a.py:10", "'x' is a method", "",
    ),
    "a feature in __init__.py": (
        {"features/a.py": GOOD, "features/fast/__init__.py": GOOD.replace("def ret", "def x")},
        "graph-hidden-function", "features/fast/__init__.py:4", "'x' is in features/fast/__init__.py", "features/x.py",
    ),
    "a decorator's wrong argument": (
        {"features/a.py": "from hamilton.function_modifiers import parameterize\n@parameterize(y={'m': 3})\n" + GOOD},
        "import-raised", "features/a.py:5", "InvalidDecoratorException", "correct the decorator",
    ),
    "a cycle that a decorator makes": (
        {"features/a.py": "from hamilton.function_modifiers import parameterize, source\n"
                          "@parameterize(a={'x': source('b')}, b={'x': source('a')})\n"
                          "def p(x: pd.Series) -> pd.Series:\n    return x\n"},
        "graph-cycle", "features/a.py:6", "a <- b <- a", "",
    ),
    "a decorator that waits for configuration": (
        {"features/a.py": "from hamilton.function_modifiers import ResolveAt, extract_columns, resolve\n"
                          "@resolve(when=ResolveAt.CONFIG_AVAILABLE, decorate_with=lambda cols: extract_columns(*cols))\n"
                          "def p(close: pd.Series) -> pd.DataFrame:\n    return close.to_frame()\n"},
        "graph-hamilton", "features/a.py:6", "Hamilton cannot read 'p'", "decorators",
    ),
    "a misspelt import from the project": (
        {"features/a.py": GOOD, "features/b.py": "from features.a import rett\n"},
        "import-raised", "features/b.py:4", "cannot import name 'rett'", "did you mean 'ret'?",
    ),
    "no module at all": ({}, "project-empty", "", "no Python module", "wick init"),
    "two models of one name": (
        {"features/a.py": GOOD, "labels/a.py": GOOD.replace("ret", "up")},
        "graph-duplicate-model", "features/a.py:1", "two modules are named 'a'", "rename",
    ),
    "a module that cannot be a table": (
        {"features/my-features.py": GOOD}, "graph-model-name", "features/my-features.py:1", "my-features", "letters",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_the_message_names_the_line_and_the_remedy(name, make_project):
    files, code, place, words, hint = BROKEN[name]
    project = make_project(files)
    with pytest.raises(WickError) as caught:
        load_dag(project, environ={})
    error = caught.value
    assert error.code == code, str(error)
    assert words in error.what
    assert hint in error.hint
    if place:
        assert str(error.where[0]) == place
    assert error.exit_code == 2


def test_a_link_to_nothing_is_refused(make_project):
    project = make_project({"features/a.py": GOOD})
    (project.root / "features" / "b.py").symlink_to(project.root / "gone.py")
    with pytest.raises(WickError, match=r"features/b\.py does not import: OSError: it is a link to nothing"):
        load_dag(project, environ={})


@pytest.mark.parametrize(
    ("one", "other"), [("trend", "trend_1"), ("fast_1", "fast_2"), ("macro", "micro"), ("ab", "abc")]
)
def test_groups_that_are_apart(make_project, one, other):
    text = f"@config.when(enabled='{one}')\n{GOOD}@config.when(enabled='{other}')\n{GOOD.replace('def ret', 'def x')}"
    assert set(load_dag(make_project({"features/a.py": text}), environ={}).disabled) == {"ret", "x"}


def test_every_refusal_underlines_something(make_project):
    project = make_project(
        {"features/a.py": GOOD + "def x(close: pd.Series, colse: pd.Series) -> pd.Series:\n    return colse\n"}
    )
    with pytest.raises(WickError) as caught:
        load_dag(project, environ={})
    lines = str(caught.value).splitlines()
    source, carets = lines[2], lines[3]
    assert source[carets.index("^") : carets.rindex("^") + 1] == "colse: pd.Series"


def test_what_is_underlined_counts_characters(make_project):
    text = "N = 5\nN = 6\n\ndef x(close: pd.Series) -> pd.Series:\n    a = 'üöä'; return close.shift(N)\n"
    with pytest.raises(WickError) as caught:
        load_dag(make_project({"features/a.py": text}), environ={})
    assert caught.value.where[0].render().splitlines()[-1].index("^") == len("8 |     a = 'üöä'; return close.shift(")


@pytest.mark.parametrize(("written", "name"), [("async def a", "a"), ("def e", "e"), ("def  de", "de")])
def test_a_name_is_underlined_where_it_stands(make_project, written, name):
    with pytest.raises(WickError) as caught:
        load_dag(make_project({"features/a.py": f"{written}(close: pd.Series):\n    return close\n"}), environ={})
    place = caught.value.where[0]
    assert place.source[place.column : place.end_column] == name
    assert place.column == written.rindex(name)

"""What a function can follow from besides its own text: each of these once kept a value that a rebuild would not give."""

from __future__ import annotations

import shutil
import sys
import textwrap

import pandas as pd
import pytest

from candlewick.project import libraries
from candlewick.project.dag import load_dag
from candlewick.project.fingerprints import fingerprints

pytestmark = pytest.mark.filterwarnings("ignore:registration of accessor")
HEAD = """
import contextlib, dataclasses, datetime, enum, functools, importlib, os, time
from pathlib import Path
from collections import namedtuple
from features import _shared
from candlewick.declare import opaque
"""
SHARED = """
import contextlib, enum
import pandas as pd
from features import _far

def twice(x): return x * 2

def half(x): return x / 2

def scaled(n):
    def made(function):
        return lambda *given: function(*given) * n
    return made

class Held:
    SIZE = _far.SIZE

class Kind(enum.Enum):
    SIZE = _far.SIZE

class Meta(type):
    @property
    def size(cls): return 2

class Whole(int):
    def size(self): return 2

@pd.api.extensions.register_series_accessor("pieces_of")
class Accessor:
    def __init__(self, series): self.series = series
    def twice(self): return self.series * 2

pd.Series.pieces_thrice = lambda self: self * 3
"""
FOLLOWED = {
    "a function imported inside": ("from features._shared import twice; return twice(x)", "", "x * 2", "x * 3"),
    "a module imported inside": ("import features._shared as s; return s.twice(x)", "", "x * 2", "x * 3"),
    "an import in a helper": ("return _h(x)", "def _h(x):\n    from features._shared import twice as t\n    return t(x)", "x * 2", "x * 3"),
    "an attribute by its name": ("return x * getattr(_shared, 'Held').SIZE", "", "SIZE = 2", "SIZE = 3"),
    "what a class computes": ("return x * _shared.Held.SIZE", "", "SIZE = 2", "SIZE = 3"),
    "what an enum computes": ("return x * _shared.Kind.SIZE.value", "", "SIZE = 2", "SIZE = 3"),
    "a member of an enum": ("return x * _K.value", "_K = _shared.Kind.SIZE", "SIZE = 2", "SIZE = 3"),
    "the class of a class": ("return x * _C.size", "class _C(metaclass=_shared.Meta): pass", "(cls): return 2", "(cls): return 3"),
    "the class of a number": ("return x * N.size()", "N = _shared.Whole(1)", "(self): return 2", "(self): return 3"),
    "an attribute of a function": ("return _h(x) * _h.factor", "def _h(x): return x\n_h.factor = 2", "factor = 2", "factor = 3"),
    "a decorator inside": ("@_shared.scaled(2)\ndef inner(x): return x\nreturn inner(x)", "", "scaled(2)", "scaled(3)"),
    "a decorator of a method": ("return _C().go(x)", "class _C:\n    @_shared.scaled(2)\n    def go(self, x): return x", "scaled(2)", "scaled(3)"),
    "a method of a class": ("return x * _C.go()", "class _C:\n    @staticmethod\n    def go(n=2): return n if n == 2 else 7", "@staticmethod", "@classmethod"),
    "a method bound to a table": ("return x * G('a')", "G = {'a': 2}.get", "'a': 2", "'a': 3"),
    "the names of a tuple": ("return x * N.b", "N = namedtuple('N', 'a b')(2, 3)", "'a b'", "'b a'"),
    "a name in a text": ("return pd.DataFrame({'c': x}).eval('c * @F')", "F = 2", "F = 2", "F = 3"),
    "an accessor": ("return x.pieces_of.twice()", "", "self.series * 2", "self.series * 3"),
    "a method hung onto pandas": ("return x.pieces_thrice()", "", "self * 3", "self * 4"),
    "a default of a dataclass": ("return x * _C().v", "def _make(): return 2\n@dataclasses.dataclass\nclass _C:\n    v: int = dataclasses.field(default_factory=_make)", "return 2", "return 3"),
    "a cached property": ("return x * _C().d", "class _C:\n    @functools.cached_property\n    def d(self): return _g()\ndef _g(): return 2", "return 2", "return 3"),
    "a context": ("with _c() as n:\n    return x * n", "@contextlib.contextmanager\ndef _c():\n    yield 2", "yield 2", "yield 3"),
    "a docstring that is read": ("return x * len(_f.__doc__)", "def _f():\n    'ab'", "'ab'", "'abc'"),
    "a vectorized function": ("return pd.Series(V(x), x.index)", "def _v(x): return x * 5\nV = np.vectorize(_v)", "x * 5", "x * 6"),
    "the digits of a polynomial": ("return x * P.coef[0]", "P = np.polynomial.Polynomial([0.5])", "[0.5]", "[0.5 + 1e-12]"),
    "functions that change their names": ("return f(x) - 2 * g(x)", "from features._shared import twice as f, half as g", "twice as f, half as g", "half as f, twice as g"),
    "a function under a name of a class": ("return _C.go(x) - 2 * _C.come(x)", "class _C:\n    go = _shared.twice\n    come = _shared.half", "go = _shared.twice\n    come = _shared.half", "come = _shared.twice\n    go = _shared.half"),
    "modules that change their names": ("return a.f(x) - 2 * b.f(x)", "from features import _far as a, _near as b", "_far as a, _near as b", "_near as a, _far as b"),
    "the first of two lambdas": ("return F[0](x) + F[1](x)", "F = (lambda x: x * 5, lambda x: x * 7)", "x * 5", "x * 6"),
    "which of two lambdas": ("return F[0](x) - F[2](x)", "P = (lambda x: x * 5, lambda x: x * 7)\nF = (P[0], P[1], P[0])", "(P[0], P[1], P[0])", "(P[0], P[1], P[1])"),
    "one of some closures": ("return F[0](x) - F[2](x)", "def _by(n):\n    def go(x): return x * n\n    return go\nF = (_by(2), _by(5), _by(2))", "_by(5), _by(2)", "_by(5), _by(5)"),
    "a time zone of one's own": ("return x * Z.size()", "class _Zone(datetime.tzinfo):\n    def size(self): return 2\nZ = _Zone()", "return 2", "return 3"),
    "a function made of a text": ("return _f(x)", "exec('def _f(x): return x * 5')", "x * 5", "x * 6"),
    "a name in a text of pandas": ("return x * pd.eval('F + 1')", "F = 2", "F = 2", "F = 3"),
    "local names in a text of pandas": ("a = x * 2\nb = x * 5\nreturn pd.eval('a - b')", "", "a = x * 2\n    b = x * 5", "b = x * 2\n    a = x * 5"),
    "a default of a dataclass with slots": ("return x * _C().v", "K = 2\n@dataclasses.dataclass(slots=True)\nclass _C:\n    v: int = K", "K = 2", "K = 3"),
    "a method with some of its arguments": ("return x * _C().go()", "K = 2\nclass _C:\n    def by(self, n): return n\n    go = functools.partialmethod(by, K)", "K = 2", "K = 3"),
    "a compiled helper": ("return x * _l(1.0)", "import numba\nK = 2\n@numba.njit\ndef _l(v): return v * K", "K = 2", "K = 3"),
    "a helper that keeps its results": ("return x * _l(1)", "K = 2\n@functools.lru_cache\ndef _l(v): return v * K", "K = 2", "K = 3"),
    "a helper without a name of its own": ("return _f[0](x)", "_f = (lambda x: x * 5,)", "x * 5", "x * 6"),
}  # fmt: skip
OUTSIDE = {
    "the environment": "return x * float(os.environ['SIZE'])",
    "the environment imported inside": "from os import environ; return x * float(environ['SIZE'])",
    "a file": "return x * float(open('size.txt').read())",
    "a path": "return x * float(Path('size.txt').read_text())",
    "a table": "return x * pd.read_csv('size.csv')['size'][0]",
    "an array": "return x * np.loadtxt('size.csv')",
    "today": "return x * pd.Timestamp.now().dayofyear",
    "the present, in a text": "return x * pd.Timestamp('now').dayofyear",
    "a clock": "return x * time.time()",
    "a module by its name": "return importlib.import_module('features._shared').twice(x)",
    "a name by its text": "return eval('x * F')",
    "the table of names": "return x * globals()['F']",
    "an operator made at run time": "return U(x)",
    "numbers drawn before": "return x * _R.random()",
}


def prints(make_project, body, pre="", edit=("", "")):
    function = "@opaque(lookback=1)\ndef odd(x: pd.Series) -> pd.Series:\n" + textwrap.indent(body, "    ")
    files = {
        "features/m.py": f"{HEAD}\n{pre}\ndef x(close: pd.Series) -> pd.Series:\n    return close\n\n{function}\n",
        "features/_shared.py": SHARED,
        "features/_far.py": "SIZE = 2\ndef f(x): return x\n",
        "features/_near.py": "def f(x): return x * 7\n",
    }
    changed = {name: text.replace(*edit) if edit[0] else text for name, text in files.items()}
    return fingerprints(load_dag(make_project(changed, header=True), environ={}), None)["odd"]


@pytest.mark.parametrize("what", FOLLOWED)
def test_what_a_function_follows_from_is_in_its_fingerprint(make_project, what):
    body, pre, old, new = FOLLOWED[what]
    before, again, after = (prints(make_project, body, pre, edit) for edit in (("", ""), ("", ""), (old, new)))
    assert before.problem == after.problem == ""
    assert before.hash == again.hash != after.hash


LOCALS = {
    "one": ("y = x * 2\nreturn y", "doubled = x * 2\nreturn doubled"),
    "some, with loops": ("a = 0\nfor b, c in ((1, 2),):\n    a = a + b * c\nreturn x + a", "s = 0\nfor i, k in ((1, 2),):\n    s = s + i * k\nreturn x + s"),
    "in a comprehension": ("return sum(x * n for n in (1, 2))", "return sum(x * each for each in (1, 2))"),
    "read inside": ("n = 2\ndef go(z): return z * n\nreturn go(x)", "by = 2\ndef go(z): return z * by\nreturn go(x)"),
}  # fmt: skip
ANOTHER = {
    "another order": ("a, b = x, x * 2\nreturn a - b", "a, b = x, x * 2\nreturn b - a"),
    "a global instead": ("F2 = 3\nreturn x * F2", "y = 3\nreturn x * F2"),
    "a built-in function": ("[max for max in (1,)]\nreturn x * max(1, 2)", "[min for min in (1,)]\nreturn x * min(1, 2)"),
    "a name in a text": ("F = 3\nreturn pd.DataFrame({'c': x}).eval('c * @F')", "G = 3\nreturn pd.DataFrame({'c': x}).eval('c * @F')"),
    "names looked up": ("a = 2\nreturn x * list(locals())[1].count('a')", "b = 2\nreturn x * list(locals())[1].count('a')"),
    "an attribute": ("class C:\n    a = 2\nreturn x * C.a", "class C:\n    b = 2\nreturn x * getattr(C, 'a', 3)"),
    "a parameter": ("def go(z, n=2): return z * n\nreturn go(x, n=3)", "def go(z, m=2): return z * m\nreturn go(x, 3)"),
    "said in a text": ("a = 2\nreturn x * len(f'{a=}')", "aa = 2\nreturn x * len(f'{aa=}')"),
}  # fmt: skip


@pytest.mark.parametrize("what", LOCALS)
def test_the_names_of_local_variables_are_no_part_of_it(make_project, what):
    one, other = (prints(make_project, body, "F = F2 = 2") for body in LOCALS[what])
    assert one.hash == other.hash != ""


@pytest.mark.parametrize("what", ANOTHER)
def test_names_that_mean_something_else_are(make_project, what):
    one, other = (prints(make_project, body, "F = F2 = 2") for body in ANOTHER[what])
    assert one.hash != other.hash


@pytest.mark.parametrize("what", OUTSIDE)
def test_what_looks_outside_has_no_fingerprint_and_says_why(make_project, what):
    found = prints(
        make_project, OUTSIDE[what], "F = 2\nU = np.frompyfunc(_shared.twice, 1, 1)\n_R = np.random.RandomState(2)"
    )
    assert found.hash == ""
    assert found.problem


def test_a_column_named_open_is_no_file(make_project):
    body = "return _shared.twice(x) + sum(n for n in [open.iloc[0]])"
    files = {
        "features/m.py": HEAD
        + "@opaque(lookback=1)\ndef odd(x: pd.Series, open: pd.Series) -> pd.Series:\n    "
        + body,
        "features/x.py": "def x(train_open: pd.Series) -> pd.Series:\n    return train_open\n"
        "def train_open(open: pd.Series) -> pd.Series:\n    return open\n",
        "features/_shared.py": SHARED,
        "features/_far.py": "SIZE = 2\n",
    }
    assert fingerprints(load_dag(make_project(files), environ={}), None)["odd"].problem == ""


@pytest.fixture
def library(tmp_path_factory, monkeypatch):
    """Write a library into a folder on the import path, as one that is installed, or one that is only there."""

    def write(folder, text, version="1.0", requires=()):
        root = tmp_path_factory.getbasetemp() / folder
        (root / "walked_lib").mkdir(parents=True, exist_ok=True)
        (root / "walked_lib" / "__init__.py").write_text(text)
        for old in root.glob("*.dist-info"):
            shutil.rmtree(old)
        for name, number in (("walked-lib", version), *requires):
            place = root / f"{name.replace('-', '_')}-{number}.dist-info"
            place.mkdir(exist_ok=True)
            needs = "".join(f"Requires-Dist: {each}>=1\n" for each, _ in requires if name == "walked-lib")
            (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {number}\n{needs}")
            (place / "top_level.txt").write_text(f"{name.replace('-', '_')}\n")
        monkeypatch.syspath_prepend(str(root))
        as_in_a_new_process()

    def as_in_a_new_process():
        sys.modules.pop("walked_lib", None)
        for cached in vars(libraries).values():
            getattr(cached, "cache_clear", int)()

    yield write
    monkeypatch.undo()
    as_in_a_new_process()


def test_options_of_pandas_and_the_time_zone_count(make_project, monkeypatch):
    def hashes():
        return prints(make_project, "return x + x.mean()").hash

    first = hashes()
    with pd.option_context("compute.use_bottleneck", not pd.get_option("compute.use_bottleneck")):
        assert hashes() != first
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert hashes() != first


USES = "return walked_lib.twice(x)"
TWICE = "def twice(x): return x * 2\n"


def of_library(make_project):
    return prints(make_project, USES, "import walked_lib")


def test_an_installed_library_counts_with_its_version_and_those_it_requires(make_project, library):
    library("site-packages", TWICE)
    first = of_library(make_project)
    library("site-packages", TWICE + "\n# edited\n")
    assert of_library(make_project).hash == first.hash
    library("site-packages", TWICE, "1.1")
    assert of_library(make_project).pieces["walked_lib"] == "1.1"
    hashes = set()
    for number in ("2.0", "2.1"):
        library("site-packages", TWICE, "1.1", [("walked-base", number)])
        hashes.add(of_library(make_project).hash)
    assert len(hashes) == 2


def test_a_library_that_is_only_there_counts_with_its_text(make_project, library):
    for said in ("", "__version__ = '1.0'\n"):
        library("elsewhere", said + TWICE)
        first = of_library(make_project)
        library("elsewhere", said + TWICE.replace("2", "3"))
        assert first.problem == of_library(make_project).problem == ""
        assert first.hash != of_library(make_project).hash


def test_what_is_written_by_using_a_library_is_none_of_its_text(make_project, library, tmp_path_factory):
    """A project may lie in the package that its features import."""
    library("elsewhere", TWICE)
    first = of_library(make_project)
    package = tmp_path_factory.getbasetemp() / "elsewhere" / "walked_lib"
    for name in ("alpha/wick.yml", "alpha/target/candlewick.duckdb", ".git/index", "__pycache__/a.pyc"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("")
    library("elsewhere", TWICE)
    assert of_library(make_project).hash == first.hash
    (package / "table.dat").write_text("")
    library("elsewhere", TWICE)
    assert of_library(make_project).hash != first.hash


def test_a_library_counts_though_it_is_not_named(make_project, library):
    """It may have hung something onto pandas."""
    library("site-packages", TWICE)
    first = prints(make_project, "return x.twice()", "import walked_lib")
    library("site-packages", TWICE, "1.1")
    assert prints(make_project, "return x.twice()", "import walked_lib").hash != first.hash

"""What an edit changes, and what it leaves alone: exactly the columns it reaches, under either engine."""

from __future__ import annotations

import pytest

from candlewick.project.dag import load_dag
from candlewick.project.fingerprints import changes, explained, fingerprints, record
from candlewick.project.streaming import trace_features

MOVES = '''
from hamilton.function_modifiers import parameterize, source, value
from candlewick.declare import opaque
from features import _shared
from features._shared import spread

WINDOW = 3
SCALE = (1.0, 2.0)


def _half(x):
    """Half of it."""
    return x / 2


def _twice_halved(x):
    return _half(_half(x))


def _made(n):
    def _inner(x):
        return x.shift(n)

    return _inner


_lagged = _made(2)


def ret(close: pd.Series) -> pd.Series:
    """Return."""
    return close.pct_change()


def ret_mean(ret: pd.Series) -> pd.Series:
    return ret.rolling(WINDOW).mean()


def quarter(close: pd.Series) -> pd.Series:
    return _twice_halved(close)


def scaled(high: pd.Series) -> pd.Series:
    return high * SCALE[1]


def late(low: pd.Series) -> pd.Series:
    return _lagged(low)


def wide(high: pd.Series, low: pd.Series) -> pd.Series:
    return spread(high, low)


def tall(high: pd.Series) -> pd.Series:
    return high * _shared.FACTOR


@parameterize(sma_2={"n": value(2), "x": source("close")}, sma_5={"n": value(5), "x": source("close")})
def sma(x: pd.Series, n: int) -> pd.Series:
    return x.rolling(n).mean()


@config.when(enabled="extra")
def gap(open: pd.Series, ret: pd.Series) -> pd.Series:
    return open * ret


@opaque(lookback=2)
def loop(ret: pd.Series) -> pd.Series:
    return ret.rolling(3).max()
'''
SHARED = """
FACTOR = 4.0
UNUSED = 1


def spread(high, low):
    return high - low
"""
LABELS = """
@tag(horizon="1", lookback="0")
def up(ret: pd.Series, close: pd.Series) -> pd.Series:
    return close.shift(-1) / close - 1 + 0 * ret
"""
FILES = {
    "features/moves.py": MOVES,
    "features/_shared.py": SHARED,
    "labels/up.py": "from hamilton.function_modifiers import tag\n" + LABELS,
}

EDITS = {
    "a comment": ("moves", "    return close.pct_change()", "    # the return\n    return close.pct_change()", set()),
    "layout": ("moves", "return _half(_half(x))", "return _half(\n        _half(x),\n    )", set()),
    "a docstring": ("moves", '"""Return."""', '"""The return of one candle."""', set()),
    "an annotation": ("moves", "def _half(x)", "def _half(x: object)", set()),
    "a helper of a helper": ("moves", "return x / 2", "return x / 3", {"quarter"}),
    "a module constant": ("moves", "WINDOW = 3", "WINDOW = 4", {"ret_mean"}),
    "an element of a tuple": ("moves", "SCALE = (1.0, 2.0)", "SCALE = (1.0, 3.0)", {"scaled"}),
    "a closed-over constant": ("moves", "_made(2)", "_made(1)", {"late"}),
    "a literal of parameterize": ("moves", '"n": value(5)', '"n": value(6)', {"sma_5"}),
    "a source of parameterize": ("moves", 'sma_5={"n": value(5), "x": source("close")}', 'sma_5={"n": value(5), "x": source("low")}', {"sma_5"}),
    "a function of another module": ("_shared", "high - low", "high + low", {"wide"}),
    "an attribute of another module": ("_shared", "FACTOR = 4.0", "FACTOR = 5.0", {"tall"}),
    "what nobody reads": ("_shared", "UNUSED = 1", "UNUSED = 2", set()),
    "a root": ("moves", "close.pct_change()", "close.diff()", {"ret", "ret_mean", "gap", "loop", "up"}),
    "a declared lookback": ("moves", "lookback=2", "lookback=3", {"loop"}),
    "an opaque body": ("moves", "ret.rolling(3).max()", "ret.rolling(3).min()", {"loop"}),
}  # fmt: skip


def found(make_project, edit=None, engine="program"):
    files = dict(FILES)
    if edit:
        path = f"features/{edit[0]}.py"
        assert files[path].count(edit[1]) == 1
        files[path] = files[path].replace(edit[1], edit[2])
    dag = load_dag(make_project(files), environ={"WICK_ENABLED": "+extra"})
    return fingerprints(dag, trace_features(dag) if engine == "program" else None)


@pytest.mark.parametrize("engine", ["program", "hamilton"])
def test_an_edit_changes_exactly_what_it_reaches(make_project, engine):
    before = found(make_project, engine=engine)
    for name, (*edit, reached) in EDITS.items():
        after = found(make_project, edit, engine)
        assert {key for key in before if before[key].hash != after[key].hash} == reached, name


def test_a_helper_edit_that_spells_the_same_expression_keeps_a_traced_feature_only(make_project):
    """What is traced is decided by what it computes, all else by what is written."""
    edit = ("moves", "return x / 2", "half = x / 2\n    return half")
    for engine, changed in (("program", set()), ("hamilton", {"quarter"})):
        before, after = (found(make_project, each, engine) for each in (None, edit))
        assert {key for key in before if before[key].hash != after[key].hash} == changed


def test_the_engines_share_no_fingerprint(make_project):
    program, hamilton = (found(make_project, engine=engine) for engine in ("program", "hamilton"))
    assert not {each.hash for each in program.values()} & {each.hash for each in hamilton.values()} - {""}


def test_what_cannot_be_hashed_says_why_and_so_does_what_needs_it(make_project):
    module = """
        import threading
        class Holder:
            __slots__ = ("lock",)
            def __init__(self): self.lock = threading.Lock()
        _holder = Holder()
        def _wrap(function):
            holder = _holder
            def _held(close: pd.Series) -> pd.Series:
                return function(close) if holder else close
            return _held
        def _plain(close): return close * 2
        _inner = _wrap(_plain)
        def odd(close: pd.Series) -> pd.Series:
            return _inner(close)
        def after(odd: pd.Series) -> pd.Series:
            return odd + 1
        def fine(close: pd.Series) -> pd.Series:
            return close + 1
        """
    dag = load_dag(make_project({"features/m.py": module}), environ={})
    prints = fingerprints(dag, None)
    assert "lock" in prints["odd"].problem
    assert "'odd'" in prints["after"].problem
    assert (prints["odd"].hash, prints["fine"].problem) == ("", "")


def test_a_change_is_explained_in_words(make_project):
    before = found(make_project)
    constant = found(make_project, EDITS["a literal of parameterize"][:3], "hamilton")
    hamilton = found(make_project, engine="hamilton")
    assert changes(hamilton["sma_5"].pieces, constant["sma_5"].pieces) == ["parameter n was 5 and is 6"]
    helper = found(make_project, EDITS["a helper of a helper"][:3], "hamilton")
    assert changes(hamilton["quarter"].pieces, helper["quarter"].pieces) == ["def _half was edited"]
    root = found(make_project, EDITS["a root"][:3])
    assert changes(before["up"].pieces, root["up"].pieces) == ["its input ret changed"]
    assert explained(record(before["ret"]), record(root["ret"])) == ["its code was edited"]
    assert explained(record(before["ret_mean"]), record(root["ret_mean"])) == ["its input ret changed"]
    old = {key: value for key, value in record(before["ret"]).items() if key in {"hash", "pieces", "text"}}
    assert explained(old, record(root["ret"])) == ["its expression changed"]  # of a store that kept less


def test_a_long_way_of_shared_steps_is_written_down_as_it_is(make_project):
    """Written out as a tree, thirty steps that each read the last three times are more text than there is memory."""
    steps = ["def f0(close: pd.Series) -> pd.Series:\n    return close * 1.5"]
    steps += [
        f"def f{k}(f{k - 1}: pd.Series) -> pd.Series:\n    return f{k - 1} * f{k - 1} + f{k - 1}" for k in range(1, 30)
    ]
    loop = "def looped(close: pd.Series) -> pd.Series:\n    x = close\n    for _ in range(30):\n        x = x * x + x\n    return x"
    dag = load_dag(make_project({"features/m.py": "\n\n".join([*steps, loop])}), environ={})
    prints = fingerprints(dag, trace_features(dag))
    assert prints["f29"].graph == "add(multiply(f28, f28), f28)"
    assert len(prints["looped"].graph.splitlines()) == 30

"""The program as plain data: nothing is lost in it, and nothing damaged comes out of it."""

from __future__ import annotations

import copy
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candlewick.errors import ArtifactError
from candlewick.lower import lower
from candlewick.program import Live, Program, run
from candlewick.trace import tracing

from ..effort import examples

CHOICES = {
    "shift": lambda x, y, n: x.shift(n),
    "filled shift": lambda x, y, n: x.shift(n, fill_value=0.1),
    "mean": lambda x, y, n: x.rolling(n).mean(),
    "std": lambda x, y, n: x.rolling(n, min_periods=1).std(),
    "quantile": lambda x, y, n: x.rolling(n).quantile(0.3),
    "rank": lambda x, y, n: x.rolling(n).rank(pct=True),
    "ewm": lambda x, y, n: x.ewm(span=n).mean(),
    "total": lambda x, y, n: x.cumsum(),
    "last": lambda x, y, n: x.ffill(limit=n),
    "ratio": lambda x, y, n: x / y,
    "scaled": lambda x, y, n: x * (n / 7),
    "choice": lambda x, y, n: x.where(x > y, math.nan),
    "corr": lambda x, y, n: x.rolling(n + 1).corr(y),
}
steps = st.lists(
    st.tuples(st.sampled_from(sorted(CHOICES)), st.integers(0, 7), st.integers(0, 7), st.integers(1, 30)),
    min_size=1,
    max_size=6,
)


def program_of(recipe) -> Program:
    """Each step reads what the steps before it made."""
    with tracing() as trace:
        values = [trace.input("close"), trace.input("open")]
        for name, x, y, n in recipe:
            values.append(CHOICES[name](values[x % len(values)], values[y % len(values)], n))
        graph = trace.graph({f"y{k}": value for k, value in enumerate(values[2:])} | {"up": values[0] > values[1]})
    return lower(graph, ("open", "close"))


PLAIN = program_of([(name, k, k + 1, k + 2) for k, name in enumerate(CHOICES)]).to_plain()


@examples(60)
@given(steps)
def test_plain_data_loses_nothing(recipe):
    program = program_of(recipe)
    plain = json.loads(json.dumps(program.to_plain(), allow_nan=False))
    again = Program.from_plain(plain)
    assert again.to_plain() == plain == program.to_plain()
    assert (again.columns, again.names, again.slots, again.kept) == (
        program.columns,
        program.names,
        program.slots,
        program.kept,
    )
    assert [item.operator.key for item in again.instructions] == [item.operator.key for item in program.instructions]
    assert str(again.initial()) == str(program.initial())


def places(value, path=()):
    """The path of every value within plain data."""
    yield path
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, key))


def replaced(path, value):
    whole = copy.deepcopy(PLAIN)
    if not path:
        return value
    at = whole
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return whole


PATHS = sorted(places(PLAIN), key=str)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([-1, 0, 1, 2**31, 2**63, 10**400, 1.5, math.nan, math.inf, "", "nan", "0x1p99999", "add", "\x00"]),
    st.lists(st.integers(-1, 5), max_size=3),
    st.dictionaries(st.sampled_from(["float", "format", "x"]), st.sampled_from(["0x1p3", 1, None]), max_size=2),
)


@examples(400)
@given(st.sampled_from(PATHS), ODD)
def test_damaged_data_is_an_error_or_a_sound_program(path, value):
    damaged = replaced(path, value)
    try:
        program = Program.from_plain(damaged)
    except ArtifactError:
        return
    assert program.state_size < 2**28
    assert len(program.initial()) == program.state_size
    assert all(isinstance(item.phase, int) and item.phase >= 0 for item in program.instructions)
    assert all(math.isfinite(len(item.operator.numbers)) for item in program.instructions)
    assert json.dumps(program.to_plain()) == json.dumps(Program.from_plain(program.to_plain()).to_plain())


DAMAGE = {
    "unknown operator": (("instructions", 0, "operator"), "exec"),
    "operator that is a source": (("instructions", 0, "operator"), "column"),
    "unknown parameter": (("instructions", 0, "parameters", "x"), 1),
    "unknown key": (("code",), "print()"),
    "unknown key of an instruction": (("instructions", 0, "code"), "print()"),
    "register ahead": (("instructions", 0, "inputs", 0, 0), 10**6),
    "negative register": (("instructions", 0, "inputs", 0, 0), -1),
    "delay beyond what is kept": (("instructions", 0, "inputs", 0, 1), 10**6),
    "huge past": (("depths", 0), 10**30),
    "float as count": (("depths", 0), 1.0),
    "NaN as count": (("updates",), math.nan),
    "bool as count": (("updates",), True),
    "too many updates": (("updates",), 10**6),
    "columns as one text": (("columns",), "open"),
    "column that is no text": (("columns", 0), 1),
    "two columns of one name": (("columns", 0), "close"),
    "node that is no hash": (("instructions", 0, "node"), "-1"),
    "constant beyond floats": (("constants", 0), "0x1p99999"),
    "constant that is a number": (("constants", 0), 1.0),
    "result of no register": (("results", 0, 1), 10**6),
    "result of unknown dtype": (("results", 0, 3), "object"),
    "two results of one name": (("results", 0, 0), "y1"),
    "not a record": ((), []),
    "another format": (("format",), 99),
}


@pytest.mark.parametrize(("path", "value"), DAMAGE.values(), ids=list(DAMAGE))
def test_damage_is_refused(path, value):
    with pytest.raises(ArtifactError):
        Program.from_plain(replaced(path, value))


@pytest.mark.parametrize("path", [path for path in PATHS if path and isinstance(path[-1], str)], ids=str)
def test_every_key_is_needed(path):
    damaged = copy.deepcopy(PLAIN)
    at = damaged
    for key in path[:-1]:
        at = at[key]
    del at[path[-1]]
    with pytest.raises(ArtifactError):
        Program.from_plain(damaged)


def test_weights_are_as_many_as_the_kernel_reads():
    with tracing() as trace:
        close = trace.input("close")
        graph = trace.graph({"y": close.rolling(3).apply(lambda w: np.dot(w, np.array([1.0, 2.0, 3.0])), raw=True)})
    plain = lower(graph, ("close",)).to_plain()
    assert Program.from_plain(plain).to_plain() == plain
    (sums,) = [item for item in plain["instructions"] if item["operator"] == "weighted_sum"]
    sums["parameters"] |= {"window": 1000, "min_periods": 1000}
    plain["depths"][0] = 1000
    with pytest.raises(ArtifactError):
        Program.from_plain(plain)


@pytest.mark.parametrize("count", [7.0, 1e6, 1e18, math.inf, math.nan, -1e18])
@pytest.mark.parametrize("lanes", [1, 3, 8])
def test_no_state_leads_out_of_the_memory(count, lanes):
    """The count of a window picks a slot of it; a state from a file may hold any number."""
    with tracing() as trace:
        graph = trace.graph({"y": trace.input("close").rolling(6).quantile(0.9)})
    program = lower(graph, ("close",))
    candles = np.arange(40.0)[None]
    state = run(program, {"": candles})[1][""]
    state[1] = count
    names = [str(lane) for lane in range(lanes)]
    results = run(program, dict.fromkeys(names, candles), states=dict.fromkeys(names, state))[0]
    live = Live(program)
    live.restore(state)
    for row, close in enumerate(candles[0]):
        live.update(close)
        assert all(np.array_equal(live.emit(), results[name][:, row], equal_nan=True) for name in names)
    assert np.isnan(results["0"]).all()

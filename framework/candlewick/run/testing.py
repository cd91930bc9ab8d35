"""Data tests of one symbol's columns: what an earlier run found for the same test and rows is not found again."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from candlewick.errors import WickError
from candlewick.project.node import CANDLE_COLUMNS
from candlewick.project.patches import patches
from candlewick.project.pieces import Pieces
from candlewick.project.values import Unhashable, hashed
from candlewick.run.custom_tests import run_python_test
from candlewick.run.data_tests import COLUMN_TESTS, SAME_COLUMNS, TABLE_TESTS, Offending, documented_warm_up, offending
from candlewick.run.grown import Grown, continued

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from candlewick.run.custom_tests import PythonTest
    from candlewick.run.data_tests import DataTest
    from candlewick.run.work import Work
    from candlewick.store.ledger import Holding


@dataclass
class Found:
    """What the tests of one symbol found, by title; ``tested`` is what the store remembers of it, by id."""

    offending: dict[str, Offending] = field(default_factory=dict)
    errors: dict[str, WickError] = field(default_factory=dict)
    valued: frozenset[str] = frozenset()
    tested: dict[str, Any] = field(default_factory=dict)


def test_holdings(
    work: Work,
    symbol: str,
    holdings: Iterable[Holding],
    snapshot: str,
    known: Mapping[str, Any],
    column: Callable[[str], pd.Series],
    candles: Callable[[], pd.DataFrame],
    grown: Mapping[str, Grown],
) -> Found:
    """Test what a symbol holds.

    ``column`` and ``candles`` give all rows, and are asked only for what no earlier run has tested: ``known`` holds
    earlier results by id. ``grown`` are columns that gained rows.
    """
    digests = {(one.model, one.group): digest_of(one) for one in holdings}
    of_column = {
        node.name: digests[node.model, node.group] for node in work.columns if (node.model, node.group) in digests
    }
    column, candles = functools.cache(column), functools.cache(candles)
    found = Found()
    for test in (*work.tests, *work.tripwires):
        names = test.columns or tuple(node.name for node in work.columns if node.model == test.model)
        if test.name == SAME_COLUMNS or not all(name in of_column for name in names):
            continue
        definition = _definition(work, test)
        key = hashed(symbol, definition, *(of_column[name] for name in names))
        judge = partial(_declared, work, test, names, symbol, column)
        if key not in known and all(name in grown for name in names):
            earlier = hashed(symbol, definition, *(grown[name].digest for name in names))
            mine = {name: grown[name] for name in names}
            judge = partial(_continued, work, test, symbol, mine, known.get(earlier), judge)
        _once(found, test.title, key, known, judge)
    for custom in work.python_tests:
        inputs = [name for name in custom.inputs if name not in CANDLE_COLUMNS]
        if not all(name in of_column for name in inputs):
            continue
        bare = len(inputs) == len(custom.inputs) > 0  # it reads no candle column
        definition = _text(work, custom)
        key = hashed(symbol, definition, *(of_column[name] for name in inputs), "" if bare else snapshot)
        judge = partial(_custom, custom, inputs, symbol, column, None if bare else candles)
        _once(found, custom.title, key if definition else "", known, judge)
    found.valued = _valued(work, symbol, of_column, grown, known, column, found)
    return found


def digest_of(holding: Holding) -> str:
    """A hash of all rows that are held."""
    return hashed(*(part.digest for part in holding.parts))


def _continued(
    work: Work,
    test: DataTest,
    symbol: str,
    grown: Mapping[str, Grown],
    earlier: Mapping[str, Any] | None,
    judge: Callable[[], Offending],
) -> Offending:
    """What follows from what was found ``earlier``, where anything does; else ``judge``, as whatever fails."""
    if earlier is None:
        return judge()

    def of_rows(test: DataTest, rows: pd.DataFrame) -> Offending:
        return _judge(work, test, rows, symbol)

    try:
        return continued(test, grown, Offending(**earlier), of_rows, work.dag.nodes) or judge()
    except WickError:
        return judge()


def check_tables(
    work: Work, symbol: str, candles: pd.DataFrame, tables: Mapping[str, pd.DataFrame]
) -> tuple[dict[str, Offending], dict[str, WickError]]:
    """What every data test finds in one symbol's tables, and what raised; without its table a test is left out."""
    found = Found()
    for test in (*work.tests, *work.tripwires):
        if test.model in tables and test.name != SAME_COLUMNS:
            _once(found, test.title, "", {}, partial(_judge, work, test, tables[test.model], symbol))
    columns = pd.concat([candles, *tables.values()], axis=1)
    for custom in work.python_tests:
        if set(custom.inputs) <= {*columns.columns, "ts"}:
            _once(found, custom.title, "", {}, partial(run_python_test, custom, columns, symbol))
    return found.offending, found.errors


def _once(found: Found, title: str, key: str, known: Mapping[str, Any], judge: Callable[[], Offending]) -> None:
    """The result under ``key`` when there is one, else what ``judge`` says; it is kept when there is a key."""
    if key and key in known:
        found.offending[title] = Offending(**known[key])
        found.tested[key] = known[key]
        return
    try:
        found.offending[title] = judge()
    except WickError as error:
        found.errors[title] = error
        return
    if key:
        found.tested[key] = dict(vars(found.offending[title]))


def _custom(
    test: PythonTest,
    inputs: list[str],
    symbol: str,
    column: Callable[[str], pd.Series],
    candles: Callable[[], pd.DataFrame] | None,
) -> Offending:
    frame = pd.DataFrame({name: column(name) for name in inputs})
    return run_python_test(test, frame if candles is None else pd.concat([candles(), frame], axis=1), symbol)


def _declared(
    work: Work, test: DataTest, names: tuple[str, ...], symbol: str, column: Callable[[str], pd.Series]
) -> Offending:
    return _judge(work, test, pd.DataFrame({name: column(name) for name in names}), symbol)


def _judge(work: Work, test: DataTest, table: pd.DataFrame, symbol: str) -> Offending:
    return offending(test, table, symbol, interval=work.interval, nodes=work.dag.nodes)


def _valued(
    work: Work,
    symbol: str,
    of_column: Mapping[str, str],
    grown: Mapping[str, Grown],
    known: Mapping[str, Any],
    column: Callable[[str], pd.Series],
    found: Found,
) -> frozenset[str]:
    """The columns that hold a value, for the tests that compare symbols."""
    wanted = {test.model for test in work.tests if test.name == SAME_COLUMNS}
    valued = set()
    for node in work.columns:
        if node.model in wanted and node.name in of_column:
            key = hashed("valued", symbol, node.name, of_column[node.name])
            had = node.name in grown and known.get(hashed("valued", symbol, node.name, grown[node.name].digest))
            found.tested[key] = known[key] if key in known else had or bool(column(node.name).notna().any())
            valued |= {node.name} if found.tested[key] else set()
    return frozenset(valued)


def _definition(work: Work, test: DataTest) -> str:
    """Everything that decides what a declared test finds, besides the rows."""
    function = COLUMN_TESTS.get(test.name) or TABLE_TESTS[test.name]
    warm_ups = [documented_warm_up(work.dag.nodes[name]) for name in test.columns] if test.name == "not_null" else []
    text = _source(function)
    return repr((test.name, test.columns, sorted(test.arguments.items()), warm_ups, work.interval.value, text))


@functools.cache
def _source(function: Callable[..., Any]) -> str:
    return inspect.getsource(function)


def has_text(work: Work, test: PythonTest) -> bool:
    """Whether a test can be told from another by what it says: then it is not run again for the same rows."""
    return bool(_text(work, test))


def _text(work: Work, test: PythonTest) -> str:
    pieces = Pieces(work.dag.read)
    try:
        said = pieces.add([test.function, *(value for _, value in patches())])
    except Unhashable:
        return ""
    return repr((said, test.inputs, sorted(pieces.found.items())))

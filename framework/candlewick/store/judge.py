"""Judging staged candles: every row goes through ``candles.check``, in the order of symbol and time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.candles import COLUMNS, NO_PREVIOUS, OF_ORDER, Fault, check, describe, moment
from candlewick.errors import CandleError, Location
from candlewick.store.diagnose import locate
from candlewick.store.frames import floats
from candlewick.store.reading import NO_TIME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

    from candlewick.store.source import Source, SourceFile

Rows = dict[str, Any]

_CHUNK = 2_000_000
_SERIAL = 100_000_000  # in milliseconds: what spreadsheets count days by stays below this many seconds until 2173
FUTURE = "the candle opens after the present"


@dataclass
class Verdict:
    """What judging found: rows to leave out (positions in ``ordered``), and the counts a user is told.

    ``unfinished_files`` have candles that are not over, or have not begun: later they are there.
    """

    out: list[Any] = field(default_factory=list)
    shared: list[Any] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    unsorted: int = 0
    unfinished: dict[tuple[str, int], None] = field(default_factory=dict)
    unfinished_files: set[int] = field(default_factory=set)

    @property
    def plain(self) -> bool:
        """Whether nothing was left out but unfinished candles."""
        return not self.dropped and not self.duplicates


def judge(connection: duckdb.DuckDBPyConnection, source: Source, files: Mapping[int, SourceFile], now: int) -> Verdict:
    """Turn the table ``staged`` into ``ordered``: the candles that are sound, sorted by symbol and time.

    ``row`` now counts from 1 in every file, without its header.

    Equal duplicates are collapsed, the unfinished last candle is left out; both are counted. Candles with a fault of
    their own are refused, or dropped and counted where the source says so. Duplicates that differ and candles closer
    than the interval are always refused: there is no telling which of them is right.

    Errors: CandleError with symbol, time, file, row and values of the first such candle.
    """
    names = _order(connection)
    verdict = Verdict()
    judging = _Judge(source, files, names, now, verdict)
    for rows in _chunks(connection):
        judging.judge(rows)
    _apply(connection, verdict)
    return verdict


def _order(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Make ``symbols`` and ``ordered``; the symbols in the order of their numbers."""
    connection.execute(
        "CREATE TABLE symbols AS SELECT (row_number() OVER (ORDER BY symbol) - 1)::INTEGER AS number, symbol"
        " FROM (SELECT DISTINCT coalesce(symbol, '') AS symbol FROM staged)"
    )
    connection.execute(
        "CREATE TABLE ordered AS SELECT number, ts, open, high, low, close, volume, file, row - first + 1 AS row,"
        " false AS shared FROM staged JOIN files USING (file)"
        " JOIN symbols ON coalesce(staged.symbol, '') = symbols.symbol ORDER BY number, ts, file, row"
    )
    connection.execute("DROP TABLE staged")
    return [symbol for (symbol,) in connection.execute("SELECT symbol FROM symbols ORDER BY number").fetchall()]


def _chunks(connection: duckdb.DuckDBPyConnection) -> Iterator[Rows]:
    """The rows of ``ordered`` as arrays, a few million at a time; ``position`` counts from 0."""
    ((total,),) = connection.execute("SELECT count(*) FROM ordered").fetchall()
    for start in range(0, total, _CHUNK):
        columns = connection.execute(
            "SELECT rowid AS position, number, ts, open, high, low, close, volume, file, row FROM ordered"
            " WHERE rowid >= ? AND rowid < ? ORDER BY rowid",
            [start, start + _CHUNK],
        ).fetchnumpy()
        yield {name: floats(column) if name in COLUMNS else np.ma.getdata(column) for name, column in columns.items()}


def _apply(connection: duckdb.DuckDBPyConnection, verdict: Verdict) -> None:
    for positions, action in (
        (verdict.shared, "UPDATE ordered SET shared = true"),
        (verdict.out, "DELETE FROM ordered"),
    ):
        if positions:
            connection.register("judged", {"position": np.concatenate(positions)})
            connection.execute(f"{action} WHERE rowid IN (SELECT position FROM judged)")
            connection.unregister("judged")


class _Judge:
    """Judges chunk after chunk; what it must remember in between is the last sound row."""

    def __init__(
        self, source: Source, files: Mapping[int, SourceFile], names: list[str], now: int, verdict: Verdict
    ) -> None:
        self.source, self.files, self.names, self.now, self.verdict = source, files, names, now, verdict
        self.last: Rows | None = None

    def judge(self, rows: Rows) -> None:
        rows = self._leave_unfinished(rows)
        rows = self._leave_unsound(rows)
        if not len(rows["ts"]):
            return
        before = self._before(rows)
        same = rows["number"] == before["number"]
        self.verdict.unsorted += int((same & (rows["file"] == before["file"]) & (rows["row"] < before["row"])).sum())
        faults = self._check(rows, np.where(same, before["ts"], NO_PREVIOUS))
        if faults.any():
            rows = self._collapse(rows, before, faults)
        self.last = {name: column[-1:] for name, column in rows.items()}

    def _check(self, rows: Rows, previous: Any) -> Any:
        ts, open, high, low, close, volume = (rows[name] for name in ("ts", *COLUMNS))  # noqa: A001 - the column
        optional = self.source.volume == "optional"
        return check(ts, open, high, low, close, volume, previous, self.source.interval.shortest, optional)

    def _before(self, rows: Rows) -> Rows:
        """Every row's predecessor; the first of all has one of no symbol."""
        last = self.last or {name: column[:1] - (name == "number") for name, column in rows.items()}
        return {name: np.concatenate([last[name], column[:-1]]) for name, column in rows.items()}

    def _leave_unfinished(self, rows: Rows) -> Rows:
        open_still = (rows["ts"] <= self.now) & (rows["ts"] + self.source.interval.milliseconds > self.now)
        for number, ts in zip(rows["number"][open_still], rows["ts"][open_still], strict=True):
            self.verdict.unfinished[self.names[number], int(ts)] = None
        self.verdict.unfinished_files.update(rows["file"][open_still].tolist())
        return self._leave(rows, open_still)

    def _leave_unsound(self, rows: Rows) -> Rows:
        """Take out the rows with a fault of their own, or refuse the first of them."""
        faults = self._check(rows, NO_PREVIOUS)
        future = (rows["ts"] > self.now) & (rows["ts"] != NO_TIME)
        nameless = rows["number"] == (self.names.index("") if "" in self.names else -1)
        unsound = (faults != 0) | future | nameless
        if not unsound.any():
            return rows
        if self.source.invalid == "error" or nameless.any():
            raise self._refusal(rows, faults, unsound, nameless)
        reasons = Counter(faults[unsound & ~future].tolist())
        for mask, count in reasons.items():
            self.verdict.dropped[describe(mask)[0]] += count
        if future.any():
            self.verdict.dropped[FUTURE] += int(future.sum())
            self.verdict.unfinished_files.update(rows["file"][future].tolist())
        return self._leave(rows, unsound)

    def _leave(self, rows: Rows, out: Any) -> Rows:
        if not out.any():
            return rows
        self.verdict.out.append(rows["position"][out])
        return {name: column[~out] for name, column in rows.items()}

    def _collapse(self, rows: Rows, before: Rows, faults: Any) -> Rows:
        """Take out rows equal to their predecessors; refuse those that differ and those that are too close."""
        again = (faults & Fault.DUPLICATE) != 0
        equal = np.ones(len(again), dtype=bool)
        for name in COLUMNS:
            mine, theirs = rows[name], before[name]
            equal &= (mine == theirs) | (np.isnan(mine) & np.isnan(theirs))
        differing = (again & ~equal) | ((faults & OF_ORDER & ~Fault.DUPLICATE) != 0)
        if differing.any():
            place = int(np.flatnonzero(differing)[0])
            raise self._conflict(rows, before, place, Fault(int(faults[place])), int(differing.sum()))
        self.verdict.duplicates += int(again.sum())
        foreign = again & (rows["file"] != before["file"])
        kept = np.maximum.accumulate(np.where(again, -1, np.arange(len(again))))
        firsts = np.where(kept < 0, before["position"][0], rows["position"][np.maximum(kept, 0)])
        if foreign.any():
            self.verdict.shared.append(np.unique(firsts[foreign]))
        last = {name: column[:1] for name, column in before.items()}
        rest = self._leave(rows, again)
        return rest if len(rest["ts"]) else last

    def _refusal(self, rows: Rows, faults: Any, unsound: Any, nameless: Any) -> CandleError:
        guilty = np.flatnonzero(nameless if nameless.any() else unsound)
        place = int(guilty[np.lexsort((rows["row"][guilty], rows["file"][guilty]))[0]])
        mask = int(faults[place])
        if nameless[place]:
            what, hint, code = "the symbol is missing", "repair or remove the row", "candles-symbol"
        elif mask:
            (what, hint), code = describe(mask), "candles-invalid"
            hint += ", or set candles.invalid: drop in wick.yml to leave such rows out and count them"
        else:
            what, hint, code = FUTURE, "check the unit and the zone of ts, and the clock", "candles-future"
        more = f" (and {len(guilty) - 1:,} more like it)" if len(guilty) > 1 else ""
        return CandleError(
            f"{self._name(rows, place)}: {what}: {_values(rows, place)}{more}",
            code=code,
            where=self._where(rows, place),
            hint=hint,
        )

    def _conflict(self, rows: Rows, before: Rows, place: int, fault: Fault, count: int) -> CandleError:
        more = f" (and {count - 1:,} more like it)" if count > 1 else ""
        where = [*self._where(before, place), *self._where(rows, place)]
        if fault & Fault.DUPLICATE:
            return CandleError(
                f"{self._name(rows, place)}: the same symbol and time have other values in"
                f" {self._file(before, place)}, row {before['row'][place]}:"
                f" {_values(before, place)} there, {_values(rows, place)} here{more}",
                code="candles-duplicate",
                where=where,
                hint=self._duplicate_hint(rows, before, place),
            )
        distance = (rows["ts"][place] - before["ts"][place]) // 1000
        return CandleError(
            f"{self._name(rows, place)}: {distance:,} second{'' if distance == 1 else 's'} after the candle before it"
            f" ({self._file(before, place)}, row {before['row'][place]}), closer than the interval"
            f" {self.source.interval}{more}",
            code="candles-overlap",
            where=where,
            hint="write days as dates: counts of days, as spreadsheets keep them, are read as seconds since 1970"
            if abs(int(rows["ts"][place])) < _SERIAL
            else describe(Fault.OVERLAP)[1],
        )

    def _duplicate_hint(self, rows: Rows, before: Rows, place: int) -> str:
        if self._file(rows, place) != self._file(before, place):
            return (
                "remove one of the two; a file without a symbol column is named for its symbol,"
                " or lies in a folder symbol=NAME"
            )
        return (
            "remove one of the two; local times that repeat when summer time ends need their offset,"
            " a date and a time of day in two columns must become one,"
            " and a file of several symbols needs candles: columns: {symbol: ...} in wick.yml"
        )

    def _name(self, rows: Rows, place: int) -> str:
        symbol = self.names[int(rows["number"][place])]
        return f"{self._file(rows, place)}, row {rows['row'][place]}, {symbol or '?'} {moment(rows['ts'][place])}"

    def _file(self, rows: Rows, place: int) -> str:
        return self.files[int(rows["file"][place])].name

    def _where(self, rows: Rows, place: int) -> list[Location]:
        found = locate(self.files[int(rows["file"][place])], int(rows["row"][place]))
        return [found] if found else []


def _values(rows: Rows, place: int) -> str:
    values = ((name, float(rows[name][place])) for name in COLUMNS)
    return ", ".join(f"{name} {'missing' if np.isnan(value) else repr(value)}" for name, value in values)

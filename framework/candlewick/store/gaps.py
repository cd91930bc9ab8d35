"""Gaps: where candles are missing, and where prices jump as a split would make them; found when candles change.

The holes of a symbol are kept: when it only gains later candles, nothing but those is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.candles import moment
from candlewick.errors import CandleError
from candlewick.store.candles import by_number
from candlewick.store.holes import JUMP, describe_holes, split_ratio
from candlewick.store.ledger import insert

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from candlewick.store.candles import Gaps
    from candlewick.store.source import Source

_Sides = tuple[Any, Any, Any, Any]
"""Times of the candles before and after, the close before and the open after, of every hole and jump of a symbol."""


@dataclass(frozen=True)
class Jump:
    """A close and the open after it that look like an unadjusted split; ``ts`` is the open time of the second."""

    symbol: str
    ts: int
    ratio: str
    close: float
    open: float


def write_gaps(connection: duckdb.DuckDBPyConnection, source: Source, *, every: bool) -> list[Jump]:
    """Find the holes of the symbols that ``change`` touched, or of ``every`` symbol.

    Returns the jumps among what is new that look like splits.

    Errors: CandleError ``candles-gap`` for the first hole, of whatever kind, where the source says ``gaps: error``.
    """
    interval = source.interval.milliseconds
    connection.execute(
        "CREATE TEMP TABLE touched AS SELECT symbol, min(first_ts) AS first_ts, max(last_ts) AS last_ts,"
        " any_value(since) AS since FROM store.wick.data_versions LEFT JOIN"
        " (SELECT symbol, min(ts) AS since FROM change WHERE fresh OR differs GROUP BY symbol) USING (symbol)"
        f" WHERE {every} OR since IS NOT NULL GROUP BY symbol"
    )
    rows = connection.execute("SELECT * FROM touched ORDER BY symbol").fetchall()
    known = {} if every else _known(connection)
    found = _since(connection, known, interval)
    if len(known) < len(rows):
        found = _everywhere(connection, interval) | found
    gaps: list[Gaps] = []
    kept: list[tuple[str, int, bytes]] = []
    jumps: list[Jump] = []
    for symbol, first, last, since in rows:
        sides = found.get(symbol, _NONE)
        jumps += _jumps(symbol, sides, since)
        before, after = (side[sides[1] - sides[0] >= 1.5 * interval] for side in sides[:2])
        if symbol in known:
            before, after = (np.concatenate(both) for both in zip(known[symbol][1], (before, after), strict=True))
        if source.gaps == "error" and len(before):
            raise _gap(symbol, before, after, source)
        gaps.append(describe_holes(symbol, before, after, first, last, source.interval))
        kept.append((symbol, last, np.stack([before, after]).tobytes()))
    for table, told in (("gaps", [tuple(vars(one).values()) for one in gaps]), ("holes", kept)):
        connection.execute(f"DELETE FROM store.wick.{table} WHERE symbol IN (SELECT symbol FROM touched)")
        insert(connection, f"store.wick.{table}", told)
    return jumps


def _jumps(symbol: str, sides: _Sides, since: int | None) -> Iterator[Jump]:
    _, after, close, opened = sides
    for place in np.flatnonzero(after >= since) if since is not None else ():
        ratio = split_ratio(float(close[place]), float(opened[place]))
        if ratio:
            yield Jump(symbol, int(after[place]), ratio, float(close[place]), float(opened[place]))


def _known(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, Any]]:
    """Of the touched symbols that only gained later candles: the candle that their holes reach to, and the holes."""
    rows = connection.execute(
        "SELECT symbol, h.last_ts, h.holes FROM touched JOIN store.wick.holes AS h USING (symbol)"
        " WHERE since > h.last_ts"
    ).fetchall()
    return {symbol: (last, np.frombuffer(holes, np.int64).reshape(2, -1)) for symbol, last, holes in rows}


def _since(
    connection: duckdb.DuckDBPyConnection, known: Mapping[str, tuple[int, Any]], interval: int
) -> dict[str, _Sides]:
    """Holes and jumps after the candle that the known holes of each symbol reach to."""
    if not known:
        return {}
    last = [reached for reached, _ in known.values()]
    query = (
        "SELECT number, epoch_ms(c.ts) AS ts, open, close FROM store.candles AS c"
        " JOIN (SELECT unnest(?) AS symbol, unnest(?) AS last, unnest(?) AS number) USING (symbol)"
        " WHERE c.ts >= make_timestamp_ms(last)::TIMESTAMPTZ"
        f" AND c.ts >= make_timestamp_ms({min(last)})::TIMESTAMPTZ"  # the join cannot tell a scan beforehand
    )
    found = by_number(connection, query, [list(known), last, list(range(len(last)))], len(last))
    return {symbol: _sides(columns, interval) for symbol, columns in zip(known, found, strict=True)}


def _sides(columns: Mapping[str, Any], interval: int) -> _Sides:
    before, after = columns["ts"][:-1], columns["ts"][1:]
    close, opened = columns["close"][:-1], columns["open"][1:]
    told = (after - before >= 1.5 * interval) | (np.maximum(close / opened, opened / close) >= JUMP)
    return before[told], after[told], close[told], opened[told]


_NONE = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0))


def _everywhere(connection: duckdb.DuckDBPyConnection, interval: int) -> dict[str, _Sides]:
    """Holes and jumps of all symbols.

    Candles lie in runs of one symbol and of rising times, a few for each ingest. Within a run the candle before is the
    row before; runs of a symbol that do not overlap follow one another. To sort all candles would take far longer.
    """
    is_hole = f"after - before >= {1.5 * interval} OR greatest(close_before / open, open / close_before) >= {JUMP}"
    rows = _fetched(
        connection,
        "SELECT symbol, before, after, close_before, open, starts FROM (SELECT symbol, open, epoch_ms(ts) AS after,"
        " lag(epoch_ms(ts)) OVER () AS before, lag(close) OVER () AS close_before,"
        " coalesce(lag(symbol) OVER () <> symbol OR before >= after, true) AS starts FROM store.candles)"
        f" WHERE starts OR {is_hole}",
    )
    between, tangled = _between_runs(connection, rows[rows["starts"]])
    ratio = np.maximum(between["close_before"] / between["open"], between["open"] / between["close_before"])
    between = between[(between["after"] - between["before"] >= 1.5 * interval) | (ratio >= JUMP)]
    found = pd.concat([rows[~rows["starts"]], between])
    if tangled:
        sorted_anew = _fetched(
            connection,
            "SELECT symbol, before, after, close_before, open FROM (SELECT symbol, open, epoch_ms(ts) AS after,"
            " lag(epoch_ms(ts)) OVER w AS before, lag(close) OVER w AS close_before"
            " FROM store.candles WHERE symbol IN (SELECT unnest(?)) WINDOW w AS (PARTITION BY symbol ORDER BY ts))"
            f" WHERE {is_hole}",
            [tangled],
        )
        found = pd.concat([found[~found["symbol"].isin(tangled)], sorted_anew])
    found = found.sort_values(["symbol", "after"])
    columns = [found[name].to_numpy() for name in ("before", "after", "close_before", "open")]
    return {
        symbol: (before, after, close, opened)
        for symbol, (before, after, close, opened) in _split(found["symbol"].to_numpy(), columns)
    }


def _between_runs(connection: duckdb.DuckDBPyConnection, turns: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Times and prices on both sides of where one run of a symbol ends and its next begins; symbols whose runs overlap.

    ``turns`` are the first rows of all runs, in the order they lie in, each with the row before.
    """
    end = connection.execute("SELECT epoch_ms(ts), close FROM store.candles ORDER BY rowid DESC LIMIT 1").fetchall()
    runs = pd.DataFrame({
        "symbol": turns["symbol"].to_numpy(),
        "after": turns["after"].to_numpy(),
        "open": turns["open"].to_numpy(),
        "last": [*turns["before"].iloc[1:], *(last for last, _ in end)],
        "close": [*turns["close_before"].iloc[1:], *(close for _, close in end)],
    }).sort_values(["symbol", "after"], ignore_index=True)  # fmt: skip
    follows = (runs["symbol"].to_numpy()[1:] == runs["symbol"].to_numpy()[:-1]).nonzero()[0] + 1
    between = runs.iloc[follows].assign(
        before=runs["last"].to_numpy()[follows - 1], close_before=runs["close"].to_numpy()[follows - 1]
    )
    tangled = between["symbol"][between["after"] <= between["before"]]
    return between, sorted(set(tangled))


def _fetched(connection: duckdb.DuckDBPyConnection, query: str, given: Sequence[object] = ()) -> pd.DataFrame:
    found = connection.execute(query, given).fetchnumpy()
    return pd.DataFrame({name: np.ma.getdata(column) for name, column in found.items()})


def _split(symbols: Any, columns: Sequence[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Columns sorted by symbol, cut into symbols."""
    edges = [0, *(np.flatnonzero(symbols[1:] != symbols[:-1]) + 1).tolist(), len(symbols)]
    for start, end in pairwise(edges):
        if start < end:
            yield str(symbols[start]), [column[start:end] for column in columns]


def _gap(symbol: str, before: Any, after: Any, source: Source) -> CandleError:
    missing = round((after[0] - before[0]) / source.interval.milliseconds) - 1
    more = f", and {len(before) - 1:,} more gaps" if len(before) > 1 else ""
    return CandleError(
        f"{symbol}: {missing:,} candles are missing between {moment(before[0])} and {moment(after[0])}{more}",
        code="candles-gap",
        hint="fetch the missing candles, or set candles.gaps to warn or allow in wick.yml",
    )

"""The results as tables in markdown: the whole in ``benchmarks/RESULTS.md``, the short of it in the README."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.accuracy import Errors
    from benchmarks.measure import Latency

BEGIN, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"
ABSENT = "not installed"


@dataclass(frozen=True)
class ColumnRow:
    """One contender on whole columns; ``ours`` is candlewick on the same features in the same rounds."""

    name: str
    features: int = 0
    one: float = 0.0
    many: float = 0.0
    ours_one: float = 0.0
    ours_many: float = 0.0
    errors: Errors | None = None


@dataclass(frozen=True)
class LiveRow:
    """One contender candle by candle."""

    name: str
    features: int = 0
    found: Latency | None = None
    ours: Latency | None = None


@dataclass(frozen=True)
class Results:
    """Everything one run found out."""

    candles: int
    symbols: int
    columns: Sequence[ColumnRow]
    live: Sequence[LiveRow]
    machine: str
    notes: dict[str, str]


def whole(results: Results) -> str:
    """Both tables with every figure, what the figures mean, and how each rival differs."""
    n, symbols = f"{results.candles:,}", results.symbols
    notes = "\n".join(f"* **{name}**: {note}" for name, note in results.notes.items())
    times = f"| | features | 1 x {n} | same | ratio | {symbols} x {n} | same | ratio |"
    errors = "| | features | sound candles | in | after a bad tick | in | NaN elsewhere |"
    latencies = "| | features | p50 | p99 | p99.9 | candles | same | ratio | error | in |"
    return f"""# Benchmarks

Written by `make bench`. The workload is `benchmarks/technical_71.py`: 71 features of one symbol's candles.

{results.machine}

## Whole columns

User CPU nanoseconds per row and feature, inputs and outputs in memory, nothing stored. Every contender takes its turn
in every round. A rival that covers fewer features is compared with candlewick on just these: "same" is candlewick's
time for them, and the ratio is the rival's time over that. "1 x" is the best of the rounds, "{symbols} x" the whole
job. Candlewick lays results into the memory of those that were dropped, as `wick run` does.

{_table(times, [_column_cells(row) for row in results.columns])}

## Accuracy of the columns

The largest distance from exact values (80-bit floats, every window in two passes), relative to the largest value of the
column, after the seeds of recursions are forgotten; and the same after one candle whose prices are a thousandfold has
left every window. "NaN elsewhere" counts features whose missing values are in other places than pandas'.

{_table(errors, [_error_cells(row) for row in results.columns])}

## Candle by candle

Microseconds from six numbers to the feature vector, after warm-up, one symbol; elapsed time, so a busy machine shows in
the tails. "same" is candlewick's median for the features the rival covers. The error is that of the last vectors.

{_table(latencies, [_live_cells(row) for row in results.live])}

## How the rivals differ

{notes}
"""


def short(results: Results) -> str:
    """What the README shows."""
    n, symbols = f"{results.candles:,}", results.symbols
    columns = [
        (r.name, str(r.features), f"{r.one:.1f}", f"{r.many:.1f}", _ratio(r.many, r.ours_many), f"{r.errors.tick:.0e}")
        if r.errors
        else (r.name, ABSENT)
        for r in results.columns
    ]
    live = [
        (r.name, str(r.features), f"{r.found.p50:.1f}", f"{r.found.p99:.1f}", _ratio(r.found.p50, r.ours.p50))
        if r.found and r.ours
        else (r.name, ABSENT)
        for r in results.live
    ]
    heading = f"| ns per row and feature | features | 1 x {n} | {symbols} x {n} | ratio | error after a bad tick |"
    caption = (
        f"*{results.machine} Ratios compare with candlewick on the features a rival covers; all figures, what they "
        "mean and how each rival differs: [benchmarks/RESULTS.md](benchmarks/RESULTS.md).*"
    )
    latencies = _table("| microseconds per candle | features | p50 | p99 | ratio |", live)
    return "\n\n".join((_table(heading, columns), latencies, caption))


def write(results: Results, root: Path) -> None:
    """``benchmarks/RESULTS.md``, and the README between its two markers."""
    (root / "benchmarks" / "RESULTS.md").write_text(whole(results), encoding="utf-8")
    readme = root / "README.md"
    readme.write_text(between_markers(readme.read_text(encoding="utf-8"), short(results)), encoding="utf-8")


def between_markers(text: str, table: str) -> str:
    """A document with what stands between its markers replaced."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md has no {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def _table(heading: str, rows: Sequence[Sequence[str]]) -> str:
    columns = heading.count("|") - 1
    lines = [heading, "|---" * columns + "|"]
    lines += [f"| {' | '.join([*row, *[''] * (columns - len(row))])} |" for row in rows]
    return "\n".join(lines)


def _column_cells(row: ColumnRow) -> tuple[str, ...]:
    if row.errors is None:
        return row.name, ABSENT
    return (
        row.name, str(row.features),
        f"{row.one:.2f}", f"{row.ours_one:.2f}", _ratio(row.one, row.ours_one),
        f"{row.many:.2f}", f"{row.ours_many:.2f}", _ratio(row.many, row.ours_many),
    )  # fmt: skip


def _error_cells(row: ColumnRow) -> tuple[str, ...]:
    if row.errors is None:
        return row.name, ABSENT
    e = row.errors
    return row.name, str(row.features), f"{e.clean:.0e}", e.clean_at, f"{e.tick:.0e}", e.tick_at, str(e.misplaced)


def _live_cells(row: LiveRow) -> tuple[str, ...]:
    if row.found is None or row.ours is None:
        return row.name, ABSENT
    f = row.found
    return (
        row.name, str(row.features), f"{f.p50:.1f}", f"{f.p99:.1f}", f"{f.p999:.1f}", f"{f.candles:,}",
        f"{row.ours.p50:.1f}", _ratio(f.p50, row.ours.p50), f"{f.error:.0e}", f.worst,
    )  # fmt: skip


def _ratio(theirs: float, ours: float) -> str:
    return f"{theirs / ours:.1f}" if ours else "-"  # CPU time comes in ticks, of which --quick may see none

"""The lines of the run log as text, for a run that works and for one that finds nothing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH = 78
_ERRORS = {"ERROR", "FAIL"}


def found(models: int, columns: int, tests: int, symbols: int, candles: int) -> str:
    """What a run is about."""
    counts = (models, "model"), (columns, "column"), (tests, "test"), (symbols, "symbol"), (candles, "candle")
    return "Found " + ", ".join(_count(number, what) for number, what in counts)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def groups(enabled: Sequence[str], sources: Mapping[str, str]) -> str:
    """Which groups are on, and who decided it where it was not the baseline."""
    changed = [f"{group} by {source}" for group, source in sources.items() if "baseline" not in source]
    return f"Groups: {', '.join(enabled) or 'none'}" + (f" ({'; '.join(changed)})" if changed else "")


def result(number: int, total: int, kind: str, name: str, status: str, said: str) -> str:
    """One model or test: dots lead to what was ``said`` of it."""
    word = "OK" if status in {"BUILT", "APPENDED"} else status
    head = f"{number} of {total} {word} {kind} {name} "
    return f"{head:.<{WIDTH}} [{said}]"


def model(status: str, rows: int, columns: int, seconds: float) -> str:
    """What is said of a model that went well."""
    return f"{status} {_count(rows, 'row')} x {_count(columns, 'column')} in {seconds:.2f}s"


def test(status: str, rows: int) -> str:
    """What is said of a test, or of a model that did not go well."""
    return f"{status} {_count(rows, 'row')}" if status in {"FAIL", "WARN"} and rows else status


def failing(status: str) -> bool:
    """Whether a status makes the run fail."""
    return status in _ERRORS


def done(statuses: Sequence[str]) -> str:
    """The last line."""
    passed = sum(status in {"BUILT", "APPENDED", "PASS"} for status in statuses)
    errors = sum(map(failing, statuses))
    warned, skipped, reused = (statuses.count(status) for status in ("WARN", "SKIP", "REUSED"))
    return f"Done. PASS={passed} WARN={warned} ERROR={errors} SKIP={skipped} REUSED={reused} TOTAL={len(statuses)}"

"""`wick diff A B`: how what two arms, runs or stores hold differs, column by column, never rounded."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.candles import short_moment
from candlewick.commands.run_id import is_run_id
from candlewick.differences import differences
from candlewick.errors import UsageError, nearest
from candlewick.project.project import MAIN, open_project
from candlewick.store.catalog import PREVIOUS, Catalog, arms, read_catalog, read_catalog_frame
from candlewick.store.history import editions
from candlewick.store.publish import read_runs

if TYPE_CHECKING:
    from candlewick.project.project import Project

_SUMMED = ("unequal", "beyond", "alone", "missing", "absolute", "relative", "ulp", "first")


@dataclass(frozen=True)
class SymbolDiff:
    """How one column of one symbol differs; rows that only one side has are unequal and beyond.

    Of the unequal rows ``alone`` are those that only A and that only B has, with the first of them, and ``missing``
    those in which both have the candle, and only A or only B a value.
    """

    symbol: str
    rows: int
    unequal: int
    beyond: int
    absolute: float
    relative: float
    ulp: int
    first: str
    alone: tuple[int, int] = (0, 0)
    alone_first: str = ""
    missing: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class ColumnDiff:
    """How one column differs, over all symbols; ``only`` names the side that alone has it."""

    model: str
    name: str
    only: str = ""
    rows: int = 0
    symbols: tuple[SymbolDiff, ...] = ()

    @property
    def unequal(self) -> int:
        """Rows that are not the same value."""
        return sum(each.unequal for each in self.symbols)

    @property
    def beyond(self) -> int:
        """Rows that differ by more than the tolerance."""
        return sum(each.beyond for each in self.symbols)

    @property
    def alone(self) -> int:
        """Rows that only one side has."""
        return sum(sum(each.alone) for each in self.symbols)

    @property
    def missing(self) -> int:
        """Rows of both sides in which only one has a value."""
        return sum(sum(each.missing) for each in self.symbols)

    @property
    def absolute(self) -> float:
        """The largest distance between two values."""
        return max((each.absolute for each in self.symbols), default=0.0)

    @property
    def relative(self) -> float:
        """The largest distance, as a fraction of the larger value."""
        return max((each.relative for each in self.symbols), default=0.0)

    @property
    def ulp(self) -> int:
        """The largest number of representable values from one to the other."""
        return max((each.ulp for each in self.symbols), default=0)

    @property
    def first(self) -> str:
        """Symbol and time of the first row beyond the tolerance; of the first that differs when none is."""
        return next((f"{each.symbol} {each.first}" for each in self.symbols if each.first), "")


@dataclass(frozen=True)
class DiffResult:
    """The columns of two sides, in the order of B, then those that only A has."""

    a: str
    b: str
    columns: tuple[ColumnDiff, ...]

    @property
    def differs(self) -> bool:
        """Whether a column is missing on one side, or has a row beyond the tolerance."""
        return any(column.only or column.beyond for column in self.columns)

    def to_json(self) -> dict[str, Any]:
        """The differences as plain data."""
        columns = [
            asdict(column) | {name: getattr(column, name) for name in _SUMMED}
            for column in self.columns
        ]  # fmt: skip
        return {"schema_version": 1, "a": self.a, "b": self.b, "differs": self.differs, "columns": columns}


def diff(project: Project, a: str, b: str, *, relative: float = 0.0, absolute: float = 0.0) -> DiffResult:
    """Compare every column of two sides, symbol by symbol; parts with one content hash are equal and are not read.

    Errors: UsageError ``diff-unknown`` for a name of neither an arm, a run nor a project; those of reading parts.
    """
    sides = [_side(project, each) for each in (a, b)]
    found = []
    names = {
        (model, name): None
        for _, catalog in reversed(sides)
        for model, each in catalog.columns.items()
        for name in each
    }
    for model, name in names:
        only = [
            side for side, (_, catalog) in zip((a, b), sides, strict=True) if name in catalog.columns.get(model, ())
        ]
        if len(only) == 1:
            found.append(ColumnDiff(model, name, only[0]))
        else:
            found.append(_column(model, name, sides, relative, absolute))
    return DiffResult(a, b, tuple(found))


@dataclass(frozen=True)
class Side:
    """One side that a diff can name: what an arm publishes, or an edition before that; its first and last run."""

    name: str
    arm: str
    since: str
    run: str


def sides(project: Project) -> list[Side]:
    """Everything of a project that a diff can name, arm by arm, the latest first."""
    found = []
    for arm in arms(project.target):
        every = [read_catalog(project.target, arm), *editions(project.target, arm)]
        found += [Side(f"{arm}~{k}" if k else arm, arm, each.since, each.run) for k, each in enumerate(every)]
    return found


def _side(project: Project, name: str) -> tuple[Path, Catalog]:
    """The target folder and the catalog that a word on the command line means."""
    target = project.target
    found = _named(project, f"{MAIN}~1" if name == PREVIOUS else name)
    if found is not None:
        back = int(found.name.partition("~")[2] or 0)
        return target, editions(target, found.arm)[back - 1] if back else read_catalog(target, found.arm)
    folder = Path(name)
    if folder.exists():
        other = open_project(folder if folder.is_dir() else folder.parent)
        return other.target, read_catalog(other.target)
    raise _unknown(name, [each.name for each in sides(project)])


def _unknown(name: str, known: list[str]) -> UsageError:
    arm = MAIN if name == PREVIOUS else name.partition("~")[0]
    if arm in known:
        count = sum(each.startswith(f"{arm}~") for each in known)
        kept = f"{count} editions are" if count > 1 else "one edition is" if count else "nothing is"
        what = f"of what {arm} held before its last changes {kept} kept: there is no '{name}'"
    else:
        what = f"'{name}' is no arm, no run whose columns are kept, and no folder"
    hint = "`wick diff --list` names what can be compared; the folder of another project can be, too"
    return UsageError(what, code="diff-unknown", hint=nearest(name, known) or hint)


def _named(project: Project, name: str) -> Side | None:
    """The side of a name, or of the id of a run that published it; between the first and the last of its arm's."""
    every = sides(project)
    exact = [side for side in every if name in {side.name, side.run, side.since}]
    if exact or not is_run_id(name):
        return exact[0] if exact else None
    runs = read_runs(project.store)
    order = {run.id: k for k, run in enumerate(runs)}  # ids tell the second only
    arm = next((run.facts.get("arm") for run in runs if run.id == name), None)
    among = (side for side in every if side.arm == arm and {side.since, side.run} <= order.keys())
    return next((side for side in among if order[side.since] <= order[name] <= order[side.run]), None)


def _column(model: str, name: str, sides: list[tuple[Path, Catalog]], relative: float, absolute: float) -> ColumnDiff:
    held = [_parts(catalog, model, name) for _, catalog in sides]
    symbols = sorted(held[0].keys() | held[1].keys())
    found = []
    rows = 0
    for symbol in symbols:
        if held[0].get(symbol) == held[1].get(symbol):
            rows += sum(count for _, count in held[0][symbol])
            continue
        columns = [
            read_catalog_frame(catalog, target, model, [name], symbol).set_index("ts")[name]
            if symbol in parts else pd.Series(dtype="float64", index=pd.DatetimeIndex([], tz="UTC"))
            for (target, catalog), parts in zip(sides, held, strict=True)
        ]  # fmt: skip
        one = _symbol(symbol, columns[0], columns[1], relative, absolute)
        rows += one.rows
        found += [one] if one.unequal else []
    return ColumnDiff(model, name, "", rows, tuple(found))


def _parts(catalog: Catalog, model: str, name: str) -> dict[str, list[tuple[str, int]]]:
    """Content hash and rows of the parts that hold a column, by symbol."""
    found: dict[str, list[tuple[str, int]]] = {}
    for part in catalog.of(model):
        if any(column == name for column, _ in part.columns):
            found.setdefault(part.symbol, []).append((part.digest, part.rows))
    return found


def _symbol(symbol: str, a: pd.Series, b: pd.Series, relative: float, absolute: float) -> SymbolDiff:
    common = a.index.intersection(b.index)
    alone = [each.index.difference(common) for each in (a, b)]
    left, right = _numbers(a.reindex(common), b.reindex(common))
    found = differences(left, right, absolute=absolute, relative=relative)
    gaps = np.isnan(left), np.isnan(right)
    unequal = ~((left == right) | (gaps[0] & gaps[1]))
    place = found.first if found.first is not None else int(np.argmax(unequal)) if unequal.any() else None
    strange = min((each[0] for each in alone if len(each)), default=None)
    first = min((at for at in (strange, None if place is None else common[place]) if at is not None), default=None)
    counts = len(alone[0]), len(alone[1])
    return SymbolDiff(
        symbol,
        len(common) + sum(counts),
        found.unequal + sum(counts),
        found.beyond + sum(counts),
        found.absolute,
        found.relative,
        found.ulp,
        "" if first is None else short_moment(first),
        counts,
        "" if strange is None else short_moment(strange),
        (int((gaps[1] & ~gaps[0]).sum()), int((gaps[0] & ~gaps[1]).sum())),
    )


def _numbers(a: pd.Series, b: pd.Series) -> tuple[Any, Any]:
    """Two columns as float64: times as microseconds since 1970, texts as the number of their first sight."""
    if any(isinstance(each.dtype, pd.DatetimeTZDtype) for each in (a, b)):
        return tuple(
            pd.to_datetime(each, utc=True)
            .dt.as_unit("us")
            .astype("int64")
            .where(each.notna())
            .to_numpy(np.float64, na_value=np.nan)
            for each in (a, b)
        )  # type: ignore[return-value]
    if any(each.dtype == object or pd.api.types.is_string_dtype(each.dtype) for each in (a, b)):
        codes, _ = pd.factorize(pd.concat([a, b]))
        both = np.where(codes < 0, np.nan, codes.astype(np.float64))
        return both[: len(a)], both[len(a) :]
    return a.to_numpy(np.float64, na_value=np.nan), b.to_numpy(np.float64, na_value=np.nan)

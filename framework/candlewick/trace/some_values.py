"""Some of the values of a window: those that meet a condition, or the newest alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from candlewick.trace.column import refused_dunder
from candlewick.trace.each import REDUCTIONS, elementwise, number, refuse

if TYPE_CHECKING:
    from candlewick.trace.each import Each


@dataclass(eq=False)
class Some:
    """``x[x > 0]``: the values of a window where a condition holds."""

    rows: Each
    condition: Each

    @property
    def size(self) -> Any:
        """How many."""
        return self.condition.reduce("sum")

    def sum(self) -> Any:
        """Their sum."""
        return self.condition.chosen(self.rows, 0.0).reduce("sum")

    def mean(self) -> Any:
        """Their mean; missing when there are none."""
        return self.sum() / self.size

    def var(self, ddof: int | None = None) -> Any:
        """Their variance; missing when they are too few."""
        taken = (1 if self.rows.skips else 0) if ddof is None else ddof
        count, away = number(self.size), self.rows - self.mean()
        total = self.condition.chosen(away * away, 0.0).reduce("sum")
        return (total / (count - float(taken))).where(count > float(taken))

    def std(self, ddof: int | None = None) -> Any:
        """Their deviation; missing when they are too few."""
        return elementwise("np.sqrt", (self.var(ddof),))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in {"values", "iloc"}:
            return self
        return refuse(f"{name} of some of its values")

    def __array_function__(self, function: Any, types: Any, given: Any, keywords: Any) -> Any:
        del types
        name = REDUCTIONS.get(function.__name__, "")
        if name not in {"sum", "mean", "std", "var"} or len(given) != 1 or set(keywords) - {"ddof"}:
            return refuse(f"np.{function.__name__} of some of its values")
        return getattr(self, name)(keywords.get("ddof", 0)) if name in {"std", "var"} else getattr(self, name)()


for _name in ("__len__", "__iter__", "__bool__", "__array__", "__getitem__"):
    setattr(Some, _name, refused_dunder(_name))


@dataclass(eq=False)
class Newest:
    """A window of which only the newest value is known."""

    value: Any
    length: int

    def __getattr__(self, name: str) -> Any:
        if name in {"iloc", "values"}:
            return self
        if name.startswith("__"):
            raise AttributeError(name)
        return refuse(f"{name} of ranks")

    def __getitem__(self, key: Any) -> Any:
        return self.value if key in (-1, self.length - 1) else refuse("the rank of an older candle")

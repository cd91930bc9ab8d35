"""``x.groupby(key)``: runs of candles, where a key that is left never comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from candlewick.operators.anchored import SinceChange
from candlewick.operators.cast import AsInteger
from candlewick.operators.operator import INT
from candlewick.operators.shift import past
from candlewick.trace.dispatch import built
from candlewick.trace.keys import HINT, key_of
from candlewick.trace.missing import never_missing
from candlewick.trace.routes import route
from candlewick.trace.stand import StandFrame, StandSeries, entry_frame, name_of, node_of, series, wrapped
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import Limited

if TYPE_CHECKING:
    from candlewick.trace.dispatch import Call

RUNNING = {"cumsum": "sum", "cummax": "max", "cummin": "min", "cumprod": "product", "cumcount": "count"}
WHOLE = {"sum", "mean", "max", "min", "std", "var", "count", "size", "median", "last", "prod", "quantile", "rank"}


@route("x.groupby((condition).cumsum())", "x.groupby(ts.dt.date)", "x.groupby([ts.dt.year, ts.dt.month])")
def groupby(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The runs of candles between changes of a key that only grows, for cumsum, cumcount, cummax and their like."""
    given, keywords = calls[0]
    return Groups(subject, key_of(only_by(given, keywords)))


@route("frame.groupby(key)")
def of_frame(self: Any, *given: Any, **keywords: Any) -> Any:
    """The same of a column of it: ``frame.groupby(key)["close"].cumsum()``."""
    return FrameGroups(self, key_of(only_by(given, keywords), self))


def only_by(given: Any, keywords: Any) -> Any:
    """What to group by; refuses more."""
    if set(keywords) - {"by", "sort", "group_keys", "observed", "dropna", "as_index"} or len(given) > 1:
        active().refuse("groupby() with more than a key", HINT, "trace-groups")
    return keywords.get("by", given[0] if given else None)


class FrameGroups:
    """``frame.groupby(key)``: good for one of its columns."""

    def __init__(self, subject: Any, key: Any) -> None:
        self._subject, self._key = subject, key

    def __getitem__(self, name: Any) -> Groups:
        return Groups(self._subject[name], self._key)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "cumcount":
            return Groups(next(iter(self._subject[each] for each in self._subject.columns)), self._key).cumcount
        if name in self._subject:
            return self[name]
        return active().refuse(
            f"groupby().{name} of a whole frame", 'write frame.groupby(key)["close"].cumsum()', "trace-groups"
        )


class Groups:
    """``x.groupby(key)``."""

    def __init__(self, subject: Any, key: Any) -> None:
        if isinstance(subject, StandFrame):
            active().refuse("groupby() of several columns", 'write frame.groupby(key)["close"]', "trace-groups")
        self._subject, self._key = subject, key

    def _result(self, made: Any) -> Any:
        return series(node_of(made), entry_frame(), name_of(self._subject))

    def _running(self, name: str) -> Any:
        subject = self._subject
        made = node_of(subject)
        if made is not None and made.dtype == "bool" and name != "cumcount":
            if name in {"cummax", "cummin"}:
                self._refuse(name)
            subject = subject.astype(int)
        result = wrapped(built(SinceChange(RUNNING[name]), [subject, self._key], node_of), array=False)
        made = node_of(subject)
        if name != "cumcount" and made is not None and made.dtype == INT:
            result = wrapped(built(AsInteger(), [result], node_of), array=False)
        return self._result(result)

    def _refuse(self, name: str) -> Any:
        if name in WHOLE:
            return active().refuse(
                f"groupby().{name}() reads the group to its end: it looks ahead",
                f"the group so far: groupby(key).cum{name if name in {'sum', 'max', 'min'} else 'sum'}()",
                "trace-looks-ahead",
            )
        return active().refuse(f"groupby().{name}() has no streaming form", HINT, "trace-groups")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in RUNNING:
            return lambda *_, **words: self._running(name) if not words else self._refuse(name)
        return lambda *_, **__: self._refuse(name)

    def shift(self, periods: int = 1, **rest: Any) -> Any:
        """Value ``periods`` candles ago, if the group had begun by then."""
        if rest:
            self._refuse("shift")
        periods = past("groupby().shift", periods)
        return self._result(self._subject.shift(periods).where(self._key == self._key.shift(periods)))

    def diff(self, periods: int = 1) -> Any:
        """Difference from the value ``periods`` candles ago, if the group had begun by then."""
        return self._result(self._subject - self.shift(periods))

    def pct_change(self, periods: int = 1, fill_method: Any = None) -> Any:
        """Relative change since ``periods`` candles ago, if the group had begun by then."""
        if fill_method is not None:
            self._refuse("pct_change")
        return self._result(self._subject / self.shift(periods) - 1.0)

    def ffill(self) -> Any:
        """The last value that was there, if it was of this group."""
        subject = self._subject.astype(float)
        begun = Groups(subject.notna().astype(int), self._key).cumsum() > 0
        return self._result(subject.ffill().where(begun))

    def expanding(self, min_periods: int = 1) -> SoFar:
        """Statistics of the group so far."""
        return SoFar(self._subject, self._key, min_periods)

    def first(self, *_: Any, **__: Any) -> Any:
        """Refused: one value a group."""
        active().refuse(
            "groupby().first() gives one row a group", 'write groupby(key).transform("first")', "trace-groups"
        )

    def transform(self, function: Any, *given: Any, **words: Any) -> Any:
        """``transform("first")``, a running statistic by its name, or a function of the group."""
        if function in RUNNING and not given and not words:
            return self._running(function)
        made = node_of(self._subject)
        if function == "first" and made is not None and never_missing(made) and not given and not words:
            begins = self._key != self._key.shift(1)
            return self._result(self._subject.astype(float).where(begins).ffill())
        if callable(function):
            result = function(Inside(self._subject, self._key), *given, **words)
            if isinstance(result, StandSeries):
                return self._result(result)
        return self._refuse(function if isinstance(function, str) else "transform")

    apply = transform

    def __iter__(self) -> Any:
        return active().refuse(
            "the groups are iterated over: a loop over rows", "write groupby(key).cumsum() and the like", "trace-loop"
        )

    def __getitem__(self, name: Any) -> Any:
        return self._refuse("[...]")


class Inside(Groups):
    """One group, as ``transform(f)`` hands it to f."""

    def expanding(self, min_periods: int = 1) -> SoFar:
        """Statistics of the group so far."""
        return SoFar(self._subject, self._key, min_periods, levelled=False)


class SoFar:
    """``x.groupby(key).expanding()``: ``levelled`` under keys and times, which it has not got inside a group."""

    def __init__(self, subject: Any, key: Any, least: int, *, levelled: bool = True) -> None:
        self._levelled = levelled
        self._subject, self._key = subject.astype(float), key
        there = self._finite().notna()
        self._count = Groups(there.astype(int), key).cumsum()
        self._enough = self._count >= max(least, 1)

    def _finite(self) -> Any:
        """The values that count: windows leave out infinite ones."""
        return self._subject.where(abs(self._subject) < float("inf"))

    def _running(self, name: str) -> Any:
        return Groups(getattr(Groups(self._finite(), self._key), name)(), self._key).ffill()

    def _given(self, column: Any) -> Any:
        found = series(node_of(column.where(self._enough)), entry_frame(), name_of(self._subject))
        return Levelled(found) if self._levelled else found

    def sum(self) -> Any:
        """Their sum."""
        return self._given(self._running("cumsum"))

    def max(self) -> Any:
        """The largest."""
        return self._given(self._running("cummax"))

    def min(self) -> Any:
        """The smallest."""
        return self._given(self._running("cummin"))

    def mean(self) -> Any:
        """Their mean."""
        return self._given(self._running("cumsum") / self._count)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: active().refuse(
            f"groupby().expanding().{name}() has no streaming form", "covered: sum, mean, max and min", "trace-groups"
        )


class Levelled(Limited):
    """A column under keys and times: good once the keys are dropped."""

    def __init__(self, column: Any) -> None:
        self.column = column

    def reset_index(self, level: Any = None, drop: bool = False) -> Any:
        """``reset_index(level=0, drop=True)``."""
        return self.column if level == 0 and drop else self.used()

    def droplevel(self, level: Any) -> Any:
        """``droplevel(0)``."""
        return self.column if level == 0 else self.used()

    def used(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return active().refuse(
            "groupby().expanding() gives a column under keys and times",
            "drop the keys: .reset_index(level=0, drop=True)",
            "trace-groups",
        )

    __add__ = __sub__ = __mul__ = __truediv__ = __lt__ = __gt__ = __radd__ = __rsub__ = __rmul__ = used

"""``x.groupby(key)``: runs of candles, where a key that is left never comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from candlewick.operators.anchored import SinceChange
from candlewick.operators.calendar import StartOf
from candlewick.operators.cast import AsInteger
from candlewick.operators.operator import INT, TIME
from candlewick.operators.shift import past
from candlewick.trace.dispatch import built
from candlewick.trace.missing import never_missing
from candlewick.trace.routes import route
from candlewick.trace.stand import entry_frame, is_column, name_of, node_of, series, wrapped
from candlewick.trace.tracing import active

if TYPE_CHECKING:
    from candlewick.trace.dispatch import Call
    from candlewick.trace.graph import Node

RUNNING = {"cumsum": "sum", "cummax": "max", "cummin": "min", "cumprod": "product", "cumcount": "count"}
WHOLE = {"sum", "mean", "max", "min", "std", "var", "count", "size", "median", "last", "prod", "quantile", "rank"}
HINT = "group by what only grows, such as (x != x.shift()).cumsum() or ts.dt.date, and take cumsum, cumcount, cummax"


@route("x.groupby((condition).cumsum())", "x.groupby(ts.dt.date)")
def groupby(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The runs of candles between changes of a key that only grows, for cumsum, cumcount, cummax and their like."""
    given, keywords = calls[0]
    key = keywords.get("by", given[0] if given else None)
    extra = set(keywords) - {"by", "sort", "group_keys", "observed", "dropna"}
    if isinstance(key, list) and len(key) == 1:
        key = key[0]
    if extra or len(given) > 1 or not is_column(key):
        active().refuse("groupby() by something else than one column", HINT, "trace-groups")
    made = node_of(key)
    if made is None or not only_grows(made):
        active().refuse(
            "groupby() by a key that may come back: a group would gather candles from here and there",
            HINT,
            "trace-groups",
        )
    return Groups(subject, key)


def only_grows(item: Node) -> bool:
    """Whether values of an expression, by its shape, never fall, and none is missing."""
    name, inputs = item.operator.operator_name(), item.inputs
    if name in {"column", "start_of"}:
        return item.dtype == TIME
    if name == "civil_date":
        return bool(item.operator.parameters["part"] == 0)
    if name in {"cumulative_sum", "cumulative_max"}:
        return never_missing(inputs[0]) and (name == "cumulative_max" or not_negative(inputs[0]))
    if name in {"as_float", "as_integer", "floor", "truncate"}:
        return only_grows(inputs[0])
    numbers = [getattr(child.operator, "number", None) for child in inputs]
    if name in {"floor_divide", "divide", "multiply"}:
        return only_grows(inputs[0]) and numbers[1] is not None and numbers[1] > 0
    return name == "add" and all(map(only_grows, (inputs[k] for k in (0, 1) if numbers[k] is None)))


def not_negative(item: Node) -> bool:
    """Whether values of an expression, by its shape, are at least zero."""
    name = item.operator.operator_name()
    number = getattr(item.operator, "number", None)
    if item.dtype == "bool" or name in {"absolute", "rolling_count"}:
        return True
    if number is not None:
        return bool(number >= 0)
    return name in {"as_float", "as_integer", "add", "multiply"} and all(map(not_negative, item.inputs))


class Groups:
    """``x.groupby(key)``."""

    def __init__(self, subject: Any, key: Any) -> None:
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

    def first(self, *_: Any, **__: Any) -> Any:
        """Refused: one value a group."""
        active().refuse(
            "groupby().first() gives one row a group", 'write groupby(key).transform("first")', "trace-groups"
        )

    def transform(self, function: Any, *given: Any, **words: Any) -> Any:
        """``transform("first")``, or a running statistic by its name."""
        if function in RUNNING and not given and not words:
            return self._running(function)
        made = node_of(self._subject)
        if function == "first" and made is not None and never_missing(made) and not given and not words:
            begins = self._key != self._key.shift(1)
            return self._result(self._subject.astype(float).where(begins).ffill())
        return self._refuse(function if isinstance(function, str) else "transform")

    def __getitem__(self, name: Any) -> Any:
        return self._refuse("[...]")


DAY = 86_400_000
UNITS = {"D": DAY, "d": DAY, "h": DAY // 24, "H": DAY // 24, "min": 60_000, "T": 60_000, "s": 1000, "S": 1000}


def start_of(time: Any, milliseconds: int) -> Any:
    """The start of the span that each time lies in."""
    return series(built(StartOf(milliseconds), [time], node_of), entry_frame())


@route("x.dt.normalize()")
def normalize(subject: Any, calls: tuple[Call, ...]) -> Any:
    """Midnight of the day."""
    del calls
    return start_of(subject, DAY)


@route("x.dt.floor(freq)")
def floor(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The start of the minutes, hours or day that the time lies in."""
    given, keywords = calls[0]
    freq = keywords.get("freq", given[0] if given else None)
    text = str(freq)
    count, unit = text.rstrip("DdhHminTsS"), text.lstrip("0123456789")
    if unit not in UNITS or not (count == "" or count.isdigit()) or set(keywords) - {"freq"} or len(given) > 1:
        active().refuse(f"dt.floor({freq!r})", 'covered: days, hours, minutes and seconds, such as "1D" or "15min"')
    return start_of(subject, int(count or 1) * UNITS[unit])


def of_day(times: Any) -> Any:
    """``ts.dt.date``: the day, good to group by and to compare."""
    return start_of(times, DAY)

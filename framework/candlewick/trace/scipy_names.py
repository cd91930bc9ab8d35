"""Functions of scipy that people hand the window of ``rolling(n).apply(f)`` to, where scipy is there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from candlewick.trace.each import Each, number, refuse
from candlewick.trace.fits import line, shape, z_scores
from candlewick.trace.rows import Rows
from candlewick.trace.some_values import Newest

if TYPE_CHECKING:
    from collections.abc import Callable


def linregress(x: Any, y: Any = None, **rest: Any) -> Any:
    """The line through values at constant places."""
    return line(x, y) if not rest and isinstance(y, Rows | Each) else refuse("linregress but of places and values")


def zscore(a: Any, axis: Any = 0, ddof: int = 0, **rest: Any) -> Any:
    """Each value, from their mean, in deviations."""
    return z_scores(a, ddof) if axis in (0, None) and not rest else refuse("zscore with more than ddof")


def skew(a: Any, axis: Any = 0, bias: bool = True, **rest: Any) -> Any:
    """Skewness of the values, which are all there are."""
    return (
        shape(a, 3) if axis in (0, None) and bias and not rest else refuse("skew(bias=False): rolling(n).skew() is it")
    )


def kurtosis(a: Any, axis: Any = 0, fisher: bool = True, bias: bool = True, **rest: Any) -> Any:
    """Kurtosis of the values, which are all there are; less that of the normal distribution."""
    if axis not in (0, None) or not bias or rest:
        return refuse("kurtosis(bias=False): rolling(n).kurt() is it")
    return shape(a, 4) - 3.0 if fisher else shape(a, 4)


def rankdata(a: Any, method: str = "average", **rest: Any) -> Any:
    """The rank of the newest value."""
    known = isinstance(a, Rows) and not rest and method in {"average", "min", "max"}
    return a.as_series().ranked(method=method) if known else refuse("rankdata but of the window itself")


def percentileofscore(a: Any, score: Any, kind: str = "rank", **rest: Any) -> Any:
    """The share of the values below one, in per cent."""
    each = Each(a.each().items)
    below = Each([number(item) for item in (each < score).items]).reduce("sum")
    within = Each([number(item) for item in (each <= score).items]).reduce("sum")
    tied = number(within > below)
    found = {"rank": (below + within + tied) / 2.0, "weak": within, "strict": below, "mean": (below + within) / 2.0}
    if kind not in found or rest:
        refuse(f"percentileofscore({kind=})")
    return found[kind] * 100.0 / float(len(each))


FUNCTIONS = {"scipy.stats": (linregress, zscore, skew, kurtosis, rankdata, percentileofscore)}


def of_windows() -> list[tuple[Any, str, Any]]:
    """The modules of scipy that are loaded, their functions, and what stands in for them while tracing."""
    return [
        (sys.modules[name], function.__name__, _either(getattr(sys.modules[name], function.__name__), function))
        for name, functions in FUNCTIONS.items()
        if name in sys.modules
        for function in functions
    ]


def _either(original: Callable[..., Any], ours: Callable[..., Any]) -> Callable[..., Any]:
    def function(*given: Any, **keywords: Any) -> Any:
        values = (*given, *keywords.values())
        chosen = ours if any(isinstance(item, Rows | Each | Newest) for item in values) else original
        return chosen(*given, **keywords)

    function.__name__ = original.__name__
    return function

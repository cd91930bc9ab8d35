"""Least-squares lines and polynomials through the values of a window: each coefficient is a weighted sum of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.trace.each import Each, elementwise, refuse
from candlewick.trace.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator

SOLVERS = {"polyfit", "lstsq"}
STEEPEST = 6


def fitted(name: str, given: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """``np.polyfit(places, values, degree)``, ``np.linalg.lstsq(matrix, values)``."""
    if name == "lstsq":
        return solved(*given, **keywords)
    if set(keywords) - {"x", "y", "deg"} or len(given) > 3:  # noqa: PLR2004 - places, values and the degree
        return refuse("np.polyfit with more than places, values and a degree")
    named = dict(zip(("x", "y", "deg"), given, strict=False)) | keywords
    return polynomial(named["y"], named["x"], named.get("deg"))


def polynomial(values: Any, places: Any, degree: Any) -> list[Any]:
    """The coefficients of the polynomial nearest to the values, the highest power first."""
    if isinstance(places, Rows | Each) and degree == 1:
        return along(places, values)
    x = constants(places, len(values))
    if isinstance(degree, bool) or not isinstance(degree, int) or not 0 <= degree <= min(STEEPEST, len(x) - 1):
        refuse(f"np.polyfit of the degree {degree!r}")
    if degree == 1:
        away = x - x.mean()
        slope = away / (away @ away)
        return [values.dot(slope), values.dot(1.0 / len(x) - x.mean() * slope)]
    return [values.dot(weights) for weights in np.linalg.pinv(np.vander(x, degree + 1))]


def along(places: Any, values: Any) -> list[Any]:
    """Slope and intercept of the line through values at places that are values themselves."""
    x, y = Each(places.each().items), Each(values.each().items)
    away = about_mean(x)
    spread, first, level = (away * away).reduce("sum"), x.items[0], y.reduce("mean")
    alike = (level / (first * 2.0)).where(first != 0.0, 0.0)  # of places that are all one, the flattest line
    slope = ((away * about_mean(y)).reduce("sum") / spread).where(spread != 0.0, alike)
    return [slope, level - slope * x.reduce("mean")]


def solved(matrix: Any, values: Any, rcond: Any = None) -> tuple[list[Any], Any, Any, Any]:
    """``np.linalg.lstsq(matrix, values)``, of which the first answer is known: the coefficients."""
    if not isinstance(matrix, np.ndarray) or matrix.ndim != 2 or matrix.shape[0] != len(values):  # noqa: PLR2004 - two axes
        refuse("np.linalg.lstsq but of a constant matrix, a row for each candle")
    if rcond not in (None, -1) or not isinstance(values, Rows | Each):
        refuse("np.linalg.lstsq with a tolerance of its own")
    weights = np.linalg.pinv(np.asarray(matrix, dtype=float))
    return [values.dot(row) for row in weights], None, None, None


def constants(places: Any, count: int) -> Any:
    """As many numbers as there are candles."""
    if isinstance(places, Rows | Each):
        refuse("a line over places that are no constants")
    x = np.asarray(list(places) if isinstance(places, range) else places, dtype=np.float64)
    return x if x.shape == (count,) else refuse(f"{x.shape} places for {count} candles")


@dataclass(frozen=True)
class Line:
    """What ``scipy.stats.linregress`` gives; how sure it is of it is not known."""

    slope: Any
    intercept: Any
    rvalue: Any

    @property
    def stderr(self) -> Any:
        """Refused."""
        return refuse("the standard error or the p-value of a line")

    pvalue = intercept_stderr = stderr

    def __getitem__(self, key: Any) -> Any:
        return list(self)[key] if isinstance(key, int) else refuse(f"linregress(...)[{key}]")

    def __iter__(self) -> Iterator[Any]:
        return iter((self.slope, self.intercept, self.rvalue, Unknown(), Unknown()))


class Unknown:
    """A number of scipy's that nobody may use."""

    def used(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return refuse("the standard error or the p-value of a line")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __lt__ = __gt__ = used
    __le__ = __ge__ = __float__ = __bool__ = __array__ = __neg__ = used
    __array_ufunc__ = used


def line(places: Any, values: Any) -> Line:
    """``scipy.stats.linregress(places, values)``."""
    from candlewick.trace.window_numpy import correlated

    slope, intercept = polynomial(values, places, 1)
    x = constants(places, len(values))
    return Line(slope, intercept, correlated(Each(values.each().items), x))


def about_mean(values: Any) -> Any:
    """The differences of values from their mean: nothing at all where they are equal."""
    each = Each(values.each().items)
    away = each - each.items[0]
    return away - away.reduce("mean")


def z_scores(values: Any, ddof: int = 0) -> Any:
    """``scipy.stats.zscore(values)``."""
    return about_mean(values) / Each(values.each().items).reduce("std", ddof=ddof)


def shape(values: Any, power: int) -> Any:
    """The third or fourth moment about the mean, over the like power of the deviation; of all values alike."""
    away = about_mean(values)
    squares = away * away
    high = squares * (away if power == 3 else squares)  # noqa: PLR2004 - skewness, or kurtosis
    variance = squares.reduce("mean")
    scale = elementwise("np.sqrt", (variance,)) * variance if power == 3 else variance * variance  # noqa: PLR2004
    return high.reduce("mean") / scale

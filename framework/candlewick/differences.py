"""How two columns differ: absolutely, relatively, in units in the last place, and where first. Nothing is rounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Differences:
    """The differences between two columns of ``rows`` values; NaN equals NaN, and 0.0 equals -0.0."""

    rows: int
    unequal: int
    """Rows whose values are not the same number."""
    beyond: int
    """Rows whose values differ by more than the tolerance, or of which only one is missing or infinite."""
    absolute: float
    """The largest distance between two finite values."""
    relative: float
    """The largest distance between two finite values, as a fraction of the larger one."""
    ulp: int
    """The largest number of representable numbers from one finite value to the other."""
    first: int | None
    """The first row beyond the tolerance."""


def differences(left: Any, right: Any, *, absolute: float = 0.0, relative: float = 0.0, ulp: int = 0) -> Differences:
    """How two columns of equal length differ; a row is beyond when it exceeds all three tolerances.

    >>> found = differences([1.0, 2.0, np.nan], [1.0, 2.0 + 2**-51, np.nan])
    >>> found.unequal, found.ulp, found.first
    (1, 1, 1)
    >>> differences([1.0], [np.nan], absolute=5.0).beyond
    1
    """
    a, b = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if a.shape != b.shape:
        raise ValueError(f"columns of {a.shape} and {b.shape} values")
    unequal = ~((a == b) | (np.isnan(a) & np.isnan(b)))
    finite = np.isfinite(a) & np.isfinite(b)
    with np.errstate(all="ignore"):
        distance = np.where(finite & unequal, np.abs(a - b), 0.0)  # of two huge values it may be infinite
        larger = np.maximum(np.abs(a), np.abs(b))
        share = np.where(distance > 0, distance / larger, 0.0)
        apart = ulps(a, b)
        near = finite & ((distance <= absolute) | (share <= relative) | (apart <= np.uint64(ulp)))
    beyond = unequal & ~near
    return Differences(
        rows=len(a),
        unequal=int(unequal.sum()),
        beyond=int(beyond.sum()),
        absolute=float(distance.max(initial=0.0)),
        relative=float(share.max(initial=0.0)),
        ulp=int(apart[finite & unequal].max(initial=0)),
        first=int(np.argmax(beyond)) if beyond.any() else None,
    )


def ulps(left: Floats, right: Floats) -> NDArray[np.uint64]:
    """How many representable numbers lie between two: 0 for the same number, 1 for neighbours.

    >>> ulps(np.array([1.0, -0.0]), np.array([np.nextafter(1.0, 2.0), 0.0])).tolist()
    [1, 0]
    """
    a, b = _ordered(left), _ordered(right)
    return np.maximum(a, b) - np.minimum(a, b)


def _ordered(values: Floats) -> NDArray[np.uint64]:
    """Floats as unsigned integers in the same order, neighbours one apart."""
    bits = (np.asarray(values, dtype=np.float64) + 0.0).view(np.uint64)  # -0.0 becomes 0.0
    sign = np.uint64(1 << 63)
    return np.where(bits >= sign, sign - (bits - sign), bits + sign)

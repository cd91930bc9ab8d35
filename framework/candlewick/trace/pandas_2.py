"""What a spelling means in pandas 2, where it means something else in pandas 3: the trace follows what is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from candlewick.trace.routes import ROUTES
from candlewick.trace.stand import COPY_ON_WRITE, call
from candlewick.trace.tracing import active

if TYPE_CHECKING:
    from candlewick.trace.dispatch import Call


def pct_change(subject: Any, calls: tuple[Call, ...]) -> Any:
    """``x.pct_change()`` fills what is missing unless it is told not to."""
    given, keywords = calls[0]
    keywords = dict(keywords)
    fill = keywords.pop("fill_method", given[1] if len(given) > 1 else "pad")
    if fill in {"pad", "ffill"}:
        subject = call(".ffill", subject, ((), {}))
    elif fill is not None:
        active().refuse(f"pct_change(fill_method={fill!r})", "write pct_change(fill_method=None)")
    return call(".pct_change", subject, (given[:1], keywords))


def standard_error(kind: str) -> Any:
    """``sem(ddof)`` of windows: the deviation with ``ddof`` 1 always, over the root of their number less ``ddof``."""

    def method(subject: Any, calls: tuple[Call, ...]) -> Any:
        window, (given, keywords) = calls
        ddof = keywords.get("ddof", given[0] if given else 1)
        number = call(f".{kind}.count", subject, window, ((), {}))
        return call(f".{kind}.std", subject, window, ((), {})) / (number - ddof) ** 0.5

    return method


if not COPY_ON_WRITE:
    ROUTES[".pct_change"] = pct_change
    ROUTES |= {f".{kind}.sem": standard_error(kind) for kind in ("rolling", "expanding")}

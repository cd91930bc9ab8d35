"""Why a spelling is refused, and what to write instead: one place for the reasons."""

from __future__ import annotations

from typing import Any

from candlewick.errors import nearest
from candlewick.operators.catalogue import spellings
from candlewick.trace.routes import FRAMES, FUNCTIONS, LISTS, ROUTES
from candlewick.trace.tracing import active

OPAQUE = "or declare the feature @opaque(lookback=...): pandas, in batch only"
WHOLE = {"mean", "sum", "std", "var", "sem", "min", "max", "median", "quantile", "rank", "prod", "product",
         "skew", "kurt", "kurtosis", "mode", "mad", "any", "all", "count", "nunique", "unique", "value_counts",
         "describe", "idxmax", "idxmin", "argmax", "argmin", "nlargest", "nsmallest", "corr", "cov",
         "autocorr", "dot", "percentile", "nanmean", "nansum", "nanstd", "nanmax", "nanmin", "average",
         "polyfit", "histogram", "cut", "qcut", "ptp", "amax", "amin", "agg", "aggregate", "is_unique",
         "is_monotonic_increasing", "is_monotonic_decreasing", "hasnans", "corrcoef", "nanmedian",
         "nanpercentile", "trapezoid"}  # fmt: skip
POSITION = {"take", "sort_values",
            "sort_index", "sample", "truncate", "item", "argsort", "searchsorted", "nth", "xs", "get"}  # fmt: skip
ENDS = {"tail", "last_valid_index", "last"}
LOOP = {"items", "iteritems", "iterrows", "itertuples", "tolist", "to_list", "keys"}
GROWING = {"median", "quantile", "rank", "apply", "agg", "aggregate", "nunique"}
AHEAD = {"bfill", "backfill", "interpolate"}
DROPS = {"dropna", "drop", "drop_duplicates", "reset_index", "reindex", "set_axis", "align", "append", "explode"}
GROUPS = {"groupby", "resample", "asfreq", "between_time", "at_time"}
CUMULATIVE = {"np.maximum": "cummax", "np.minimum": "cummin", "np.add": "cumsum", "np.multiply": "cumprod"}


class Limited:
    """What stands for something of few uses: asked for anything that it lacks, it is refused as one that is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.used()

    def used(self, *_: Any, **__: Any) -> Any:
        """Refused, in words of its own."""
        raise NotImplementedError


def refuse_unknown(path: str) -> Any:
    """Refuse an attribute no operator is spelled with, saying why and offering what does."""
    head, _, last = path.rpartition(".")
    if not head:
        refuse_known_name(last)
    if head == ".expanding" and last in GROWING:
        active().refuse(
            f"expanding().{last}() needs every candle so far at each one: its memory would grow without end",
            f"rolling(n).{last}() keeps n of them, {OPAQUE}",
            "trace-unknown-spelling",
        )
    if last.startswith("_"):
        active().refuse(
            "a function of pandas reads the values of a column by itself: it has no streaming form",
            f"`wick operators` lists what is covered, {OPAQUE}",
            "trace-values",
        )
    keys = (*spellings(), *ROUTES)
    siblings = {key[len(head) + 1 :].partition(".")[0] for key in keys if key.startswith(head + ".")}
    offer = nearest(last, siblings)
    known = ", ".join(sorted(siblings))
    hint = offer or (f"covered here: {known}" if head else f"`wick operators` lists what is covered, {OPAQUE}")
    return active().refuse(
        f"{spoken(path)} has no streaming form: no operator has this spelling", hint, "trace-unknown-spelling"
    )


def refuse_known_name(name: str) -> None:
    """Refuse the attributes of a column for which there is a reason of their own."""
    match name:
        case _ if name in WHOLE:
            refuse_whole(f"{name}() of a column")
        case _ if name in POSITION:
            refuse_position(f"column.{name}")
        case _ if name in ENDS:
            refuse_end(f"column.{name}()")
        case _ if name in LOOP:
            active().refuse(
                f"column.{name}() hands out the rows one by one: a loop over rows",
                f"write the recursion with ewm, rolling or cumulative operators, {OPAQUE}",
                "trace-loop",
            )
        case _ if name in AHEAD:
            active().refuse(
                f"{name}() fills a candle from later ones: it looks ahead",
                "ffill() repeats the last value there was; what looks ahead belongs in labels/",
                "trace-looks-ahead",
            )
        case _ if name in DROPS:
            active().refuse(
                f"{name}() gives a column of other candles",
                "keep every candle: where(condition), ffill()",
                "trace-index",
            )
        case _ if name in GROUPS:
            active().refuse(
                f"{name}() computes by group of candles, which has no streaming form",
                f"rolling(n) windows count candles; cumsum() less its value at the group's start restarts, {OPAQUE}",
                "trace-groups",
            )


def refuse_whole(what: str) -> Any:
    """Refuse a statistic of every candle, future ones included."""
    name = what.partition("(")[0].rpartition(".")[2]
    known = name if f".rolling.{name}" in spellings() else "mean"
    return active().refuse(
        f"{what} reads every candle, those still to come included: it looks ahead",
        f"rolling(n).{known}() reads the last n candles, expanding().{known}() all so far"
        if f".expanding.{known}" in spellings()
        else f"rolling(n).{known}() reads the last n candles",
        "trace-whole-column",
    )


def refuse_position(what: str) -> Any:
    """Refuse to read by position."""
    return active().refuse_here(
        f"{what} reads or writes by position: which candle that is depends on where the history starts and ends",
        f"shift(n) is the value n candles ago; a loop over rows becomes ewm, rolling or cumulative operators, {OPAQUE}",
        "trace-position",
    )


def refuse_turned(what: str) -> Any:
    """Refuse to read the candles from the last to the first."""
    return active().refuse_here(
        f"{what} turns the candles round, so that later ones come first: it looks ahead",
        f"windows end at the current candle: rolling(n), expanding(), cummax(), {OPAQUE}",
        "trace-looks-ahead",
    )


def refuse_end(what: str) -> Any:
    """Refuse to read or write by a place that is counted from the last candle."""
    return active().refuse_here(
        f"{what} counts from the last candle there is: at the candles before it, it looks ahead",
        f"shift(n) is the value n candles ago at every candle; x[:n] and x.iloc[n] count from the first, {OPAQUE}",
        "trace-looks-ahead",
    )


def refuse_function(name: str) -> Any:
    """Refuse a numpy function without an operator."""
    bare = name.removeprefix("np.")
    match bare:
        case _ if bare in WHOLE:
            refuse_whole(f"{name}() of a column")
        case "flatnonzero" | "nonzero" | "argwhere" | "searchsorted" | "argsort":
            refuse_position(f"{name} of a column")
        case "flip" | "flipud" | "fft" | "rfft" | "ifft" | "irfft":
            active().refuse(
                f"{name} of a column reads every candle, those still to come included: it looks ahead",
                f"x.rolling(n).apply(f, raw=True) hands f the last n candles, {OPAQUE}",
                "trace-looks-ahead",
            )
        case "gradient":
            active().refuse("np.gradient reads the next candle: it looks ahead", "write x.diff()", "trace-looks-ahead")
        case "correlate":
            active().refuse(f"{name} of a column", "write x.rolling(n).apply(lambda w: np.dot(w, weights), raw=True)")
    offer = nearest(name, [key for key in (*spellings(), *FUNCTIONS, *LISTS) if key.startswith("np.")])
    return active().refuse(
        f"{name} of a column has no streaming form",
        offer or f"`wick operators` lists what is covered, {OPAQUE}",
        "trace-unknown-spelling",
    )


def refuse_reduction(name: str, method: str) -> Any:
    """Refuse ``np.add.reduce`` and the like."""
    return refuse_whole(f"{name}.{method}() of a column")


def refuse_frame(name: str) -> Any:
    """Refuse a method of a frame."""
    if name in {"iterrows", "itertuples", "items"} | POSITION | ENDS | GROUPS | DROPS | AHEAD:
        refuse_known_name(name)
    if name in WHOLE:
        return lambda *given, axis=0, **_: (
            refuse_across(name) if axis in (1, "columns") or 1 in given else refuse_whole(f"{name}() of a frame")
        )
    known = sorted(item for item in FRAMES if not item.startswith("_"))
    return active().refuse(
        f"{name} of a frame has no streaming form",
        nearest(name, known) or f"covered: {', '.join(known)}",
        "trace-unknown-spelling",
    )


def refuse_across(name: str) -> Any:
    """Refuse a statistic over the columns of each candle."""
    return active().refuse(
        f"{name}(axis=1) of a frame has no streaming form",
        "covered with axis=1: max, min, sum, mean, median, std, var, any and all; of two columns np.where(x > y, 1, 0)",
        "trace-unknown-spelling",
    )


def spoken(key: str) -> str:
    """A key as its reader would say it: ``.rolling.mean`` is ``rolling().mean()``."""
    if key.startswith("."):
        return "().".join(key[1:].split(".")) + "()"
    return key

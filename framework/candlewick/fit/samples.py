"""The rows that are learned from and tested on: their labels' times, weights, and roles in every fold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.errors import ConfigError
from candlewick.fit.splits import ROLES, Fold, Scheme, make_folds, roles, spans_to_test
from candlewick.fit.uniqueness import NEVER, uniqueness

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Times = NDArray[np.int64]

WALK: Scheme = "walk_forward"


@dataclass(frozen=True)
class Samples:
    """Open times and touch times (ms; NEVER without a label) of every symbol's candles, and how they are split.

    ``final`` tests on everything after the end of training; ``folds`` lie within the training period. ``longest`` is
    the most candles from a row to its touch.
    """

    times: Mapping[str, Times]
    touch: Mapping[str, Times]
    train_end: int
    final: Fold
    folds: tuple[Fold, ...]
    scheme: Scheme
    embargo: int
    longest: int

    def columns(self, symbol: str) -> dict[str, Any]:
        """The columns of one symbol: ``sample_weight``, ``split``, ``fold_1`` and so on, one value per candle."""
        times, touch = self.times[symbol], self.touch[symbol]
        known = np.where(touch <= self.train_end, touch, NEVER)  # what a fold may know: nothing after training
        found: dict[str, Any] = {
            "sample_weight": uniqueness(times, touch),
            "split": _named(roles(times, touch, self.final, self.embargo, WALK)),
        }
        for number, fold in enumerate(self.folds, 1):
            found[f"fold_{number}"] = _named(roles(times, known, fold, self.embargo, self.scheme))
        return found


def make_samples(
    times: Mapping[str, Times],
    touch: Mapping[str, Times],
    *,
    train_end: int,
    folds: int,
    scheme: Scheme,
    embargo: int,
) -> Samples:
    """Cut the folds over the rows whose label is known by the end of training.

    Errors: ConfigError ``split-folds`` when they are too few, ``split-no-labels`` when there are none.
    """
    known = {name: (touch[name] != NEVER) & (touch[name] <= train_end) for name in times}
    trained = np.unique(np.concatenate([times[name][known[name]] for name in times] or [np.empty(0, np.int64)]))
    if not len(trained):
        raise ConfigError(
            "no row before split.train_end has a label that is known by then",
            code="split-no-labels",
            hint="ingest more history, or move split.train_end in wick.yml",
        )
    try:
        spans = spans_to_test(trained, folds, scheme)
    except ValueError as error:
        raise ConfigError(
            f"split.folds is {folds}: {error}", code="split-folds", hint="ask for fewer folds in wick.yml"
        ) from None
    rows = [(times[name], np.where(known[name], touch[name], NEVER)) for name in times]
    last = max(int(each[-1]) for each in times.values())
    (final,) = make_folds([(times[name], touch[name]) for name in times], [(train_end + 1, max(last, train_end + 1))])
    return Samples(
        times, touch, train_end, final, tuple(make_folds(rows, spans)), scheme, embargo,
        max((_longest(times[name], touch[name]) for name in times), default=0),
    )  # fmt: skip


def milliseconds(moments: pd.Series | pd.Index) -> Times:
    """UTC times as milliseconds since 1970; NaT is NEVER."""
    return np.asarray(pd.DatetimeIndex(moments).as_unit("ms").asi8)


def _longest(times: Times, touch: Times) -> int:
    rows = np.flatnonzero(touch != NEVER)
    ends = np.searchsorted(times, touch[rows], side="right") - 1
    return int((ends - rows).max(initial=0))


def _named(numbers: NDArray[np.int8]) -> Any:
    return pd.Categorical.from_codes(numbers, categories=pd.Index(ROLES))

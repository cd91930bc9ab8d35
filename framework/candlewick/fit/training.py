"""The training rows: features of all symbols, pooled after each one's warm-up, up to the end of training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from candlewick.candles import moment
from candlewick.errors import NodeError
from candlewick.fit.fitted import Window
from candlewick.fit.labels import touch_times

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from candlewick.project.dag import Dag


@dataclass(frozen=True)
class Training:
    """The pooled rows under an index of symbol and ts: every feature as float64, and the labels asked for."""

    features: pd.DataFrame
    labels: Mapping[str, pd.Series]
    window: Window


def training_rows(
    dag: Dag,
    tables: Iterable[tuple[str, pd.DataFrame]],
    *,
    names: Sequence[str],
    labels: Sequence[str],
    warm_up: int,
    train_end: int,
) -> Training:
    """Pool the tables of each symbol (features and labels up to the end of training, which ``tables`` holds).

    With labels asked for, rows are left out whose label is not known by the end: its touch is later, or there is none.

    Errors: NodeError ``fit-no-rows``; those of `touch_times`.
    """
    frames: dict[str, pd.DataFrame] = {}
    counts: dict[str, int] = {}
    unlabelled = 0
    for symbol, table in tables:
        rows = table.iloc[warm_up:]
        for label in labels:
            known = touch_times(dag, label, table).iloc[warm_up:] <= pd.Timestamp(train_end, unit="ms", tz="UTC")
            known &= rows[label].notna()
            unlabelled += int((~known.loc[rows.index]).sum())
            rows = rows[known.loc[rows.index]]
        counts[symbol] = len(rows)
        if len(rows):
            frames[symbol] = rows
    if not frames:
        raise NodeError(
            f"no row is left to fit on: the warm-up is {warm_up} candles, and training ends {moment(train_end)}",
            code="fit-no-rows",
            hint="ingest more history, or move split.train_end in wick.yml",
        )
    pooled = pd.concat(frames, names=["symbol", "ts"])
    times = pd.DatetimeIndex(pooled.index.get_level_values("ts")).as_unit("ms").asi8
    window = Window(train_end, int(times.min()), int(times.max()), len(pooled), warm_up, counts, unlabelled)
    features = pooled[list(names)].astype(float)
    return Training(features, {name: pooled[name] for name in labels}, window)

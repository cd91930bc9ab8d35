"""The training set: the fit's output, labels, weights and folds, one Parquet file per symbol."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from candlewick.errors import ConfigError, nearest
from candlewick.fit.embargo import Embargo, derive_embargo
from candlewick.fit.labels import touch_column, touch_times
from candlewick.fit.samples import Samples, make_samples, milliseconds
from candlewick.project.config import FILENAME, place_of
from candlewick.run.execute import in_order
from candlewick.run.fit_parity import output_program
from candlewick.run.fitting import columns_of, warm_up
from candlewick.run.prepare import prepare_columns
from candlewick.run.streamed import stream
from candlewick.store.bundles import write_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from candlewick.project.config import Split
    from candlewick.project.dag import Dag
    from candlewick.run.fitting import Fitting
    from candlewick.run.work import Work

    Candles = Callable[[], Iterable[tuple[str, pd.DataFrame]]]

TOUCH, WEIGHT, SPLIT = "touch_time", "sample_weight", "split"


@dataclass(frozen=True)
class Written:
    """One symbol's file, and how many of its rows play each role, by column of roles."""

    symbol: str
    path: Path
    digest: str
    rows: int
    first_ts: int | None
    last_ts: int | None
    roles: dict[str, dict[str, int]]


@dataclass(frozen=True)
class Dataset:
    """What a training set was made of: files, labels, and the split with its derivation."""

    files: tuple[Written, ...]
    label: str
    labels: tuple[str, ...]
    samples: Samples
    embargo: Embargo
    warm_up: int


def write_dataset(
    fitting: Fitting,
    split: Split,
    candles: Candles,
    folder: Path,
    *,
    threads: int = 1,
    done: Callable[[str, int], None] = lambda *_: None,
) -> Dataset:
    """Write the rows of every symbol after the warm-up into ``folder``.

    ``candles`` is asked twice: for the labels' times of all symbols, which decide the folds and stay in memory, and
    for the rows, of which ``threads`` symbols are in memory at a time.

    Errors: ConfigError ``split-label``, ``dataset-column``; those of `make_samples` and of the label functions.
    """
    dag = fitting.work.dag
    label = chosen_label(dag, split)
    labels = [node.name for node in dag.columns if node.kind == "label"]
    work = prepare_columns(dag, [*labels, *fitting.fitted.opaque])
    _check_names(dag, fitting, labels, split)
    warm = _warm_up(dag, fitting)
    embargo = _embargo(dag, fitting)
    times, touch = {}, {}
    for symbol, index, moments in in_order(lambda *each: _touches(work, label, warm, *each), candles(), threads):
        times[symbol], touch[symbol] = milliseconds(index), milliseconds(moments)
    samples = make_samples(
        times, touch,
        train_end=split.last_ms, folds=split.folds, scheme=split.scheme, embargo=embargo.candles,
    )  # fmt: skip
    program = output_program(fitting)

    def one(symbol: str, frame: pd.DataFrame) -> Written:
        columns = columns_of(work, symbol, frame)
        opaque = columns[list(fitting.fitted.opaque)].astype(float)
        table = pd.DataFrame(
            {
                **{name: column.astype(float) for name, column in stream(program, frame.join(opaque)).items()},
                **{name: columns[name] for name in labels},
                TOUCH: _known_at(work, label, columns),
                **samples.columns(symbol),
            },
            index=frame.index,
        ).iloc[warm:]
        path, digest = write_table(folder, symbol, table)
        mine = samples.times[symbol][warm:]
        first, last = (int(mine[0]), int(mine[-1])) if len(mine) else (None, None)
        counted = {name: dict(Counter(table[name].astype(str))) for name in role_columns(split)}
        return Written(symbol, path, digest, len(table), first, last, counted)

    return Dataset(
        tuple(_announced(in_order(one, candles(), threads), done)), label, tuple(labels), samples, embargo, warm
    )


def chosen_label(dag: Dag, split: Split) -> str:
    """The label that is learned: the one wick.yml names, or the only one with values.

    Errors: ConfigError ``split-label``.
    """
    labels = [node.name for node in dag.columns if node.kind == "label"]
    moments = {touch_column(dag, name) for name in labels}
    candidates = [name for name in labels if name not in moments]
    if split.label in candidates:
        return str(split.label)
    if split.label is None and len(candidates) == 1:
        return candidates[0]
    what = (
        f"split.label is '{split.label}', which is no label" if split.label else "wick.yml does not say what is learned"
    )
    hint = nearest(split.label or "", candidates) or f"set split.label to one of {', '.join(candidates)}"
    raise ConfigError(
        what if candidates else "the project has no label to learn",
        code="split-label",
        where=filter(None, [place_of(dag.project.root / FILENAME, ["split", "label"])]),
        hint=hint if candidates else f"write one in {dag.project.config.models.labels}/",
    )


def _touches(work: Work, label: str, warm: int, symbol: str, candles: pd.DataFrame) -> tuple[str, pd.Index, pd.Series]:
    """When each row's label is known; never for rows of the warm-up and without a label."""
    moments = _known_at(work, label, columns_of(work, symbol, candles))
    moments.iloc[:warm] = pd.NaT
    return symbol, candles.index, moments


def _known_at(work: Work, label: str, columns: pd.DataFrame) -> pd.Series:
    return touch_times(work.dag, label, columns).where(columns[label].notna())


def _warm_up(dag: Dag, fitting: Fitting) -> int:
    streaming = fitting.work.streaming
    return warm_up(dag, streaming) if streaming else 0


def _embargo(dag: Dag, fitting: Fitting) -> Embargo:
    """From the output's graph; opaque features are inputs there, so with them the warm-up of all is the least."""
    found = derive_embargo(fitting.fitted.graph)
    least = _warm_up(dag, fitting) if fitting.fitted.opaque else 0
    return found if found.candles >= least else Embargo(least, fitting.fitted.opaque, (), found.anchored)


def _check_names(dag: Dag, fitting: Fitting, labels: list[str], split: Split) -> None:
    """Refuse an output column that has the name of another column of the files."""
    taken = {*labels, "symbol", "ts", TOUCH, WEIGHT, *role_columns(split)}
    twice = [name for name in fitting.fitted.columns if name in taken] or [name for name in labels if name == TOUCH]
    if twice:
        output = dag.contract.output if dag.contract else twice[0]
        raise ConfigError(
            f"the column '{twice[0]}' has the name of another column of the training set",
            code="dataset-column",
            where=[dag.nodes[output if output in dag.nodes else twice[0]].location],
            hint=f"rename it: the files hold {', '.join(sorted(taken))} besides the features",
        )


def role_columns(split: Split) -> list[str]:
    """The columns that say what a row is for: the final split, and every fold."""
    return [SPLIT, *(f"fold_{number}" for number in range(1, split.folds + 1))]


def _announced(files: Iterator[Written], done: Callable[[str, int], None]) -> Iterator[Written]:
    for file in files:
        done(file.symbol, file.rows)
        yield file

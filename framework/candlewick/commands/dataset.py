"""`wick dataset`: what a training workflow needs, in one folder: Parquet files, and a manifest that explains them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from candlewick import __version__
from candlewick.commands.arms import chosen_groups
from candlewick.commands.fit import SILENT, fit_metrics, fit_names, fit_outcomes, fit_record, fitted
from candlewick.commands.reports import write_lineage
from candlewick.commands.tracking import track_work
from candlewick.errors import ConfigError, UsageError
from candlewick.fit.splits import ROLES
from candlewick.project.dag import load_dag
from candlewick.project.project import MAIN
from candlewick.run.dataset import Dataset, write_dataset
from candlewick.store.candles import load_many, unmoved
from candlewick.store.files import replaced_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from candlewick.commands.fit import FitOutcome, Listener
    from candlewick.fit.splits import Fold
    from candlewick.project.config import Split
    from candlewick.project.dag import Dag
    from candlewick.project.project import Project

SCHEMA_VERSION = 1
MANIFEST, ROWS = "manifest.json", "rows"
SCHEMA = "candlewick/dataset"


@dataclass(frozen=True)
class DatasetOutcome:
    """The folder that was written, and what its manifest says."""

    folder: Path
    manifest: dict[str, Any]
    fit: FitOutcome
    seconds: float


def dataset(
    project: Project,
    out: Path | None = None,
    *,
    enable: Sequence[str] = (),
    disable: Sequence[str] = (),
    arm: str | None = None,
    threads: int | None = None,
    listener: Listener = SILENT,
) -> DatasetOutcome:
    """Fit a project and write its training set: by default to target/dataset.

    The folder appears whole, or stays as it was. With ``arm`` under the groups it was last published with, and by
    default beside its reports.

    Errors: UsageError ``dataset-folder`` when ``out`` holds something else; ConfigError ``split-missing``; those of
    `fitted`, `write_dataset` and `unmoved`.
    """
    clock = time.perf_counter()
    name = arm or MAIN
    folder = (out or project.reports(name) / "dataset").resolve()
    _refuse_foreign(folder)
    split = _split(project)
    threads = threads or os.cpu_count() or 1
    with contextlib.redirect_stdout(sys.stderr):  # what the project's own functions print is not the command's output
        dag = load_dag(project, **chosen_groups(project, arm, enable, disable).given)
        with replaced_folder(folder) as fresh, unmoved(project.store):
            outcome = fitted(project, dag, threads=threads, listener=listener)
            made = write_dataset(
                outcome.fitting, split, lambda: load_many(project.store), fresh / ROWS,
                threads=threads, done=listener.symbol,
            )  # fmt: skip
            manifest = describe(project, dag, outcome, split, made)
            (fresh / MANIFEST).write_text(json.dumps(manifest, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    seconds = time.perf_counter() - clock
    labels = [node.name for node in dag.columns if node.kind == "label"]
    names = [*fit_names(dag), *labels]
    reports = write_lineage(project, dag, names, "dataset", outcome.run_id, fit_outcomes(outcome), name)
    metrics = fit_metrics(outcome) | {"seconds": seconds, "rows": float(manifest["rows"])}
    reports |= {MANIFEST: folder / MANIFEST}
    tracked = track_work(project, dag, "dataset", outcome.run_id, metrics, reports, arm=name)
    if tracked is not None:
        listener.tracked(tracked)
    return DatasetOutcome(folder, manifest, outcome, seconds)


def describe(project: Project, dag: Dag, outcome: FitOutcome, split: Split, made: Dataset) -> dict[str, Any]:
    """The content of manifest.json: no time of day and no path of this machine, so that equal sets are equal."""
    record = {
        "schema_version": SCHEMA_VERSION,
        "schema": SCHEMA,
        "wick_version": __version__,
        "project_name": project.config.name,
        "interval": project.config.candles.interval,
        "rows": sum(file.rows for file in made.files),
        "files": [
            {
                "path": f"{ROWS}/{file.path.name}",
                "symbol": file.symbol,
                "rows": file.rows,
                "first_ts": file.first_ts,
                "last_ts": file.last_ts,
                "blake2b": file.digest,
            }
            for file in made.files
        ],
        "columns": _columns(outcome, made),
        "label": made.label,
        "warm_up": {"candles": made.warm_up, "derived": "the longest warm-up of the features; those rows are left out"},
        "split": _split_record(split, made),
        "purge": {
            "candles": made.samples.longest,
            "derived": f"the touch times of '{made.label}': a row whose label meets those of the test is purged",
        },
        "embargo": asdict(made.embargo) | {"derived": made.embargo.derived, "unit": "candles of the symbol"},
        "weights": "sample_weight: mean of one over the number of labels that run at the same time, along the label",
        "fit": fit_record(project, dag, outcome),
    }
    text = json.dumps(record, sort_keys=True)
    return {"fingerprint": hashlib.blake2b(text.encode(), digest_size=16).hexdigest()} | record


def _columns(outcome: FitOutcome, made: Dataset) -> list[dict[str, str]]:
    kinds = {"symbol": "key", "ts": "key"}
    kinds |= dict.fromkeys(outcome.fitting.fitted.columns, "feature")
    kinds |= dict.fromkeys(made.labels, "label")
    kinds |= {"touch_time": "touch_time", "sample_weight": "weight", "split": "split"}
    kinds |= {f"fold_{number}": "fold" for number in range(1, len(made.samples.folds) + 1)}
    return [{"name": name, "kind": kind} for name, kind in kinds.items()]


def _split_record(split: Split, made: Dataset) -> dict[str, Any]:
    samples = made.samples
    return {
        "train_end": split.last_ms,
        "scheme": split.scheme,
        "roles": list(ROLES),
        "final": _fold("split", samples.final, made),
        "folds": [_fold(f"fold_{number}", fold, made) for number, fold in enumerate(samples.folds, 1)],
        "note": "the fit has seen all rows up to train_end, those that folds test on too; the final test it has not",
    }


def _fold(column: str, fold: Fold, made: Dataset) -> dict[str, Any]:
    counts = {role: sum(file.roles[column].get(role, 0) for file in made.files) for role in ROLES}
    return {"column": column, "test_first": fold.first, "test_last": fold.last, "labels_end": fold.end, "rows": counts}


def _split(project: Project) -> Split:
    if project.config.split is None:
        raise ConfigError(
            "wick.yml does not say how time is split",
            code="split-missing",
            hint="add split: {train_end: 2020-12-31, label: ...} to wick.yml",
        )
    return project.config.split


def _refuse_foreign(folder: Path) -> None:
    """Only a training set is replaced: nothing else of the user's is ever lost."""
    if not folder.exists():
        return
    try:
        ours = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["schema"] == SCHEMA
    except (OSError, ValueError, KeyError, TypeError):
        ours = folder.is_dir() and not any(folder.iterdir())
    if not ours:
        raise UsageError(
            f"{folder} holds something else than a training set",
            code="dataset-folder",
            hint="name a new folder: wick dataset --out DIR",
        )

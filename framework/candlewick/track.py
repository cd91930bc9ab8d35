"""Runs and artifacts in MLflow. The one file that imports it, and only when a project's tracking is on."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import platformdirs

from candlewick import __version__
from candlewick.errors import TrackError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from candlewick.project.toggles import Toggles

VALUE_LIMIT = 5000  # characters of a parameter or a tag, below what every MLflow server takes
BATCH_LIMIT = 100  # parameters, or tags, in one request
DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
MODEL = "model"  # the folder of a registered artifact beside its run
HASH_TAG = "candlewick.file"  # a version's tag: the BLAKE2b-128 of the artifact's bytes


@dataclass(frozen=True)
class TrackedRun:
    """A run in MLflow; ``where`` is the page of a server's run, or the folder with its files."""

    run_id: str
    experiment_id: str
    where: str


@dataclass(frozen=True)
class Registered:
    """A version of a registered model."""

    name: str
    version: str


def log_run(
    tracking: str,
    *,
    target: Path,
    project: str,
    run_name: str,
    engine: str,
    toggles: Toggles,
    git_commit: str | None = None,
    data_versions: Mapping[str, Any] | None = None,
    parameters: Mapping[str, str] | None = None,
    metrics: Mapping[str, float] | None = None,
    tags: Mapping[str, str] | None = None,
    artifacts: Iterable[Path] = (),
    succeeded: bool = True,
) -> TrackedRun | None:
    """Record one run of a project; None when ``tracking`` is off.

    ``tracking`` is off, file (an SQLite store in ``target``/mlflow) or a tracking URI. Each group becomes a parameter
    ``group.<name>`` (on or off) and a tag ``group.<name>.source`` (who decided). ``data_versions`` (symbol, then month)
    becomes data_versions.json and one parameter that changes when any of them does. Nothing global is set: no tracking
    URI, no active run.

    Units: ``metrics`` in seconds unless their name says otherwise.

    Errors: TrackError ``track-missing-library``, ``track-moved`` (the local store belongs to another folder) and
    ``track-failed``.
    """
    if tracking == "off":
        return None
    client = _client(tracking, target)
    known = {
        "engine": engine,
        "git_commit": git_commit,
        "data_version": _digest(data_versions) if data_versions else None,
        **{f"group.{name}": "on" if name in toggles else "off" for name in toggles.sources},
        **(parameters or {}),
    }
    labels = {
        "mlflow.source.git.commit": git_commit,
        **{f"group.{name}.source": source for name, source in toggles.sources.items()},
        **(tags or {}),
    }
    try:
        experiment_id = _experiment(client, tracking, target, project)
        run_id = client.create_run(
            experiment_id, run_name=run_name, tags={"mlflow.source.name": "candlewick"}
        ).info.run_id
        try:
            _log_values(client, run_id, known, labels, metrics or {})
            if data_versions:
                client.log_dict(run_id, dict(data_versions), "data_versions.json")
            for path in artifacts:
                client.log_artifact(run_id, str(path))
        except BaseException:
            client.set_terminated(run_id, "FAILED")
            raise
        client.set_terminated(run_id, "FINISHED" if succeeded else "FAILED")
        return TrackedRun(run_id, experiment_id, _where(client, tracking, experiment_id, run_id))
    except TrackError:
        raise
    except Exception as error:
        raise _failure(tracking, target, error) from error


def register(
    tracking: str,
    *,
    target: Path,
    run: TrackedRun,
    name: str,
    artifact: Path,
    inputs: Mapping[str, str],
    outputs: Iterable[str],
    example: Mapping[str, Any],
    tags: Mapping[str, str],
) -> Registered:
    """Put an artifact beside a run as a pyfunc model, and register it as the next version of ``name``.

    The model is the file and the name of a loader module, `candlewick.live.model`: nothing is pickled. ``inputs`` maps
    the columns of a candle to MLflow's types, ``outputs`` are the names of the vector, ``example`` is one candle.

    Errors: TrackError as `log_run`.
    """
    client = _client(tracking, target)
    try:
        with tempfile.TemporaryDirectory() as folder:
            _save_model(Path(folder) / "model", artifact, inputs, outputs, example)
            client.log_artifacts(run.run_id, str(Path(folder) / "model"), MODEL)
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name)
        source = f"{client.get_run(run.run_id).info.artifact_uri}/{MODEL}"
        labels = {**tags, HASH_TAG: _file_hash(artifact)}
        made = client.create_model_version(name, source, run.run_id, tags=dict(_texts(labels)))
        return Registered(name, str(made.version))
    except Exception as error:
        raise _failure(tracking, target, error) from error


def _save_model(
    folder: Path, artifact: Path, inputs: Mapping[str, str], outputs: Iterable[str], example: Mapping[str, Any]
) -> None:
    import pandas as pd
    from mlflow import pyfunc
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    signature = ModelSignature(
        Schema([ColSpec(kind, name) for name, kind in inputs.items()]),
        Schema([ColSpec("double", name) for name in outputs]),
    )
    pyfunc.save_model(
        str(folder), loader_module="candlewick.live.model", data_path=str(artifact), signature=signature,
        input_example=pd.DataFrame([example]), pip_requirements=[f"candlewick=={__version__}"],
    )  # fmt: skip


def fetch(model: str, *, tracking: str | None = None, into: Path | None = None) -> Path:
    """The artifact of a registered model as a local file, for `candlewick.live.load`.

    ``model`` is ``models:/NAME@ALIAS`` or ``models:/NAME/VERSION``. ``tracking`` is MLflow's URI; without it
    MLFLOW_TRACKING_URI, or what the project around the current folder tracks to. The file is kept in ``into``, by
    default a folder of this user's cache, and is the one that was registered: its hash is compared.

    Errors: TrackError ``track-model`` (no such model), ``track-other-artifact``, and those of `log_run`.
    """
    tracking, target = _tracking_here(tracking)
    client = _client(tracking, target)
    from mlflow import artifacts

    try:
        found = _version(client, model)
        folder = into or Path(platformdirs.user_cache_dir("candlewick")) / "models" / found.name / str(found.version)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as fresh:
            uri = _uri(tracking, target)
            copy = artifacts.download_artifacts(artifact_uri=found.source, dst_path=fresh, tracking_uri=uri)
            files = [path for path in sorted(Path(copy).rglob("*.wick")) if path.is_file() and not path.is_symlink()]
            if len(files) == 1 and _file_hash(files[0]) == found.tags.get(HASH_TAG):
                return files[0].replace(folder / files[0].name)
    except TrackError:
        raise
    except Exception as error:
        raise _failure(tracking, target, error, "did not hand over the model") from error
    raise TrackError(
        f"what MLflow keeps for {model} is not the artifact that was registered: {len(files)} files",
        code="track-other-artifact",
        hint="export it again with tracking on",
    )


def _tracking_here(tracking: str | None) -> tuple[str, Path]:
    """Where to track to, and the target folder of the project around us."""
    from candlewick.project.project import open_project

    asked = tracking or os.environ.get("MLFLOW_TRACKING_URI")
    if asked and asked != "file":
        return asked, Path("target").resolve()
    project = open_project(Path.cwd())
    if project.config.tracking.mlflow == "off" and not asked:
        raise TrackError(
            "the project tracks nothing, so no model is registered",
            code="track-off",
            hint="set tracking: {mlflow: ...} in wick.yml, or pass tracking=",
        )
    return asked or project.config.tracking.mlflow, project.target


def _version(client: Any, model: str) -> Any:
    from mlflow.exceptions import MlflowException

    named = re.fullmatch(r"models:/([^/@]+)(?:@([^/@]+)|/(\d+))", model)
    if named is None:
        hint = "write models:/NAME@ALIAS or models:/NAME/VERSION"
        raise TrackError(f"{model!r} names no registered model", code="track-model", hint=hint)
    name, alias, number = named.groups()
    try:
        return client.get_model_version_by_alias(name, alias) if alias else client.get_model_version(name, number)
    except MlflowException as error:
        hint = "export with tracking on, and give the version its alias in MLflow"
        text = _without_secrets(str(error).splitlines()[0])
        raise TrackError(f"{model} is not there: {text}", code="track-model", hint=hint) from error


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _client(tracking: str, target: Path) -> Any:
    # MLflow reports usage, and retries a server that is down for minutes, unless told otherwise before its import.
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    try:
        from mlflow import MlflowClient
    except ImportError as error:
        raise TrackError(
            f"tracking.mlflow is '{_without_secrets(tracking)}' and MLflow does not import: {error}",
            code="track-missing-library",
            hint='pip install "candlewick[mlflow]", or set tracking: {mlflow: off} in wick.yml',
        ) from error
    for name in ("mlflow.store.db.utils", "mlflow.pyfunc", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        if tracking == "file":
            (target / "mlflow").mkdir(parents=True, exist_ok=True)
        return MlflowClient(tracking_uri=_uri(tracking, target))
    except Exception as error:
        raise _failure(tracking, target, error) from error


def _uri(tracking: str, target: Path) -> str:
    # MLflow refuses a plain folder as a store since 3.17; a local store is an SQLite file.
    return f"sqlite:///{(target / 'mlflow' / 'mlflow.db').resolve()}" if tracking == "file" else tracking


def _experiment(client: Any, tracking: str, target: Path, project: str) -> str:
    """The id of the experiment named after the project, made at its first run."""
    local = (target / "mlflow" / "artifacts").resolve().as_uri()
    experiment = client.get_experiment_by_name(project)
    if experiment is None:
        serverless = tracking == "file" or _scheme(tracking).startswith(DATABASES)
        return str(client.create_experiment(project, artifact_location=local if serverless else None))
    if tracking == "file" and experiment.artifact_location != local:
        raise TrackError(
            f"the MLflow store in {target / 'mlflow'} keeps its files in {experiment.artifact_location}",
            code="track-moved",
            hint="the project has moved: move it back, or delete the folder to start a new store",
        )
    return str(experiment.experiment_id)


def _log_values(
    client: Any,
    run_id: str,
    parameters: Mapping[str, str | None],
    tags: Mapping[str, str | None],
    metrics: Mapping[str, float],
) -> None:
    from mlflow.entities import Metric, Param, RunTag

    now = int(time.time() * 1000)
    values: dict[str, list[Any]] = {
        "params": [Param(key, text) for key, text in _texts(parameters)],
        "tags": [RunTag(key, text) for key, text in _texts(tags)],
        "metrics": [Metric(_key(name), float(value), now, 0) for name, value in metrics.items()],
    }
    for kind, entries in values.items():
        for start in range(0, len(entries), BATCH_LIMIT):
            client.log_batch(run_id, **{kind: entries[start : start + BATCH_LIMIT]})


def _texts(values: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """Pairs that MLflow takes: what is unknown left out, what is too long cut with a note that says so."""
    return [(_key(name), _cut(str(value))) for name, value in values.items() if value is not None]


def _cut(text: str) -> str:
    return text if len(text) <= VALUE_LIMIT else f"{text[:VALUE_LIMIT]} ... (cut from {len(text)} characters)"


def _key(name: str) -> str:
    return re.sub(r"[^\w\-. :/]", "_", name)


def _digest(data_versions: Mapping[str, Any]) -> str:
    return hashlib.blake2b(json.dumps(data_versions, sort_keys=True).encode(), digest_size=16).hexdigest()


def _where(client: Any, tracking: str, experiment_id: str, run_id: str) -> str:
    if _scheme(tracking) in {"http", "https"}:
        return f"{_without_secrets(tracking).rstrip('/')}/#/experiments/{experiment_id}/runs/{run_id}"
    return str(client.get_run(run_id).info.artifact_uri)


def _failure(tracking: str, target: Path, error: Exception, what: str = "did not record the run") -> TrackError:
    text = str(error).strip().splitlines()
    reason = _without_secrets(text[0]) if text else type(error).__name__
    if tracking == "file":
        hint = f"check that {target / 'mlflow'} can be written to"
    elif _scheme(tracking) in {"", "file"}:
        hint = "set tracking: {mlflow: file} in wick.yml for a local store"
    else:
        hint = f"check that {_without_secrets(tracking)} answers, or set tracking: {{mlflow: off}} in wick.yml"
    return TrackError(f"MLflow {what}: {reason}", code="track-failed", hint=hint)


def _scheme(uri: str) -> str:
    return urlsplit(uri).scheme


def _without_secrets(text: str) -> str:
    """``text`` with the user and password of any address in it removed."""
    return re.sub(r"(\w://)[^/@\s]+@", r"\1", text)

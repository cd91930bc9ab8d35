"""Artifacts in MLflow's registry: registered without a pickle, fetched as the file that was registered, offline."""

from __future__ import annotations

import json
import pickle
import socket
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from candlewick import track
from candlewick.commands.build import build
from candlewick.commands.export import export
from candlewick.commands.ingest import ingest
from candlewick.errors import TrackError
from candlewick.live import load
from candlewick.live.model import Model
from candlewick.project.project import open_project
from candlewick.run.options import Options

mlflow = pytest.importorskip("mlflow")
pytestmark = pytest.mark.slow  # databases and certificates take their seconds

YML = """
name: tiny
candles: {path: seeds/*.csv, interval: 1d, gaps: allow}
split: {train_end: 2020-01-30}
fit: {output: out}
tracking: {mlflow: file}
"""
FILES = {
    "features/f.py": """
def ret(close: pd.Series) -> pd.Series:
    return close.pct_change()

def slow(close: pd.Series) -> pd.Series:
    return close.ewm(span=3, adjust=False).mean()
""",
    "fit/m.py": """
def center(train: pd.DataFrame) -> pd.Series:
    return train.mean()

def out(features: pd.DataFrame, center: pd.Series) -> pd.DataFrame:
    return features - center
""",
}


@pytest.fixture(scope="module", autouse=True)
def offline():
    """No socket leaves this machine."""

    def connect(_self, address, *_):
        raise AssertionError(f"a connection to {address}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        patch.setattr(socket, "getaddrinfo", lambda *a, **_: connect(None, a))
        yield


@pytest.fixture(scope="module")
def registered(tmp_path_factory):
    """A project whose artifact is registered as version 1; making MLflow's database takes seconds."""
    root = tmp_path_factory.mktemp("registered")
    (root / "seeds").mkdir()
    days = pd.date_range("2020-01-01", periods=40)
    (root / "seeds/candles.csv").write_text(
        "symbol,ts,open,high,low,close,volume\n"
        + "".join(
            f"{symbol},{day:%Y-%m-%d},{base + i},{base + i + 2},{base + i - 1},{base + i + (i % 3) - 0.5},{1000 + 7 * i}\n"
            for symbol, base in (("AAA", 100), ("BBB", 50))
            for i, day in enumerate(days)
        )
    )
    (root / "wick.yml").write_text(YML)
    for name, text in FILES.items():
        (root / name).parent.mkdir()
        (root / name).write_text(f"import pandas as pd\n{text}")
    project = open_project(root)
    ingest(project)
    return project, export(project)


@pytest.fixture
def exported(registered, monkeypatch, tmp_path_factory):
    """The registered project as the current folder, with a cache of its own."""
    monkeypatch.chdir(registered[0].root)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    cache = str(tmp_path_factory.mktemp("cache"))
    monkeypatch.setattr(track.platformdirs, "user_cache_dir", lambda *_, **__: cache)
    return registered


@pytest.fixture
def client(exported):
    return mlflow.MlflowClient(tracking_uri=f"sqlite:///{exported[0].target}/mlflow/mlflow.db")


def candles(made, days=5):
    """Candles of both symbols after those the artifact has seen."""
    last = next(iter(made.payload.symbols.values())).ts
    rng = np.random.default_rng(0)
    rows = []
    for day in range(1, days + 1):
        for symbol in ("AAA", "BBB"):
            close = 100 + rng.normal()
            rows.append((symbol, last + day * 86_400_000, close - 0.5, close + 1, close - 1, close, 7.0))
    return pd.DataFrame(rows, columns=["symbol", "ts", "open", "high", "low", "close", "volume"])


def folder_of(client, version="1"):
    return Path(client.get_model_version("tiny", version).source.removeprefix("file://"))


def test_what_is_fetched_is_what_was_exported(exported, client, tmp_path):
    _, made = exported
    client.set_registered_model_alias("tiny", "champion", "1")
    for path in (track.fetch("models:/tiny@champion"), track.fetch("models:/tiny/1", into=tmp_path / "here")):
        assert path.read_bytes() == made.path.read_bytes()
        assert path.parent.is_dir()
        assert [each.name for each in path.parent.iterdir()] == ["tiny.wick"]
        loaded = load(path)
        assert loaded.payload.enabled == made.payload.enabled
    assert path.parent == tmp_path / "here"
    assert track.fetch("models:/tiny@champion") == track.fetch("models:/tiny/1")  # one place for one version


def test_the_version_says_what_it_is(exported, client):
    _, made = exported
    version = client.get_model_version("tiny", "1")
    assert version.tags["payload_hash"] == made.payload_hash
    assert version.tags["fit"] == made.payload.fit["fingerprint"]
    assert version.tags["certified"] == "true"
    run = client.get_run(version.run_id)
    assert run.data.params["command"] == "export"
    assert run.data.metrics["certificate.causality.passed"] == 1.0
    assert run.data.metrics["certificate.largest.absolute"] <= 1e-9
    assert len([name for name in run.data.metrics if name.endswith(".passed")]) == 7
    assert run.data.metrics["rows.train"] == made.payload.fit["window"]["rows"]
    kept = {path.name for path in folder_of(client).parent.iterdir()}
    assert {"lineage.json", "lineage.dot", "certificate.json", "model"} <= kept
    lineage = json.loads((folder_of(client).parent / "lineage.json").read_text())
    assert lineage["run"]["command"] == "export"


def test_the_runs_of_a_pair_are_found_together(exported, client):
    project, _ = exported
    for arm in ("a", "b"):
        assert build(project, "build", Options(arm=arm, pair="ab-1", threads=1)).published
    (experiment,) = {run.info.experiment_id for run in [client.get_run(client.get_model_version("tiny", "1").run_id)]}
    found = client.search_runs([experiment], "tags.pair = 'ab-1'")
    assert {run.data.tags["arm"]: run.info.run_id for run in found} == {
        arm: json.loads((project.reports(arm) / "tracked.json").read_text())["mlflow"]["run_id"] for arm in ("a", "b")
    }


def test_nothing_is_pickled_and_mlflow_loads_it_by_itself(exported, client, monkeypatch):
    _, made = exported

    def unpickled(*_, **__):
        raise AssertionError("something was unpickled")

    assert {path.suffix for path in folder_of(client).rglob("*") if path.is_file()} <= {
        *("", ".wick", ".yaml", ".txt", ".json"),
    }
    monkeypatch.setattr(pickle, "load", unpickled)
    monkeypatch.setattr(pickle, "loads", unpickled)
    model = mlflow.pyfunc.load_model(str(folder_of(client)))
    rows = candles(made)
    found = model.predict(rows)
    features = load(made.path).open()
    for number, row in enumerate(rows.itertuples(index=False)):
        features.update(row.symbol, *row[1:])
        assert found.iloc[number].tolist() == features.emit(row.symbol).tolist()
    assert list(found.columns) == ["ret", "slow"] == [each.name for each in model.metadata.signature.outputs]
    pd.testing.assert_frame_equal(model.predict(rows), found)  # nothing is kept from call to call
    example = model.input_example
    assert np.isfinite(model.predict(example)).all(axis=None)


def test_a_second_export_is_a_second_version(exported, client):
    project, _ = exported
    export(project, project.target / "second.wick")
    versions = sorted(str(version.version) for version in client.search_model_versions("name = 'tiny'"))
    assert versions == ["1", "2"]
    assert load(track.fetch("models:/tiny/2")).payload.project == "tiny"


def test_another_file_in_its_place_is_refused(exported, client, tmp_path):
    (file,) = folder_of(client).rglob("*.wick")
    content = file.read_bytes()
    file.write_bytes(content[:-1] + b"?")
    try:
        with pytest.raises(TrackError, match="is not the artifact that was registered") as caught:
            track.fetch("models:/tiny/1", into=tmp_path / "here")
    finally:
        file.write_bytes(content)
    assert caught.value.code == "track-other-artifact"
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [("models:/tiny@challenger", "track-model"), ("models:/tinny/1", "track-model"), ("tiny", "track-model"),
     ("models:/../1/2", "track-model"), ("runs:/abc/model", "track-model")],
)  # fmt: skip
def test_what_is_no_model(exported, name, code):
    with pytest.raises(TrackError) as caught:
        track.fetch(name)
    assert caught.value.code == code
    assert caught.value.hint


def test_a_project_that_tracks_nothing(tiny, monkeypatch):
    project = tiny("def x(close: pd.Series) -> pd.Series:\n    return close\n")
    monkeypatch.chdir(project.root)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(TrackError) as caught:
        track.fetch("models:/tiny/1")
    assert caught.value.code == "track-off"


def test_the_model_takes_any_frame_in_order_only(exported):
    from candlewick.errors import CandleError

    _, made = exported
    rows = candles(made)
    with pytest.raises(CandleError):
        Model(load(made.path)).predict(rows.iloc[::-1])

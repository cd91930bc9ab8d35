"""Export: what the batch computes is what the file computes, and two exports of one store are one payload."""

from __future__ import annotations

import numpy as np
import pytest

from candlewick.commands.export import export
from candlewick.commands.ingest import ingest
from candlewick.errors import CandleError, NodeError
from candlewick.live import load
from candlewick.program import run
from candlewick.run.streamed import candle_array
from candlewick.store.candles import load_candles

from ..conftest import write_tiny

FEATURES = """
def move(close: pd.Series) -> pd.Series:
    return close / close.shift(1) - 1


def _smooth(x: pd.Series) -> pd.Series:
    return x.ewm(span=3).mean()


@config.when(enabled="trend")
def trend(close: pd.Series, move: pd.Series) -> pd.Series:
    return _smooth(close) / close.rolling(5).mean() + move


def up(move: pd.Series) -> pd.Series:
    return move > 0
"""
OPAQUE = """
from candlewick.declare import opaque


@opaque(lookback=3)
def odd(close: pd.Series) -> pd.Series:
    return close.rolling(4).apply(sorted)


def odder(odd: pd.Series) -> pd.Series:
    return odd * 2
"""


FIT = """
def center(train: pd.DataFrame) -> pd.Series:
    return train.mean()


def kept(train: pd.DataFrame) -> list[str]:
    return [name for name in train.columns if name != "move"]


def normalized(features: pd.DataFrame, center: pd.Series, kept: list[str]) -> pd.DataFrame:
    return features[kept] - center[kept]
"""
FIT_YML = """
name: tiny
candles: {path: seeds/*.csv, interval: 1d, gaps: allow}
groups: {baseline: [trend]}
split: {train_end: 2020-02-01}
fit: {output: normalized}
"""


@pytest.mark.slow
def test_the_fits_output_is_the_stage_that_trades(tiny):
    project = tiny({"features/moves.py": FEATURES, "fit/pipeline.py": FIT}, FIT_YML)
    ingest(project)
    loaded = load(export(project).path)
    payload = loaded.payload
    features = loaded.open(["AAA"])
    assert features.names() == ("trend", "up")
    assert features.names("features") == ("move", "trend", "up")
    assert payload.stages["output"][0].inputs == ("trend",)
    assert payload.lineage["normalized"] == ("features", "center", "kept")
    assert payload.fit["window"]["rows"] > 0
    means = {name: float.fromhex(text) for name, text in payload.fit["parameters"]["center"]["columns"].items()}
    before, after = features.emit("AAA", stage="features"), features.emit("AAA")
    assert after.tolist() == [before[1] - means["trend"], before[2] - means["up"]]


@pytest.fixture(scope="module")
def ingested(tmp_path_factory):
    project = write_tiny(tmp_path_factory.mktemp("ingested") / "tiny", FEATURES)
    ingest(project)
    return project


@pytest.fixture
def project(ingested, lent):
    with lent(ingested.root):
        yield ingested


def test_the_file_emits_the_batch_rows(project):
    made = export(project, enable=["trend"])
    assert made.path == project.target / "tiny.wick"
    loaded = load(made.path)
    array = candle_array(loaded.payload.program.columns, load_candles(project.store, "AAA"))
    rows = np.ascontiguousarray(run(loaded.payload.program, {"": array})[0][""].T)
    features = loaded.open(["AAA", "NEW"])
    assert features.emit("AAA").tobytes() == rows[-1].tobytes()
    for t, row in enumerate(array.T.tolist()):
        features.update("NEW", int(row[5]), *row[:5])
        assert features.emit("NEW").tobytes() == rows[t].tobytes()
    assert features.last("NEW") == features.last("AAA")


def test_what_the_payload_says(project):
    payload = export(project, enable=["trend"]).payload
    assert [(column.name, column.dtype, column.klass) for column in payload.columns()] == [
        ("move", "float", "B"), ("trend", "float", "R"), ("up", "bool", "B"),
    ]  # fmt: skip
    assert payload.lineage == {"move": ("close",), "trend": ("close", "move"), "up": ("move",)}
    assert (payload.enabled, dict(payload.toggle_sources)) == (("trend",), {"trend": "--enable"})
    assert sorted(payload.symbols) == ["AAA", "BBB"]
    assert payload.symbols["AAA"].longest_step == 86_400_000
    assert payload.warm_up() == max(column.warm_up for column in payload.columns())


@pytest.mark.slow
def test_two_exports_of_one_store_are_equal_byte_for_byte(tiny, tmp_path):
    project = tiny({"features/moves.py": FEATURES, "fit/pipeline.py": FIT}, FIT_YML)
    ingest(project)
    first, second = export(project), export(project, tmp_path / "other" / "again.wick")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.payload_hash == load(second.path).artifact.payload_hash


def test_an_opaque_feature_is_refused_by_name(tiny):
    project = tiny({"features/moves.py": OPAQUE})
    ingest(project)
    with pytest.raises(NodeError, match="'odd' has no streaming form") as refused:
        export(project)
    assert refused.value.code == "export-opaque"
    assert refused.value.where[0].file == "features/moves.py"
    assert not (project.target / "tiny.wick").exists()


def test_without_candles_there_is_no_state(tiny):
    with pytest.raises(CandleError, match="holds no candles"):
        export(tiny(FEATURES))


def test_the_command_says_what_it_wrote(project, call):
    said = call(project.root, "export", "--enable", "trend")
    assert said.returncode == 0
    assert "Wrote target/tiny.wick" in said.stdout
    assert "3 columns of trend" in said.stdout
    assert "2 symbols, the last candle opens 2020-02-09" in said.stdout


@pytest.mark.slow
def test_values_that_were_never_there_are_not_vouched_for(tiny, call):
    project = tiny(
        "def slow(close: pd.Series) -> pd.Series:\n    return close.rolling(50).mean()\n"
    )  # of forty candles
    assert call(project.root, "ingest").returncode == 0
    said = call(project.root, "export")
    assert said.returncode == 1
    assert "[certificate-failed]" in said.stderr
    assert "'slow': no candle has a value of it: there was nothing to compare" in said.stderr
    assert not (project.target / "tiny.wick").exists()

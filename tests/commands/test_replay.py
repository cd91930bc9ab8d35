"""Replay and shadow: the store's candles through an artifact one by one, alone and beside a legacy function."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from candlewick.commands.export import export
from candlewick.commands.ingest import ingest
from candlewick.commands.replay import replay
from candlewick.commands.shadow import Budget, shadow
from candlewick.errors import ArtifactError, CandleError, NodeError, UsageError
from candlewick.project.dag import load_dag
from candlewick.project.project import open_project
from candlewick.run.compute import compute
from candlewick.store.candles import load_candles

FEATURES = """
def move(close: pd.Series) -> pd.Series:
    return np.log(close / close.shift(1))


def mean(close: pd.Series) -> pd.Series:
    return close.rolling(5).mean()
"""
LEGACY = """
import sys

class Mean:
    '''A hand-written second implementation.'''

    def __init__(self):
        self.closes = []

    def __call__(self, candle):
        self.closes.append(candle.close)
        return {"mean": sum(self.closes[-5:]) / len(self.closes[-5:])}


class Wrong(Mean):
    def __call__(self, candle):
        wrong = 1e-6 if candle.ts == 1579478400000 and candle.symbol == "BBB" else 0.0
        return {"mean": super().__call__(candle)["mean"] + wrong, "move": None}


def typo(candle):
    return {"mena": 1.0}


def fails(candle):
    return {"mean": 1 / 0}


def no_dict(candle):
    return 7


def leaves(candle):
    sys.exit(0)


def silent(candle):
    return {}


number = 7
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A project of two symbols with its artifact."""
    root = tmp_path_factory.mktemp("tiny")
    (root / "features").mkdir()
    (root / "seeds").mkdir()
    (root / "features" / "moves.py").write_text(f"import numpy as np\nimport pandas as pd\n{FEATURES}")
    (root / "legacy_features.py").write_text(LEGACY)
    (root / "wick.yml").write_text(
        "name: tiny\ncandles: {path: seeds/*.csv, interval: 1d, gaps: allow}\ngroups: {baseline: []}\n"
    )
    days = pd.date_range("2020-01-01", periods=40, freq="D")
    rows = [
        f"{symbol},{day:%Y-%m-%d},{base + i},{base + i + 2},{base + i - 1},{base + i + (i % 3) - 0.5},{1000 + 7 * i}\n"
        for symbol, base in (("AAA", 100), ("BBB", 50))
        for i, day in enumerate(days)
    ]
    (root / "seeds" / "candles.csv").write_text("symbol,ts,open,high,low,close,volume\n" + "".join(rows))
    project = open_project(root)
    ingest(project)
    return project, export(project).path


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_replay_gives_what_the_batch_gives(exported, tmp_path, form):
    project, artifact = exported
    done = replay(project, artifact, out=tmp_path / "deep" / f"rows.{form}")
    assert (done.candles, len(done.rows)) == (80, 72)  # four candles of warm-up each
    assert done.arrived == {"AAA": True, "BBB": True}
    assert done.funnel[1].skipped == {"warming_up": 8}
    read = pd.read_csv if form == "csv" else pd.read_parquet
    written = read(tmp_path / "deep" / f"rows.{form}")
    assert list(written.columns) == ["symbol", "ts", "move", "mean"]
    assert written["mean"].to_numpy().tobytes() == done.rows["mean"].to_numpy().tobytes()
    for symbol in ("AAA", "BBB"):
        reference = compute(load_dag(project), symbol, load_candles(project.store, symbol), ["move", "mean"])
        mine = done.rows[done.rows["symbol"] == symbol].set_index("ts")
        for name in ("move", "mean"):
            expected = reference.columns[name].iloc[4:]
            np.testing.assert_allclose(mine[name], expected, rtol=1e-12)
            assert (mine.index == expected.index).all()


def test_a_gate_and_symbols(exported):
    project, artifact = exported
    done = replay(project, artifact, symbols=["BBB"], cusum=0.1, stage="features")
    assert done.candles == 40
    assert 0 < len(done.rows) < 36
    assert set(done.rows["symbol"]) == {"BBB"}


def test_candles_that_the_artifact_has_not_seen_are_told(exported, tmp_path, call):
    project, artifact = exported
    root = Path(shutil.copytree(project.root, tmp_path / "tiny"))
    seeds = root / "seeds" / "candles.csv"
    seeds.write_text(seeds.read_text() + "AAA,2020-02-10,140,142,139,141,900\n")
    ingest(open_project(root))
    assert replay(open_project(root), artifact).arrived == {"AAA": None, "BBB": True}
    said = call(root, "replay", str(artifact))
    assert said.returncode == 0
    assert "AAA: the state after the last candle is not compared: the artifact has seen other candles" in said.stdout


def test_a_replay_that_cannot_be(exported, tmp_path):
    project, artifact = exported
    with pytest.raises(UsageError, match=r"\.csv or \.parquet"):
        replay(project, artifact, out=tmp_path / "rows.txt")
    with pytest.raises(CandleError, match="CCC"):
        replay(project, artifact, symbols=["CCC"])
    with pytest.raises(ArtifactError):
        replay(project, project.root / "wick.yml")


def test_the_commands(exported, call):
    project, artifact = exported
    said = call(project.root, "replay", str(artifact), "--cusum", "0.05")
    assert said.returncode == 0, said.stderr
    assert "FeatureUpdate                   80        80" in said.stdout
    assert "AAA: the state after the last candle is the artifact's, bit for bit" in said.stdout
    said = call(project.root, "shadow", str(artifact), "legacy_features:Mean")
    assert (said.returncode, said.stdout.split(";")[0]) == (0, "OK   mean: 0 of 72 candles beyond"), said.stderr
    said = call(project.root, "shadow", str(artifact), "legacy_features:Wrong")
    assert said.returncode == 1
    assert "FAIL mean: 1 of 72 candles beyond" in said.stdout
    assert "first BBB 2020-01-20: legacy " in said.stdout


def test_a_divergence_within_the_budget(exported):
    project, artifact = exported
    (column,) = shadow(project, artifact, "legacy_features:Wrong")
    assert (column.within, column.first.symbol) == (False, "BBB")
    assert math.isclose(column.first.legacy - column.first.ours, 1e-6, rel_tol=1e-6)
    for budget in (Budget(absolute=1e-5), Budget(relative=1e-7), Budget(ulp=10**9), Budget(rows=1)):
        assert [each.within for each in shadow(project, artifact, "legacy_features:Wrong", budget=budget)] == [True]


@pytest.mark.parametrize(
    ("legacy", "code"),
    [
        ("typo", "shadow-column"),
        ("fails", "shadow-raised"),
        ("no_dict", "shadow-raised"),
        ("leaves", "shadow-raised"),
        ("silent", "shadow-nothing"),
        ("number", "shadow-legacy"),
        ("nowhere", "shadow-legacy"),
    ],
)
def test_a_legacy_function_that_will_not_do(exported, legacy, code):
    project, artifact = exported
    with pytest.raises((UsageError, NodeError)) as refused:
        shadow(project, artifact, f"legacy_features:{legacy}")
    assert refused.value.code == code
    assert refused.value.hint


def test_a_legacy_function_has_a_module(exported):
    with pytest.raises(UsageError, match="module:function"):
        shadow(*exported, "legacy_features")

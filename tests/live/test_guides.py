"""The guides: their commands and their code run as they are written, on a small project."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from candlewick.project.project import open_project
from candlewick.store.candles import load_candles

ROOT = Path(__file__).parents[2]
GUIDES = (ROOT / "framework" / "candlewick" / "live" / "README.md").read_text(encoding="utf-8")
YML = """
name: my_alpha
candles: {path: seeds/*.csv, interval: 1d, gaps: allow}
groups: {baseline: []}
"""


def section(title: str) -> str:
    return re.search(rf"\n## {re.escape(title)}\n(.+?)(?=\n## |\Z)", GUIDES, re.DOTALL)[1]


def blocks(title: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.+?)```", section(title), re.DOTALL)


@pytest.fixture(scope="module")
def candles():
    """The S&P 500 of the example project, two years of it; what is exported has seen all but the last 60 candles."""
    whole = pd.read_parquet(ROOT / "feature_project" / "seeds" / "index_daily.parquet")
    whole = whole.rename(columns={"date": "ts"})
    return whole[whole["symbol"] == "SP500"].tail(500).reset_index(drop=True)


@pytest.fixture(scope="module")
def project(candles, tmp_path_factory):
    root = tmp_path_factory.mktemp("guide") / "my_alpha"
    (root / "seeds").mkdir(parents=True)
    (root / "features").mkdir()
    (root / "wick.yml").write_text(YML)
    candles.iloc[:-60].to_csv(root / "seeds" / "candles.csv", index=False)
    for text in blocks("From notebook to live in ten minutes", "python"):
        name = re.match(r"# (\S+\.py)\n", text)
        if name:
            (root / name[1]).write_text(text)
    return open_project(root)


@pytest.fixture(scope="module")
def feed(candles):
    """The functions that the guides call the reader's own feed."""
    times = pd.to_datetime(candles["ts"], utc=True).astype("datetime64[ms, UTC]").astype("int64").tolist()
    rows = [
        (ts, *row)
        for ts, row in zip(
            times, candles[["open", "high", "low", "close", "volume"]].to_numpy(float).tolist(), strict=True
        )
    ]
    return {
        "candles_since": lambda ts: [row for row in rows[:-30] if row[0] > ts],
        "live_candles": lambda: rows[-30:],
    }


def commands(title: str) -> list[list[str]]:
    lines = [line.partition("#")[0].strip() for text in blocks(title, "bash") for line in text.splitlines()]
    return [line.split()[1:] for line in lines if line.startswith("wick ") and "&&" not in line]


def run(text: str, names: dict) -> dict:
    exec(compile(text, "the guide", "exec"), names)
    return names


@pytest.fixture
def exported(project, call):
    if not (project.target / "my_alpha.wick").exists():
        for words in commands("From notebook to live in ten minutes"):
            done = call(project.root, *words)
            assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
    return project


def test_from_notebook_to_live(exported, feed, candles, monkeypatch):
    monkeypatch.chdir(exported.root)
    (text,) = [text for text in blocks("From notebook to live in ten minutes", "python") if "load(" in text]
    names = run(text, dict(feed))
    line = candles["close"] / candles["high"].rolling(20).max() - 1  # the notebook's
    assert names["vector"] == pytest.approx([line.iloc[-1]], rel=1e-15)
    assert names["features"].candles("SP500") == 500
    assert len(load_candles(exported.store, "SP500")) == 440


def test_the_readme(exported, feed, monkeypatch):
    monkeypatch.chdir(exported.root)
    text = re.search(r"\n## Live\n.+?```python\n(.+?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[
        1
    ]
    candle = dict(zip(("ts", "open", "high", "low", "close", "volume"), feed["live_candles"]()[0], strict=True))
    assert run(text, dict(feed) | candle)["vector"].shape == (1,)


def test_your_own_loop(exported, feed, monkeypatch, capsys):
    monkeypatch.chdir(exported.root)
    loop, pipeline = blocks("Plug the step into your own loop", "python")
    names = run(loop, dict(feed))
    assert "'buy'" in capsys.readouterr().out
    names["features"].restore(names["load"]("target/my_alpha.wick").open(["SP500"]).snapshot())
    names["features"].warm_up("SP500", feed["candles_since"](names["features"].last("SP500")))
    run(pipeline, names)
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("FeatureUpdate 30 30 {}")
    assert [line.split()[0] for line in said] == ["FeatureUpdate", "CusumGate", "FeatureEngineeringStep", "MyModel"]


def test_inside_backtesting(exported, candles, monkeypatch):
    pytest.importorskip("backtesting", reason="backtesting.py is AGPL and no dependency: pip install it to run this")
    monkeypatch.chdir(exported.root)
    (text,) = blocks("The step inside backtesting.py", "python")
    frame = candles.set_index(pd.DatetimeIndex(candles["ts"])).rename(columns=str.capitalize)
    names = run(text, {"ohlcv": frame[["Open", "High", "Low", "Close", "Volume"]].astype(float)})
    strategy = names["stats"]["_strategy"]
    assert strategy.fed == len(candles)
    assert names["stats"]["# Trades"] > 0
    line = (candles["close"] / candles["high"].rolling(20).max() - 1).to_numpy()
    emitted = strategy.pipeline.process(strategy.candle(len(candles) - 1))  # delivered twice: refused
    assert emitted.code == "candles-duplicate"
    last = strategy.pipeline._steps[1]._stream("SP500").emit("features")
    np.testing.assert_allclose(last, [line[-1]], rtol=1e-15)


def test_the_codes_it_names_exist():
    source = "".join(path.read_text() for path in (ROOT / "framework" / "candlewick").rglob("*.py"))
    from candlewick.candles import Fault

    faults = {f"candles-{fault.name.lower().replace('_', '-')}" for fault in Fault}
    for code in re.findall(r"`(candles-[a-z-]+)`", section("What it refuses")):
        assert code in faults or f'"{code}"' in source, code

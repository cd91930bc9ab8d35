"""Random sequences of what happens to a project: after every step users query what a full rebuild computes, bit for bit."""

from __future__ import annotations

import contextlib
import random
import shutil

import numpy as np
import pandas as pd
import pytest

from candlewick.commands.build import build
from candlewick.project.project import open_project
from candlewick.run import pandas_columns, units
from candlewick.run.options import Options
from candlewick.store import publish as publishing
from candlewick.store.catalog import read_catalog, read_frame

pytestmark = pytest.mark.slow  # many whole projects

MOVES = """
from candlewick.declare import opaque

WINDOW = {window}

def ret(close: pd.Series) -> pd.Series:
    return close / close.shift(1) - 1

def ema(close: pd.Series) -> pd.Series:
    return close.ewm(span={span}, adjust=False).mean()

def dev(ret: pd.Series) -> pd.Series:
    return ret.rolling(WINDOW).std()

def busy(volume: pd.Series) -> pd.Series:
    return volume > volume.shift({lag})

{more}
@config.when(enabled="extra")
def total(volume: pd.Series) -> pd.Series:
    return volume.cumsum()

@opaque(lookback=3)
def loop(ret: pd.Series, high: pd.Series) -> pd.Series:
    return ret.rolling({loop}).max() * high
"""
CHILD = """
def gap(ema: pd.Series, close: pd.Series) -> pd.Series:
    return close - ema * {factor}

def after(loop: pd.Series) -> pd.Series:
    return loop.cumsum()
"""
LABELS = """
from hamilton.function_modifiers import tag

@tag(horizon="2", lookback="0")
def up(close: pd.Series, dev: pd.Series) -> pd.Series:
    return (close.shift(-2) / close - 1) / dev * {scale}

@tag(horizon="3")
def best(high: pd.Series, loop: pd.Series) -> pd.Series:
    return high.rolling(3).max().shift(-3) + loop * {scale}
"""
MORE = "def hour(ts: pd.Series) -> pd.Series:\n    return ts.dt.month * 1.0\n"
FIRST = {"window": 4, "span": 5, "lag": 1, "loop": 2, "factor": 1.0, "scale": 1.0, "more": ""}
OTHERS = {
    "window": (3, 4, 6), "span": (5, 9), "lag": (1, 2), "loop": (2, 3), "factor": (1.0, 2.0), "scale": (1.0, 3.0),
    "more": ("", MORE),
}  # fmt: skip
YML = "name: tiny\ncandles: {path: seeds/*.csv, interval: 1d, gaps: allow, volume: optional}\n"


class Killed(BaseException):
    """What nothing catches."""


def _die(*_arguments, **_options):
    raise Killed


class World:
    """A project, its candles and settings, and everything that can happen to them."""

    def __init__(self, root, rng):
        self.root, self.rng = root, rng
        self.settings, self.enable = dict(FIRST), ()
        self.candles = {symbol: [self.candle(day) for day in range(70)] for symbol in ("AAA", "BBB")}
        self.engine = "program"
        self.write()

    def candle(self, day):
        low = 50 + 10 * self.rng.random()
        return [
            day,
            low + 1,
            low + 2 + self.rng.random(),
            low,
            low + self.rng.random(),
            round(1000 * self.rng.random(), 3),
        ]

    def append(self):
        """Some new candles of some symbols."""
        for symbol in self.rng.sample(sorted(self.candles), self.rng.randint(1, 2)):
            last = self.candles[symbol][-1][0]
            first = last + self.rng.randint(1, 3)
            self.candles[symbol] += [self.candle(first + n) for n in range(self.rng.choice((1, 1, 2, 9, 40)))]

    def restate(self):
        """Other values for one old candle, in one column or in all."""
        rows = self.candles[self.rng.choice(sorted(self.candles))]
        row = self.rng.choice(rows[-9:] if self.rng.random() < 0.5 else rows)  # the last ones are in a window's state
        row[5] = round(1000 * self.rng.random(), 3)
        if self.rng.random() < 0.5:
            row[4] = row[3] + self.rng.random()

    def insert(self):
        """A candle that was missing."""
        symbol = self.rng.choice(sorted(self.candles))
        missing = sorted(set(range(self.candles[symbol][-1][0])) - {row[0] for row in self.candles[symbol]})
        if missing:
            self.candles[symbol].append(self.candle(self.rng.choice(missing)))
            self.candles[symbol].sort()

    def edit(self):
        """Another constant somewhere."""
        name = self.rng.choice(sorted(OTHERS))
        self.settings[name] = self.rng.choice(OTHERS[name])

    def toggle(self):
        """The group on or off."""
        self.enable = () if self.enable else ("extra",)

    def switch(self):
        """The other engine."""
        self.engine = "hamilton" if self.engine == "program" else "program"

    def killed(self):
        """An edit, and a run of it that dies somewhere between its first part and its catalog."""
        self.edit()
        self.append()
        self.write()
        point = self.rng.choice(("make_durable", "write_holdings", "write_states", "_insert_run", "write_catalog"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(publishing, point, _die)
            with contextlib.suppress(Killed):
                self.build(self.root)

    def partial(self):
        """An edit, and candles, of which a run computes one model only."""
        self.edit()
        self.append()
        self.write()
        self.build(self.root, select=(self.rng.choice(("moves", "child", "+up")),))

    def nothing(self):
        """Nothing at all."""

    def write(self):
        header = "import pandas as pd\nfrom hamilton.function_modifiers import config\n"
        files = {"features/moves.py": MOVES, "features/child.py": CHILD, "labels/up.py": LABELS}
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_text(header + text.format(**self.settings))
        (self.root / "wick.yml").write_text(YML)
        (self.root / "seeds").mkdir(exist_ok=True)
        for symbol, rows in self.candles.items():
            days = np.datetime64("2020-01-01") + np.array([row[0] for row in rows])
            lines = [f"{day}," + ",".join(map(repr, row[1:])) for day, row in zip(days, rows, strict=True)]
            (self.root / "seeds" / f"{symbol}.csv").write_text(
                "ts,open,high,low,close,volume\n" + "\n".join(lines) + "\n"
            )

    def build(self, root, **more):
        options = Options(enable=self.enable, engine=self.engine, threads=1, **more)
        outcome = build(open_project(root), "build", options)
        assert not outcome.failed, [result.message for result in outcome.results if result.failed]
        return {result.name: result.status for result in outcome.results if result.kind == "model"}


def queried(root):
    """Everything users can query."""
    target = root / "target"
    return {model: read_frame(target, model) for model in sorted(read_catalog(target).columns)}


def check(world, scratch):
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(world.root, scratch, ignore=shutil.ignore_patterns("target", "__pycache__"))
    world.build(scratch)
    ours, rebuilt = queried(world.root), queried(scratch)
    assert list(ours) == list(rebuilt)
    for model, frame in rebuilt.items():
        pd.testing.assert_frame_equal(ours[model], frame, check_exact=True, obj=model)


STEPS = ("append", "append", "restate", "insert", "edit", "edit", "toggle", "switch", "killed", "partial", "nothing")


def run_sequence(tmp_path, monkeypatch, seed, length):
    monkeypatch.setattr(units, "CHUNK", 16)
    monkeypatch.setattr(pandas_columns, "CHUNK", 16)
    monkeypatch.delenv("WICK_ENABLED", raising=False)
    world = World(tmp_path / "world", random.Random(seed))
    world.build(world.root)
    for number in range(length):
        step = world.rng.choice(STEPS)
        getattr(world, step)()
        world.write()
        done = world.build(world.root)
        try:
            check(world, tmp_path / "scratch")
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, step {number}: {step} left {done}\n{error}") from error
        assert set(world.build(world.root).values()) == {"REUSED"}, (seed, number, step)


def test_a_change_of_the_last_candles_is_in_what_is_appended(tmp_path, monkeypatch):
    """The model that reads no volume is reused, and must not hand on what it knew of the volume."""
    monkeypatch.delenv("WICK_ENABLED", raising=False)
    world = World(tmp_path / "world", random.Random(0))
    for volume in (12345.0, 0.001):  # what comes next has more volume than the one, and less than the other
        for rows in world.candles.values():
            rows[-1][5] = volume
        world.write()
        done = world.build(world.root)
    assert (done["moves"], done["child"]) == ("BUILT", "REUSED")
    for rows in world.candles.values():
        rows += [world.candle(rows[-1][0] + 1 + n) for n in range(3)]
    world.write()
    world.build(world.root)
    check(world, tmp_path / "scratch")


def test_what_is_left_of_a_model_keeps_its_values_when_a_feature_goes(tmp_path, monkeypatch):
    monkeypatch.delenv("WICK_ENABLED", raising=False)
    world = World(tmp_path / "world", random.Random(0))
    for more in (MORE, ""):
        world.settings["more"] = more
        world.write()
        world.build(world.root)
        check(world, tmp_path / "scratch")


def test_after_every_step_a_query_sees_a_full_rebuild(tmp_path, monkeypatch):
    run_sequence(tmp_path, monkeypatch, 0, 3)


@pytest.mark.parametrize("seed", [1, *range(10, 14)])
def test_after_hundreds_of_steps_too(tmp_path, monkeypatch, seed):
    run_sequence(tmp_path, monkeypatch, seed, 10)

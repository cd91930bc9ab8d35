"""Random sequences of what happens to candle files: after every ingest the store holds what it was given, and no more.

More of them: ``WICK_SEEDS=100-140 WICK_STEPS=50 pytest tests/run/test_candle_sequences.py -k as_many``.
"""

from __future__ import annotations

import os
import random

import pytest

from candlewick.commands.ingest import check_drift, ingest
from candlewick.errors import CandleError
from candlewick.project.project import open_project
from candlewick.store import source

from .candle_steps import CHANGES
from .incidents import contradicted
from .seen import candles_of, told_of_candles
from .test_sequences import drawn, seeds
from .world import World

pytestmark = pytest.mark.slow  # many ingests


def sequence(root, seed, length) -> None:
    world = World(root / "world", random.Random(seed))
    before = []
    for number in range(length):
        changes = [drawn(world.rng, CHANGES) for _ in range(world.rng.choice((1, 1, 2, 3)))] if number else []
        before.append(", ".join(each.__name__ for each in changes))
        try:
            for change in changes:
                change(world)
            _ingested(world, root / "scratch", refused=number > 0 and world.rng.random() < 0.15)
        except Exception as error:
            raise AssertionError(f"seed {seed}, step {number}: {error}\n" + "\n".join(before)) from error


def _ingested(world: World, scratch, *, refused: bool) -> None:
    world.write()
    if refused:
        contradicted(world)
        with pytest.raises(CandleError):
            ingest(open_project(world.root))
        assert candles_of(world.root) == world.known, "what was refused has changed the store"
        world.write()
    found = ingest(open_project(world.root))
    before = {symbol: dict(days) for symbol, days in world.known.items()}
    world.ingested()
    assert candles_of(world.root) == world.known, "the candles are others"
    said = {each.symbol: (each.added, each.changed) for each in found.changes}
    if not found.refreshed:
        assert said == _differences(before, world.known)
    world.write_rebuilt(scratch)
    ingest(open_project(scratch))
    told, should = told_of_candles(world.root), told_of_candles(scratch)
    assert told == should, f"the store tells of its candles {told}, not {should}"
    drifted = check_drift(open_project(world.root))
    assert not drifted.changed
    assert not drifted.new
    assert ingest(open_project(world.root)).read == ()


def _differences(before, now) -> dict[str, tuple[int, int]]:
    """By symbol how many candles are new, and how many have other values."""
    counts = {
        symbol: (len(days.keys() - old.keys()), sum(old[day] != days[day] for day in old.keys() & days.keys()))
        for symbol, days in now.items()
        for old in [before.get(symbol, {})]
    }
    return {symbol: count for symbol, count in counts.items() if any(count)}


@pytest.fixture
def quick(monkeypatch, seed):
    """A clock that tells any write from the next: then the times of a file are believed, which else are too fresh."""
    if seed % 2:
        monkeypatch.setattr(source, "_TICK", 0)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("seed", range(3))
def test_after_every_ingest_the_store_holds_the_candles_of_the_source(tmp_path, seed):
    sequence(tmp_path, seed, 12)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("seed", seeds())
def test_as_many_as_you_like(tmp_path, seed):
    sequence(tmp_path, seed, int(os.environ.get("WICK_STEPS", "20")))

"""Random sequences of what happens to a project: after every step users query what a full rebuild computes, bit for bit.

More of them: ``WICK_SEEDS=100-140 WICK_STEPS=25 pytest tests/run/test_sequences.py -k as_many`` walks those seeds, that
many steps each, and says at the end what was done more than once for nothing.
"""

from __future__ import annotations

import os
import random
import sys

import pytest

from candlewick.program.batch import LANES
from candlewick.run import pandas_columns, units
from candlewick.store import growing
from candlewick.store.ledger import read_ledger

from .functions import label
from .incidents import INCIDENTS
from .steps import CHANGES
from .walk import Walk
from .world import World
from .zygote import Zygote

pytestmark = pytest.mark.slow  # many whole projects
CHUNK = 16


def drawn(rng, table):
    return rng.choices(list(table), list(table.values()))[0]


def take(walk: Walk) -> str:
    """One step: some changes, something that happens in between, and a build, which is compared."""
    rng, world = walk.world.rng, walk.world
    world.remember()
    changes = [drawn(rng, CHANGES) for _ in range(rng.choice((1, 1, 1, 2, 4)))]
    incident = drawn(rng, INCIDENTS)
    said = f"{', '.join(each.__name__ for each in changes)}; {incident.__name__}"
    try:
        for change in changes:
            change(world)
        incident(walk)
        done = walk.build()
        if not done.refused and not done.failed:
            walk.again()
            if rng.random() < 0.1:
                walk.learn()
    except Exception as error:
        raise AssertionError(f"{said}\n{error}") from error
    return said


def sequence(root, zygote, seed, length, symbols=2) -> Walk:
    walk = fresh(root, zygote, seed, symbols)
    said = []
    for number in range(length):
        try:
            said.append(take(walk))
        except AssertionError as error:
            before = "\n".join(said)
            raise AssertionError(f"seed {seed}, step {number}: {error}\nbefore:\n{before}") from error
    return walk


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Chunks of few candles, so that there are many; no groups from outside."""
    monkeypatch.setattr(units, "CHUNK", CHUNK)
    monkeypatch.setattr(pandas_columns, "CHUNK", CHUNK)
    monkeypatch.delenv("WICK_ENABLED", raising=False)


@pytest.fixture(scope="module")
def zygote(tmp_path_factory):
    started = Zygote(CHUNK, tmp_path_factory.mktemp("said"))
    yield started
    started.close()


def fresh(root, zygote, seed=0, symbols=2) -> Walk:
    walk = Walk(World(root / "world", random.Random(seed), symbols), root / "scratch", zygote)
    first = walk.build()
    assert set(first.models.values()) == {"BUILT"}, first
    return walk


def test_a_change_of_the_last_candles_is_in_what_is_appended(tmp_path, zygote):
    """The model that reads no volume is reused, and must not hand on what it knew of the volume."""
    walk = fresh(tmp_path, zygote)
    world = walk.world
    for volume in (12345.0, 0.001):  # what comes next has more volume than the one, and less than the other
        for symbol in world.every_symbol():
            rows = world.rows(symbol)
            world.put(symbol, max(rows), (*rows[max(rows)][:4], volume))
        done = walk.build()
    assert (done.models["moves"], done.models["child"]) == ("BUILT", "REUSED")
    for symbol in world.every_symbol():
        for day in range(3):
            world.put(symbol, 70 + day, world.candle())
    assert walk.build().models["moves"] == "APPENDED"


def test_what_is_left_of_a_model_keeps_its_values_when_a_feature_goes(tmp_path, zygote):
    walk = fresh(tmp_path, zygote)
    del walk.world.functions["spread"]
    assert walk.build().models["child"] == "REUSED"


def test_a_label_in_chunks_is_appended_from_the_first_candle_of_a_chunk(tmp_path, zygote):
    """Beside it is one over all candles, whose final rows end in the middle of a chunk."""
    walk = fresh(tmp_path, zygote)
    walk.world.change("calm", body=1)
    walk.world.change("best", decorator=label(20, None))
    walk.build()
    for day in (61, 62):
        for symbol in walk.world.every_symbol():
            walk.world.put(symbol, day, walk.world.candle())
        assert walk.build().models["ahead"] == "APPENDED"


@pytest.mark.parametrize(("symbols", "appends"), [(2, 34), (2 * LANES + 1, 6)])
def test_appends_on_end(tmp_path, zygote, monkeypatch, symbols, appends):
    """Small parts are taken up by larger ones again and again, and some symbols have more new candles than others."""
    monkeypatch.setattr(growing, "ROW_GROUP", 40)
    walk = fresh(tmp_path, zygote, symbols=symbols)
    world = walk.world
    for number in range(1, appends + 1):
        for place, symbol in enumerate(world.every_symbol()):
            first = max(world.rows(symbol)) + 1
            for day in range(first, first + (place + number) % 3):
                world.put(symbol, day, world.candle())
        if number % (appends // 2):
            world.write()
            walk.command()
        else:
            walk.build()
    held = read_ledger(world.root / "target" / "candlewick.duckdb", world.root / "target").holdings["main"]
    assert 1 < max(len(holding.parts) for holding in held) < 9


@pytest.mark.parametrize("seed", range(2))
def test_after_every_step_a_query_sees_a_full_rebuild(tmp_path, zygote, seed):
    sequence(tmp_path, zygote, seed, 6)


def seeds() -> range:
    first, _, last = os.environ.get("WICK_SEEDS", "0--1").partition("-")
    return range(int(first), int(last) + 1)


@pytest.mark.parametrize("seed", seeds())
def test_as_many_as_you_like(tmp_path, zygote, seed, capsys):
    walk = sequence(tmp_path, zygote, seed, int(os.environ.get("WICK_STEPS", "20")), 19 if seed % 5 == 0 else 2)
    with capsys.disabled():
        sys.stdout.write(f"\nseed {seed}: {dict(walk.did)}\n")
        for (should, did, why), count in walk.pessimism.most_common():
            sys.stdout.write(f"  {count} x {did}, where {should} would do: {why}\n")

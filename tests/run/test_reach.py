"""A declared lookback or horizon that is too short is found where the column is built."""

from __future__ import annotations

import pytest

from candlewick.commands.build import build
from candlewick.run.options import Options

OPAQUE = """
from candlewick.declare import opaque

@opaque(lookback={lookback})
def loop(close: pd.Series) -> pd.Series:
    return close.rolling(4).max()
"""
LABEL = """
from hamilton.function_modifiers import tag

@tag(horizon="{horizon}", lookback="{lookback}")
def up(close: pd.Series) -> pd.Series:
    return close.shift(-2) - close.shift(1)
"""


def built(tiny, lookback=3, horizon=2, before=1):
    files = {
        "features/m.py": OPAQUE.format(lookback=lookback),
        "labels/up.py": LABEL.format(horizon=horizon, lookback=before),
    }
    outcome = build(tiny(files), "build", Options(threads=1))
    return {result.name: (result.status, [error.code for error in result.errors]) for result in outcome.results}


def test_what_is_declared_is_enough(tiny):
    assert built(tiny)["m"] == ("BUILT", [])
    assert built(tiny, lookback=9, horizon=5, before=4)["up"] == ("BUILT", [])


@pytest.mark.parametrize(("model", "declared"), [
    ("m", {"lookback": 2}), ("up", {"horizon": 1}), ("up", {"before": 0}),
])  # fmt: skip
def test_what_is_too_short_is_an_error(tiny, model, declared):
    assert built(tiny, **declared)[model] == ("ERROR", ["node-reach"])

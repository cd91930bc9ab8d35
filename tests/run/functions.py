"""The functions and files of the project that random steps change, and what each of them may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Function:
    """One function of the project, as it is written now: ``bodies`` are what it may return, ``body`` is the one.

    In bodies and ``inputs`` the names of other functions stand in braces, for they may be renamed; ``beside`` are those
    that only bodies name.
    """

    name: str
    module: str
    inputs: str
    bodies: tuple[str, ...]
    decorator: str = ""
    group: str = ""
    body: int = 0
    comment: str = ""
    writing: int = 0
    returns: str = "pd.Series"
    beside: str = ""

    def needs(self) -> set[str]:
        return {name.strip("{}") for name in f"{self.inputs} {self.beside}".split() if "{" in name}

    def text(self, names: dict[str, str]) -> str:
        given = ", ".join(f"{name.format(**names)}: {_TYPES.get(name, 'pd.Series')}" for name in self.inputs.split())
        when = f'@config.when(enabled="{self.group}")\n' if self.group else ""
        comment = f"    # {self.comment}\n" if self.comment else ""
        head = f"{when}{self.decorator}def {self.name}({given}) -> {self.returns}:\n"
        return f"{head}{comment}{WRITINGS[self.writing].format(self.bodies[self.body].format(**names))}"


WRITINGS = (
    "    return {}\n",
    '    """What it is."""\n    return (\n        {}\n    )\n',
    "    result = {}\n    return result\n",
    "    found: object = {}\n\n    return found\n",
    "    value = {}\n    return value\n",
)
"""How the same can be said: the last three differ in the name of a variable, and one in a hint."""
_TYPES = dict.fromkeys(("train", "features", "{bands}", "{exits}"), "pd.DataFrame") | {"scale": "float"}


def label(horizon: int, lookback: int | None = 0) -> str:
    reach = "" if lookback is None else f', lookback="{lookback}"'
    return f'@tag(horizon="{horizon}"{reach})\n'


FUNCTIONS = (
    Function("ret", "features/moves", "close", ("close / close.shift(1) - 1", "close / close.shift(2) - 1")),
    Function("ema", "features/moves", "close", ("close.ewm(span=5, adjust=False).mean()", "close.ewm(span=9).mean()")),
    Function("dev", "features/moves", "{ret}", ("{ret}.rolling(WINDOW).std()", "{ret}.rolling(WINDOW + 1).std()")),
    Function("busy", "features/moves", "volume", ("volume > volume.shift(1)", "volume > volume.shift(2)")),
    Function("bulk", "features/moves", "volume", ("volume.rolling(4, min_periods=1).sum()", "volume.rolling(3).sum()")),
    Function("spread", "features/moves", "high low", ("_shared.width(high, low)", "_shared.width(high, low) * 2")),
    Function("gap", "features/child", "{ema} close", ("close - {ema}", "close - {ema} * _shared.FACTOR")),
    Function("after", "features/child", "{loop}", ("{loop}.cumsum()", "{loop}.cumsum() * 2")),
    Function("month", "features/child", "ts", ("ts.dt.month * 1.0", "ts.dt.day * 1.0")),
    Function("bands", "features/moves", "close", (
        'pd.DataFrame({{"top": close.rolling(3).max(), "mid": close.rolling(3).mean()}})',
        'pd.DataFrame({{"top": close.rolling(5).max(), "mid": close.rolling(3).mean()}})'), returns="pd.DataFrame"),
    Function("upper", "features/child", "{bands}", ('{bands}["top"] - {bands}["mid"]', '{bands}["mid"] * 1.0')),
    Function("total", "features/child", "volume", ("volume.cumsum()", "volume.fillna(0.0).cumsum()"), group="extra"),
    Function("peak", "features/sides", "high", ("high.cummax()", "high.rolling(6).max()"), group="extra"),
    Function("rank", "features/sides", "{ret}", ("{ret}.rolling(5).rank()", "{ret}.rolling(7).rank()"), group="rare"),
    Function("loop", "features/wild", "{ret} high", ("{ret}.rolling(2).max() * high", "{ret}.rolling(3).max() * high"),
             decorator="@opaque(lookback=3)\n"),
    Function("odd", "features/wild", "close", ("_shared.smooth(close)", "_shared.smooth(close) + 1"),
             decorator="@opaque(lookback=6)\n"),
    Function("far", "features/wild", "close", ("_far.far(close)", "_far.far(close) + 1"),
             decorator="@opaque(lookback=0)\n"),
    Function("chain", "features/wild", "{odd} volume", ("{odd} * volume.shift(1)", "{odd} - volume.shift(2)"),
             decorator="@opaque(lookback=2)\n", group="rare"),
    Function("up", "labels/ahead", "close {dev}", ("(close.shift(-2) / close - 1) / {dev}", "close.shift(-2) * {dev}"),
             decorator=label(2)),
    Function("best", "labels/ahead", "high {loop}", ("high.rolling(3).max().shift(-3) + {loop}", "high.shift(-3)"),
             decorator=label(3, None)),
    Function("calm", "labels/ahead", "close", (
        "close.rolling(3).mean().shift(-2)", "close.rolling(3).std().shift(-2)"), decorator=label(2, 3)),
    Function("exits", "labels/ahead", "close", (
        'pd.DataFrame({{"won": close.shift(-2) > close, "gain": close.shift(-2) - close}})',
        'pd.DataFrame({{"won": close.shift(-1) > close, "gain": close.shift(-2) - close}})'),
        decorator=label(2), returns="pd.DataFrame"),
    Function("won", "labels/ahead", "{exits}", ('{exits}["won"] * 1.0', '{exits}["gain"]'), decorator=label(2)),
    Function("ever", "labels/later", "close", ("close.iloc[-1] / close - 1", "close.max() - close")),
    Function("side", "labels/later", "close", (
        "pd.Series(np.where(close.shift(-2) > close, 1, -1), close.index)",
        "pd.Series(np.where(close.shift(-1) > close, 1.0, np.nan), close.index)"), decorator=label(2)),
    Function("touch", "labels/later", "ts", ("ts.shift(-2)", "ts.shift(-1)"), decorator=label(2)),
    Function("count", "labels/counts", "close", (
        '(close.shift(-1) > close).astype("int64")', "close.diff().round().shift(-1).fillna(0).astype('int64')"),
        decorator=label(1)),
    Function("center", "fit/pipeline", "train", ("train.median()", "train.mean()")),
    Function("scaled", "fit/pipeline", "features {center} scale", (
        "(features - {center}) * scale",
        '(features[["{ret}", "{ema}"]] - {center}[["{ret}", "{ema}"]]) * scale'), beside="{ret} {ema}", returns="pd.DataFrame"),
)  # fmt: skip
FIXED = {"center", "scaled"}  # what wick.yml names, or the fit cannot be without

HEADER = """import numpy as np
import pandas as pd
from hamilton.function_modifiers import config, tag

from candlewick.declare import opaque
from features import _far, _shared

WINDOW = {window}
"""
SHARED = """\"\"\"What several modules use.\"\"\"

FACTOR = {factor}
UNUSED = {unused}
DEPTH = {depth}


def width(high, low):
    return (high - low) * FACTOR


def smooth(column):
    return column.rolling(DEPTH).mean()
"""
FAR = """import walked_edited
import walked_installed


def far(column):
    return walked_installed.scale(column) + walked_edited.OFFSET
"""
YML = """name: tiny
candles: {{path: seeds/**/*.*, interval: 1d, gaps: allow, volume: optional, stamp: {stamp}}}
groups: {{baseline: [{baseline}]}}
split: {{train_end: {train_end}, folds: 2{label}}}
fit: {{output: scaled, settings: {{scale: {scale}}}}}
history: {history}
tests:
{tests}
"""
OTHERS = {
    "window": (3, 4, 6), "factor": (1.0, 2.0), "unused": (1, 2), "depth": (3, 5), "baseline": ("", "rare"),
    "train_end": ("2020-02-10", "2020-02-20"), "scale": (1.0, 2.5), "history": (5, 2, 0), "most": (1e9, 1e8),
}  # fmt: skip
"""What each setting may be: the first at first."""

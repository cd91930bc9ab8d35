"""The workload of the state benchmark: fifteen features in six models, as functions and as SQL that says the same.

Every feature is a bounded window, so that SQL can say it at all: what remembers for ever (an exponential mean) has no
incremental model. A window gives a value when it is full, in both.
"""

from __future__ import annotations

HEADER = "import pandas as pd\nfrom hamilton.function_modifiers import config\n\nS = pd.Series\n\n"

FUNCTIONS = {
    "returns": """
def ret_1(close: S) -> S:
    return close / close.shift(1) - 1


def ret_5(close: S) -> S:
    return close / close.shift(5) - 1
""",
    "volatility": """
def vol_20(ret_1: S) -> S:
    return ret_1.rolling(20).std()


def vol_60(ret_1: S) -> S:
    return ret_1.rolling(60).std()
""",
    "bands": """
def mean_20(close: S) -> S:
    return close.rolling(20).mean()


def z_20(close: S, mean_20: S) -> S:
    return (close - mean_20) / close.rolling(20).std()


def mean_200(close: S) -> S:
    return close.rolling(200).mean()


def z_200(close: S, mean_200: S) -> S:
    return (close - mean_200) / close.rolling(200).std()
""",
    "spans": """
def highest_55(high: S) -> S:
    return high.rolling(55).max()


def lowest_55(low: S) -> S:
    return low.rolling(55).min()


def position_55(close: S, highest_55: S, lowest_55: S) -> S:
    return (close - lowest_55) / (highest_55 - lowest_55)


def busy_30(volume: S) -> S:
    return volume / volume.rolling(30).mean()
""",
    "signal": """
def signal(z_20: S, vol_20: S, vol_60: S) -> S:
    return z_20 * vol_20 / vol_60


def calm(signal: S) -> S:
    return signal.rolling(10).mean()
""",
    "extra": """
@config.when(enabled="extra")
def extra_17(close: S) -> S:
    return close.rolling(17).mean()
""",
}
"""By model: what a project of candlewick has, and what plain pandas calls."""

LEAF = ("signal", "signal.rolling(10)", "signal.rolling(12)")
ROOT = ("returns", "close / close.shift(1)", "close / close.shift(2)")
"""The edits: model, text, other text."""


def over(rows: int) -> str:
    """The window of a feature in SQL: so many rows of one symbol, up to the present one."""
    return f"OVER (PARTITION BY symbol ORDER BY ts ROWS BETWEEN {rows - 1} PRECEDING AND CURRENT ROW)"


def full(what: str, column: str, rows: int) -> str:
    """An aggregate over a window that is full."""
    return f"CASE WHEN count({column}) {over(rows)} = {rows} THEN {what}({column}) {over(rows)} END"


def lag(rows: int) -> str:
    return f"close / lag(close, {rows}) OVER (PARTITION BY symbol ORDER BY ts) - 1"


def queries(lagged: int = 1, smoothed: int = 10) -> dict[str, tuple[str, dict[str, str], int]]:
    """By model: what it reads, its columns, and the rows before a new one that its windows reach back to."""
    z20 = f"(close - {full('avg', 'close', 20)}) / {full('stddev_samp', 'close', 20)}"
    z200 = f"(close - {full('avg', 'close', 200)}) / {full('stddev_samp', 'close', 200)}"
    low, high = full("min", "low", 55), full("max", "high", 55)
    return {
        "returns": ("candles", {"ret_1": lag(lagged), "ret_5": lag(5)}, 5),
        "volatility": (
            "returns",
            {"vol_20": full("stddev_samp", "ret_1", 20), "vol_60": full("stddev_samp", "ret_1", 60)},
            59,
        ),
        "bands": (
            "candles",
            {"mean_20": full("avg", "close", 20), "z_20": z20, "mean_200": full("avg", "close", 200), "z_200": z200},
            199,
        ),
        "spans": (
            "candles",
            {
                "highest_55": high,
                "lowest_55": low,
                "position_55": f"(close - {low}) / ({high} - {low})",
                "busy_30": f"volume / {full('avg', 'volume', 30)}",
            },
            54,
        ),
        "signal": (
            "(SELECT symbol, ts, z_20 * vol_20 / vol_60 AS s FROM {bands} JOIN {volatility} USING (symbol, ts))",
            {"signal": "s", "calm": full("avg", "s", smoothed)},
            smoothed - 1,
        ),
        "extra": ("candles", {"extra_17": full("avg", "close", 17)}, 16),
    }

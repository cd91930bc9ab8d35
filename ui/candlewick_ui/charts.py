"""The preview's chart: candles on top, one pane per feature below, all on one time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from candlewick.errors import NodeError
from candlewick.store.candles import load_candles
from candlewick.store.catalog import read_frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PANES = 3
MOST = 100_000
CANDLES, PANE, GAP, TOP, BOTTOM = 320, 130, 34, 16, 76  # pixels
RISE, FALL, LINE = "#2f8f6b", "#c8334a", "#4f74e8"
VALUES = {"scale": True, "splitLine": {"lineStyle": {"opacity": 0.35}}}
SMALL = {"fontSize": 12, "fontWeight": "normal"}


def preview_frame(
    store: Path, target: Path, symbol: str, features: Mapping[str, str], candles: int
) -> tuple[pd.DataFrame, int]:
    """The last ``candles`` candles of a symbol with features beside them, and how many candles came before.

    ``features`` maps a column to its model. Shape: one row per candle; ``ts`` as text (UTC), open, high, low, close,
    then a float column per feature; a candle without a value of a feature has none here either.

    Errors: StoreError and CandleError; NodeError ``preview-type`` for a column that holds no numbers.
    """
    every = load_candles(store, symbol)
    shown = every.iloc[-min(candles, MOST) :]
    times = pd.DatetimeIndex(shown.index)
    daily = bool((times == times.normalize()).all())
    columns: dict[str, Any] = {"ts": times.strftime("%Y-%m-%d" if daily else "%Y-%m-%d %H:%M")}
    columns |= {name: shown[name].to_numpy() for name in ("open", "high", "low", "close")}
    for name, model in features.items():
        values = read_frame(target, model, [name], symbol).set_index("ts")[name]
        try:
            numbers = values.astype("float64")
        except (TypeError, ValueError):
            raise NodeError(
                f"'{name}' holds {values.dtype}, which is no number", code="preview-type", hint="choose another column"
            ) from None
        columns[f"feature {name}"] = numbers.reindex(shown.index).to_numpy()
    return pd.DataFrame(columns), len(every) - len(shown)


def chart(
    frame: pd.DataFrame, features: Sequence[str], warm_ups: Mapping[str, int | None], before: int
) -> dict[str, Any]:
    """The ECharts option of the preview. Warm-up is counted from the symbol's first candle, ``before`` this frame."""
    panes = len(features)
    axes = range(panes + 1)
    times = {"type": "category", "boundaryGap": True, "axisTick": {"show": False}}
    return {
        "animation": False,
        "dataset": {"source": frame},
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "cross"}, "valueFormatter": "%.6g"},
        "grid": [_grid(pane) for pane in axes],
        "xAxis": [{**times, "gridIndex": pane, "axisLabel": {"show": pane == panes}} for pane in axes],
        "yAxis": [{**VALUES, "gridIndex": pane, "splitNumber": 2 if pane else 4} for pane in axes],
        "dataZoom": [
            {"type": "inside", "xAxisIndex": list(axes), "start": _opening(len(frame)), "end": 100},
            {"type": "slider", "xAxisIndex": list(axes), "bottom": 10, "height": 22},
        ],
        "title": [
            {"text": name, "left": 70, "top": _grid(pane + 1)["top"] - 20, "textStyle": SMALL}
            for pane, name in enumerate(features)
        ],
        "series": [
            _candles(),
            *(_line(pane + 1, name, warm_ups.get(name), before, frame) for pane, name in enumerate(features)),
        ],
    }  # fmt: skip


def chart_height(panes: int) -> int:
    """The height of a preview with that many feature panes. Units: pixels."""
    return TOP + CANDLES + panes * (PANE + GAP) + BOTTOM


def _grid(pane: int) -> dict[str, Any]:
    top = TOP if pane == 0 else TOP + CANDLES + GAP + (pane - 1) * (PANE + GAP)
    return {"left": 70, "right": 20, "top": top, "height": CANDLES if pane == 0 else PANE}


def _opening(rows: int) -> float:
    """Where the zoom opens: on the last few hundred candles, which is what a screen can show. Units: per cent."""
    return max(0.0, 100 - 100 * 400 / rows) if rows else 0.0


def _candles() -> dict[str, Any]:
    colours = {"color": RISE, "color0": FALL, "borderColor": RISE, "borderColor0": FALL}
    encode = {"x": "ts", "y": ["open", "close", "low", "high"]}
    return {"type": "candlestick", "name": "candles", "encode": encode, "large": True, "itemStyle": colours}


def _line(pane: int, name: str, warm_up: int | None, before: int, frame: pd.DataFrame) -> dict[str, Any]:
    series: dict[str, Any] = {
        "type": "line", "name": name, "xAxisIndex": pane, "yAxisIndex": pane, "showSymbol": False, "sampling": "lttb",
        "encode": {"x": "ts", "y": f"feature {name}"}, "lineStyle": {"width": 1.3, "color": LINE},
        "itemStyle": {"color": LINE},
    }  # fmt: skip
    end = min((warm_up or 0) - before, len(frame)) - 1
    if end >= 0:
        span = [{"xAxis": frame["ts"].iloc[0]}, {"xAxis": frame["ts"].iloc[end]}]
        series["markArea"] = {"silent": True, "itemStyle": {"color": "rgba(128, 134, 145, 0.18)"}, "data": [span]}
    return series

"""The preview's chart: candles on top, one pane per feature below, all on one time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from candlewick_ui.series import Series

PANES = 3
CANDLES, PANE, GAP, TOP, BOTTOM = 290, 104, 30, 12, 66  # pixels
RISE, FALL, BATCH, LIVE = "#2f8f6b", "#c8334a", "#4f74e8", "#e0701a"
SHADE = "rgba(128, 134, 145, 0.18)"
VALUES = {"scale": True, "splitLine": {"lineStyle": {"opacity": 0.35}}}
QUIET = ("#5b6472", "#9ca5b3")  # of axes, on light and on dark
SMALL = {"fontSize": 12, "fontWeight": "normal"}
OPENING = 400  # candles: about what a screen can show


def chart(
    series: Series,
    features: Sequence[str],
    warm_ups: Mapping[str, int | None],
    *,
    first: bool = False,
    dark: bool = False,
) -> dict[str, Any]:
    """The ECharts option of the preview. Warm-up is counted from the symbol's first candle.

    The zoom opens on the last few hundred candles; with ``first`` on the first ones, far enough to see the warm-up.
    """
    panes = len(features)
    axes = range(panes + 1)
    lines = [_lines(pane, name, warm_ups.get(name), series) for pane, name in enumerate(features, 1)]
    rows = len(series.frame)
    longest = max((warm_ups.get(name) or 0 for name in features), default=0)
    quiet = QUIET[dark]
    start, end = _opening(rows, max(OPENING, 2 * longest), first=first)
    return {
        "animation": False,
        "dataset": {"source": series.frame},
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "cross"}, "valueFormatter": "%.6g"},
        "grid": [_grid(pane) for pane in axes],
        "xAxis": [_time_axis(pane, quiet, last=pane == panes) for pane in axes],
        "yAxis": [_value_axis(pane, quiet) for pane in axes],
        "dataZoom": [
            {"type": "inside", "xAxisIndex": list(axes), "start": start, "end": end},
            {"type": "slider", "xAxisIndex": list(axes), "start": start, "end": end, "bottom": 8, "height": 20},
        ],
        "title": [
            {"text": name, "left": 70, "top": _grid(pane + 1)["top"] - 20, "textStyle": SMALL}
            for pane, name in enumerate(features)
        ],
        "series": [_candles(), *(line for pair in lines for line in pair)],
    }  # fmt: skip


def chart_height(panes: int) -> int:
    """The height of a preview with that many feature panes. Units: pixels."""
    return TOP + CANDLES + panes * (PANE + GAP) + BOTTOM


def _grid(pane: int) -> dict[str, Any]:
    top = TOP if pane == 0 else TOP + CANDLES + GAP + (pane - 1) * (PANE + GAP)
    return {"left": 70, "right": 20, "top": top, "height": CANDLES if pane == 0 else PANE}


def _value_axis(pane: int, quiet: str) -> dict[str, Any]:
    return {**VALUES, "gridIndex": pane, "splitNumber": 2 if pane else 4, "axisLabel": {"color": quiet}}


def _time_axis(pane: int, quiet: str, *, last: bool) -> dict[str, Any]:
    """Every pane has one, and all move together; only the last shows times."""
    return {
        "type": "category", "boundaryGap": True, "gridIndex": pane, "axisTick": {"show": False},
        "axisLabel": {"show": last, "color": quiet}, "axisPointer": {"label": {"show": last}},
    }  # fmt: skip


def _opening(rows: int, shown: int, *, first: bool) -> tuple[float, float]:
    """Where the zoom opens. Units: per cent of the candles."""
    share = min(100.0, 100 * shown / rows) if rows else 100.0
    return (0.0, share) if first else (100 - share, 100.0)


def _candles() -> dict[str, Any]:
    colours = {"color": RISE, "color0": FALL, "borderColor": RISE, "borderColor0": FALL}
    prices = ["open", "close", "low", "high"]
    encode = {"x": "ts", "y": prices, "tooltip": prices}
    return {"type": "candlestick", "name": "candles", "encode": encode, "large": True, "itemStyle": colours}


def _lines(pane: int, name: str, warm_up: int | None, series: Series) -> list[dict[str, Any]]:
    """The batch values as a line, and the live ones as a broad band under it: where they differ, the band shows."""
    frame = series.frame
    batch = _line(pane, "batch", name, BATCH, {"width": 1.4})
    end = min((warm_up or 0) - series.before, len(frame)) - 1
    if end >= 0:
        span = [{"xAxis": frame["ts"].iloc[0]}, {"xAxis": frame["ts"].iloc[end]}]
        batch["markArea"] = {"silent": True, "itemStyle": {"color": SHADE}, "data": [span]}
    live = _line(pane, "live", name, LIVE, {"width": 7, "opacity": 0.45})
    return [live, batch] if f"live {name}" in frame else [batch]


def _line(pane: int, kind: str, name: str, colour: str, style: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "line", "name": f"{name} {kind}", "xAxisIndex": pane, "yAxisIndex": pane, "showSymbol": False,
        "sampling": "lttb", "encode": {"x": "ts", "y": f"{kind} {name}"}, "lineStyle": {**style, "color": colour},
        "itemStyle": {"color": colour},
    }  # fmt: skip

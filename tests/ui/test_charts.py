from __future__ import annotations

import numpy as np
import pytest

from candlewick.errors import CandleError, StoreError
from candlewick_ui.charts import chart, chart_height, preview_frame


def test_candles_and_features_stand_side_by_side(alive):
    frame, before = preview_frame(alive.store, alive.target, "AAA", {"move": "moves", "up": "moves"}, 10)
    assert (len(frame), before) == (10, 18)
    assert list(frame) == ["ts", "open", "high", "low", "close", "feature move", "feature up"]
    assert frame["ts"].iloc[-1] == "2020-01-28"  # daily candles show no hour
    assert frame["feature move"].iloc[-1] == pytest.approx(129 / 127 - 1)
    assert set(frame["feature up"]) <= {0.0, 1.0}


def test_missing_values_stay_missing(alive):
    frame, before = preview_frame(alive.store, alive.target, "AAA", {"move": "moves"}, 1000)
    assert before == 0
    assert np.isnan(frame["feature move"].iloc[0])


def test_warm_up_is_shaded_from_the_first_candle_on(alive):
    frame, _ = preview_frame(alive.store, alive.target, "AAA", {"move": "moves"}, 1000)

    def shaded(warm_up, before=0):
        series = chart(frame, ["move"], {"move": warm_up}, before)["series"][1]
        return [edge["xAxis"] for edge in series["markArea"]["data"][0]] if "markArea" in series else None

    assert shaded(5) == ["2020-01-01", "2020-01-05"]
    assert shaded(None) is shaded(0) is None
    assert shaded(5, before=3) == ["2020-01-01", "2020-01-02"]
    assert shaded(5, before=5) is None
    assert shaded(1000) == ["2020-01-01", "2020-01-28"]


def test_every_pane_has_its_axes_and_all_zoom_together(alive):
    frame, _ = preview_frame(alive.store, alive.target, "AAA", {}, 1000)
    option = chart(frame, ["a", "b", "c"], {}, 0)
    assert len(option["grid"]) == len(option["xAxis"]) == len(option["yAxis"]) == len(option["series"]) == 4
    assert all(zoom["xAxisIndex"] == [0, 1, 2, 3] for zoom in option["dataZoom"])
    bottoms = [grid["top"] + grid["height"] for grid in option["grid"]]
    assert all(top["top"] > bottom for top, bottom in zip(option["grid"][1:], bottoms, strict=False))
    assert chart_height(3) > bottoms[-1]


def test_an_unknown_symbol_and_an_unknown_column_are_refused(alive):
    with pytest.raises(CandleError, match="'; DROP"):
        preview_frame(alive.store, alive.target, "'; DROP TABLE candles; --", {}, 10)
    with pytest.raises(StoreError, match="no column"):
        preview_frame(alive.store, alive.target, "AAA", {'m" FROM x; --': "moves"}, 10)

from __future__ import annotations

import pandas as pd
import pytest

from candlewick.errors import CandleError, StoreError
from candlewick_ui.charts import chart, chart_height
from candlewick_ui.series import Series, Stretch, load_series

DAYS = [f"2020-01-{day:02d}" for day in range(1, 29)]


def series(before: int = 0) -> Series:
    return Series(pd.DataFrame({"ts": DAYS, "batch move": 1.0, "live move": 1.0}), before)


def test_warm_up_is_shaded_from_the_first_candle_on():
    def shaded(warm_up, before=0):
        drawn = chart(series(before), ["move"], {"move": warm_up})["series"]
        (line,) = [each for each in drawn if each["name"] == "move batch"]
        return [edge["xAxis"] for edge in line["markArea"]["data"][0]] if "markArea" in line else None

    assert shaded(5) == ["2020-01-01", "2020-01-05"]
    assert shaded(None) is shaded(0) is None
    assert shaded(5, before=3) == ["2020-01-01", "2020-01-02"]
    assert shaded(5, before=5) is None
    assert shaded(1000) == ["2020-01-01", "2020-01-28"]


def test_live_values_lie_under_the_batch_where_there_are_some():
    drawn = chart(series(), ["move", "other"], {})["series"]
    assert [line["name"] for line in drawn] == ["candles", "move live", "move batch", "other batch"]


def test_every_pane_has_its_axes_and_all_zoom_together():
    option = chart(series(), ["a", "b", "c"], {})
    assert len(option["grid"]) == len(option["xAxis"]) == len(option["yAxis"]) == len(option["series"]) == 4
    assert all(zoom["xAxisIndex"] == [0, 1, 2, 3] for zoom in option["dataZoom"])
    bottoms = [grid["top"] + grid["height"] for grid in option["grid"]]
    assert all(top["top"] > bottom for top, bottom in zip(option["grid"][1:], bottoms, strict=False))
    assert chart_height(3) > bottoms[-1]


def test_the_zoom_opens_on_the_end_or_far_enough_to_see_the_warm_up():
    many = Series(pd.DataFrame({"ts": range(10_000), "batch move": 1.0}), 0)
    assert [chart(many, ["move"], {"move": 5})["dataZoom"][0][edge] for edge in ("start", "end")] == [96, 100]
    first = chart(many, ["move"], {"move": 500}, first=True)["dataZoom"][0]
    assert (first["start"], first["end"]) == (0, 10)


def test_an_unknown_symbol_and_an_unknown_column_are_refused(alive):
    with pytest.raises(CandleError, match="'; DROP"):
        load_series(alive.store, alive.target, "'; DROP TABLE candles; --", {}, Stretch(10), None)
    with pytest.raises(StoreError, match="no column"):
        load_series(alive.store, alive.target, "AAA", {'m" FROM x; --': "moves"}, Stretch(10), None)

"""What a fit learns, from which rows, and what it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candlewick.errors import WickError
from candlewick.project.streaming import trace_features
from candlewick.run.fit_parity import check_fit_parity, computed_features
from candlewick.run.fitting import fit_project, warm_up

from ..effort import examples
from .conftest import LABELS

END = pd.Timestamp("2020-04-30 23:59", tz="UTC")
COLUMNS = ["ret", "ema", "up", "flow"]


def fit(dag, market):
    return fit_project(dag, market.items(), threads=2)


def test_rows_are_pooled_after_the_warm_up_up_to_the_end_of_the_last_day(fit_dag, market):
    dag = fit_dag()
    found = fit(dag, market)
    warm = warm_up(dag, trace_features(dag))
    assert warm >= 4
    pooled = pd.concat(
        computed_features(found, symbol, frame).iloc[warm:].loc[:END] for symbol, frame in market.items()
    )
    window = found.fitted.window
    assert (window.rows, window.warm_up) == (len(pooled), warm)
    assert dict(window.symbols) == {symbol: int((frame.index[warm:] <= END).sum()) for symbol, frame in market.items()}
    assert window.last_ts == pd.Timestamp("2020-04-30", tz="UTC").value // 10**6
    np.testing.assert_allclose(
        [found.fitted.parameters["center"][name] for name in COLUMNS], pooled.mean()[COLUMNS], rtol=1e-12
    )
    assert found.fitted.parameters["fill"]["up"] in {0.0, 0.5, 1.0}  # truth values are numbers in a fit


def test_output_program_and_hamilton_agree_after_the_end_too(fit_dag, market):
    dag = fit_dag()
    found = fit(dag, market)
    assert found.fitted.columns == tuple(COLUMNS)
    parity = check_fit_parity(found, market.items())
    assert parity.rows == 350
    assert parity.largest < 1e-12
    assert dict(found.fitted.lineage) == {name: (name,) for name in COLUMNS}


@examples(3)
@given(seed=st.integers(0, 2**32 - 1), cut=st.booleans())
def test_no_parameter_changes_when_the_rows_after_the_end_change(fit_dag, market, seed, cut):
    fitted = (
        "def rows(train: pd.DataFrame, outcome: pd.Series) -> pd.DataFrame:\n    return train[outcome > 0]\n"
        "def center(rows: pd.DataFrame) -> pd.Series:\n    return rows.mean()\n"
        "def out(features: pd.DataFrame, center: pd.Series) -> pd.DataFrame:\n    return features.fillna(0.0) - center\n"
    )
    dag = fit_dag(fitted)
    rng = np.random.default_rng(seed)
    changed = {}
    for symbol, frame in market.items():
        after = frame.index > END
        changed[symbol] = (
            frame[~after] if cut else frame.mul(np.where(after, rng.lognormal(0, 1, len(frame)), 1.0), axis=0)
        )
    first, second = fit(dag, market).fitted, fit(dag, changed).fitted
    assert first.parameters == second.parameters
    assert first.fingerprint == second.fingerprint
    assert first.window.unlabelled == 6  # three rows of each symbol whose outcome lies behind the end


def test_a_changed_training_row_changes_the_fit(fit_dag, market):
    dag = fit_dag()
    before = fit(dag, market).fitted.fingerprint
    market["AAA"].iloc[60] *= 1.5
    assert fit(dag, market).fitted.fingerprint != before


@pytest.mark.parametrize(("label", "left_out"), [("outcome", 3), ("later", 2)])
def test_rows_whose_label_is_not_known_by_the_end_are_left_out(fit_dag, market, label, left_out):
    """By its touch time, and without one by its horizon."""
    fitted = (
        f"def rows(train: pd.DataFrame, {label}: pd.Series) -> float:\n    assert {label}.notna().all()\n"
        "    return float(len(train))\n"
        "def out(features: pd.DataFrame, rows: float) -> pd.DataFrame:\n    return features * rows\n"
    )
    found = fit(fit_dag(fitted), market).fitted
    everything = fit(fit_dag(), market).fitted.window.rows
    assert found.parameters["rows"] == everything - 2 * left_out
    assert found.window.unlabelled == 2 * left_out


def test_without_a_fit_the_output_is_the_features(fit_dag, market):
    found = fit(fit_dag(fit=None), market).fitted
    assert found.graph is found.features
    assert found.columns == tuple(COLUMNS)
    assert (found.parameters, found.window) == ({}, None)


def test_an_opaque_feature_is_fitted_and_named(fit_dag, market):
    features = """
from candlewick.declare import opaque

@opaque(lookback=2)
def odd(close: pd.Series) -> pd.Series:
    return pd.Series([float(x) for x in close], index=close.index).shift(2)

def ret(close: pd.Series) -> pd.Series:
    return close.pct_change()
"""
    found = fit(fit_dag(features=features), market)
    assert found.fitted.opaque == ("odd",)
    assert found.fitted.columns == ("odd", "ret")
    assert found.fitted.window.warm_up == 2
    assert found.fitted.lineage["odd"] == ("odd",)
    assert check_fit_parity(found, market.items()).largest < 1e-12


def test_a_fit_is_plain_data_without_a_lost_digit(fit_dag, market):
    found = fit(fit_dag(), market).fitted
    plain = found.to_plain()
    assert {name: float.fromhex(text) for name, text in plain["parameters"]["center"]["columns"].items()} == (
        found.parameters["center"]
    )
    assert plain["window"]["train_end"] == pd.Timestamp("2020-05-01", tz="UTC").value // 10**6 - 1


OUT = "def out(features: pd.DataFrame, x: {type}) -> pd.DataFrame:\n    return features * 1.0\n"
REFUSED = {
    "raises": ("def x(train: pd.DataFrame) -> float:\n    return train['nix'].mean()\n" + OUT.format(type="float"),
               "fit-raised", "fit/m.py:5"),
    "a value per row": ("def x(train: pd.DataFrame) -> pd.Series:\n    return train.mean(axis=1)\n"
                        + OUT.format(type="pd.Series"), "fit-value", "fit/m.py:4"),
    "NaN": ("def x(train: pd.DataFrame) -> float:\n    return float('nan')\n" + OUT.format(type="float"),
            "fit-value", "fit/m.py:4"),
    "ends the process": ("def x(train: pd.DataFrame) -> float:\n    raise SystemExit(0)\n" + OUT.format(type="float"),
                         "fit-raised", "fit/m.py:5"),
    "too large": ("def x(train: pd.DataFrame) -> int:\n    return 10**400\n" + OUT.format(type="int"),
                  "fit-value", "fit/m.py:4"),
    "no list": ("def x(train: pd.DataFrame) -> list[str]:\n    return train.columns\n" + OUT.format(type="list[str]"),
                "fit-value", "fit/m.py:4"),
    "a mean over all rows": ("def out(features: pd.DataFrame) -> pd.DataFrame:\n    return features - features.mean()\n",
                             "trace-whole-column", "fit/m.py:5"),
    "no column": ("def out(features: pd.DataFrame) -> pd.DataFrame:\n    return features[[]]\n",
                  "fit-no-columns", "fit/m.py:4"),
    "a column that is not there": (
        "def out(features: pd.DataFrame) -> pd.DataFrame:\n    return features[['nix']]\n",
        "trace-unknown-column", "fit/m.py:5"),
    "no frame": ("def out(features: pd.DataFrame) -> pd.DataFrame:\n    return 3\n", "trace-not-a-frame", "fit/m.py:4"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(fit_dag, market, name):
    text, code, place = REFUSED[name]
    with pytest.raises(WickError) as caught:
        fit(fit_dag(text), market)
    assert caught.value.code == code, str(caught.value)
    assert str(caught.value.where[0]) == place
    assert caught.value.hint


def test_a_truth_value_is_fitted_as_numpy_gives_it(fit_dag, market):
    fitted = (
        "def x(train: pd.DataFrame) -> bool:\n    return train['ret'].mean() > -1\n"
        "def out(features: pd.DataFrame, x: bool) -> pd.DataFrame:\n    return features * (2.0 if x else 1.0)\n"
    )
    assert fit(fit_dag(fitted), market).fitted.parameters == {"x": True}


@pytest.mark.parametrize(
    ("returned", "says"),
    [("ts.shift(1)", "'exit_time' is 2020-01-01 at 2020-01-02"), ("close", "'exit_time' is float64")],
)
def test_a_touch_time_that_cannot_be_one_is_refused(fit_dag, market, returned, says):
    fitted = (
        "def x(train: pd.DataFrame, outcome: pd.Series) -> float:\n    return float(outcome.mean())\n"
        "def out(features: pd.DataFrame, x: float) -> pd.DataFrame:\n    return features * x\n"
    )
    dag = fit_dag(fitted, labels=LABELS.replace("ts.shift(-3)", returned))
    with pytest.raises(WickError) as caught:
        fit(dag, market)
    assert (caught.value.code, says in caught.value.what.replace(" 00:00", "")) == ("label-touch", True)
    assert caught.value.where[0].file == "labels/l.py"


def test_a_horizon_longer_than_the_candles_leaves_no_row(fit_dag, market):
    fitted = (
        "def x(train: pd.DataFrame, later: pd.Series) -> float:\n    return float(later.mean())\n"
        "def out(features: pd.DataFrame, x: float) -> pd.DataFrame:\n    return features * x\n"
    )
    dag = fit_dag(fitted, labels=LABELS.replace('horizon="2"', f'horizon="{10**30}"'))
    with pytest.raises(WickError) as caught:
        fit(dag, market)
    assert caught.value.code == "fit-no-rows"


def test_no_row_left(fit_dag, market):
    with pytest.raises(WickError, match="no row is left") as caught:
        fit(fit_dag(), {"AAA": market["AAA"].iloc[:3]})
    assert caught.value.code == "fit-no-rows"


def test_a_transform_whose_columns_depend_on_values_differs_from_its_trace(fit_dag, market):
    """On real frames it drops a column that the stand-in, which has no values, keeps."""
    text = (
        "import contextlib\n"
        "def out(features: pd.DataFrame) -> pd.DataFrame:\n"
        "    return features[[c for c in features.columns if c != 'up' or type(features[c]).__name__ != 'Series']]\n"
    )
    with pytest.raises(WickError, match="has other columns for AAA") as caught:
        check_fit_parity(fit(fit_dag(text), market), market.items())
    assert caught.value.code == "fit-columns-differ"


def test_a_transform_that_fails_on_real_frames_is_told_at_its_line(fit_dag, market):
    text = (
        "def out(features: pd.DataFrame) -> pd.DataFrame:\n"
        "    return features * {'DataFrame': None}.get(type(features).__name__, 1.0)\n"
    )
    with pytest.raises(WickError) as caught:
        check_fit_parity(fit(fit_dag(text), market), market.items())
    assert (caught.value.code, str(caught.value.where[0])) == ("fit-raised", "fit/m.py:5")


def test_a_transform_that_is_another_on_real_frames_is_caught(fit_dag, market):
    text = (
        "def out(features: pd.DataFrame) -> pd.DataFrame:\n"
        "    real = type(features).__name__ == 'DataFrame'\n"
        "    return features * (1.0 + 1e-6 * real)\n"
    )
    with pytest.raises(WickError, match="through Hamilton") as caught:
        check_fit_parity(fit(fit_dag(text), market), market.items())
    assert caught.value.code == "fit-parity"

"""Each trap fools a careless fit; each is named."""

from __future__ import annotations

import pytest

from candlewick.errors import WickError
from candlewick.run.fit_parity import check_fit_parity
from candlewick.run.fitting import fit_project

SELECT = "def kept(variances: pd.Series) -> list[str]:\n    return list(variances.index[variances > 0.5])\n"
OUT = "def out(features: pd.DataFrame, kept: list[str]) -> pd.DataFrame:\n    return features[kept]\n"
SCALERS = {
    "standard": "(train - train.mean()) / train.std(ddof=0)",
    "sample": "(train - train.mean()) / train.std()",
    "min_max": "(train - train.min()) / (train.max() - train.min())",
    "robust": "(train - train.median()) / (train.quantile(0.75) - train.quantile(0.25))",
}
FEATURES = """
def ret(close: pd.Series) -> pd.Series:
    return close.pct_change()

def wide(high: pd.Series, low: pd.Series) -> pd.Series:
    return (high - low) / low
"""


def fit(dag, market):
    return fit_project(dag, market.items()).fitted


@pytest.mark.parametrize("scaler", SCALERS)
def test_selection_after_scaling_is_refused(fit_dag, market, scaler):
    text = (
        f"def scaled(train: pd.DataFrame) -> pd.DataFrame:\n    return {SCALERS[scaler]}\n"
        "def variances(scaled: pd.DataFrame) -> pd.Series:\n    return scaled.var() / scaled.abs().mean()\n"
    ) + SELECT + OUT  # fmt: skip
    with pytest.raises(WickError, match="'kept' selects columns after scaling: of 'scaled'") as caught:
        fit(fit_dag(text, FEATURES), market)
    assert caught.value.code == "fit-selection-after-scaling"
    assert str(caught.value.where[0]) == "fit/m.py:8"
    assert "before scaling" in caught.value.hint


def test_variances_of_one_are_refused_wherever_they_come_from(fit_dag, market):
    text = "def variances(train: pd.DataFrame) -> pd.Series:\n    return (train / train.std()).var()\n" + SELECT + OUT
    with pytest.raises(WickError, match="of 'variances' all values are 1"):
        fit(fit_dag(text), market)


def test_selection_before_scaling_is_fine(fit_dag, market):
    text = (
        "def variances(train: pd.DataFrame) -> pd.Series:\n    return train.var()\n" + SELECT
        + "def scaled(train: pd.DataFrame, kept: list[str]) -> pd.DataFrame:\n    return train[kept] / train[kept].std()\n"
        "def out(features: pd.DataFrame, kept: list[str]) -> pd.DataFrame:\n    return features[kept]\n"
    )  # fmt: skip
    assert fit(fit_dag(text), market).columns == ("ema", "flow")


def test_selecting_everything_and_nothing(fit_dag, market):
    text = "def variances(train: pd.DataFrame) -> pd.Series:\n    return train.var()\n" + SELECT + OUT
    found = fit(fit_dag(text.replace("0.5", "-1")), market).findings
    assert [finding.code for finding in found] == ["fit-selection-idle"]
    with pytest.raises(WickError, match="keeps no column") as caught:
        fit(fit_dag(text.replace("0.5", "1e99")), market)
    assert caught.value.code == "fit-selection-empty"


PLAIN = "def out(features: pd.DataFrame) -> pd.DataFrame:\n    return features.fillna(0.0)\n"


def test_constant_columns_are_named(fit_dag, market):
    features = "def flat(close: pd.Series) -> pd.Series:\n    return close * 0.0 + 7.0\n" + FEATURES
    (finding,) = fit(fit_dag(PLAIN, features), market).findings
    assert (finding.code, finding.names) == ("fit-constant", ("flat",))


def test_columns_without_any_value_are_refused(fit_dag, market):
    features = FEATURES + "def never(close: pd.Series) -> pd.Series:\n    return close.where(close < 0)\n"
    with pytest.raises(WickError, match="no training row has a value of never") as caught:
        fit(fit_dag(PLAIN, features), market)
    assert caught.value.code == "fit-all-missing"
    assert str(caught.value.where[0]).startswith("features/f.py")


def test_columns_that_differ_between_symbols_are_named(fit_dag, market):
    market["BBB"]["volume"] = float("nan")
    (finding,) = fit(fit_dag(PLAIN), market).findings
    assert (finding.code, finding.names) == ("fit-columns-differ", ("flow",))
    assert "BBB has no value of flow" in finding.message


def test_an_output_that_is_missing_or_infinite_is_named(fit_dag, market):
    text = (
        "def spread(train: pd.DataFrame) -> pd.Series:\n    return train.std() * 0.0\n"
        "def out(features: pd.DataFrame, spread: pd.Series) -> pd.DataFrame:\n"
        "    return (features / spread).assign(ret=features['flow'])\n"
    )
    parity = check_fit_parity(fit_project(fit_dag(text), market.items()), market.items())
    assert [finding.code for finding in parity.findings] == ["fit-output-infinite", "fit-output-missing"]
    infinite, missing = parity.findings
    assert "ema" in infinite.names
    assert "ret" not in infinite.names
    assert "ret" in missing.names


def test_a_symbol_without_rows_is_named(fit_dag, market):
    market["CCC"] = market["AAA"].iloc[:2]
    (finding,) = fit(fit_dag(PLAIN), market).findings
    assert (finding.code, finding.names) == ("fit-symbol-without-rows", ("CCC",))

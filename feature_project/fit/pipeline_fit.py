"""The fit: fill what is missing, select columns, bring them to one scale. In that order, and the order matters.

Functions of `train` learn from the training rows: features of all symbols as float64, under an index of symbol and ts,
after each symbol's warm-up and up to split.train_end. Functions of `features` transform every row, and run live with
what was learned. What both halves do alike is one helper. `wick.yml` chooses the variants and their numbers under
fit: settings:.

Selection comes before scaling: scaled columns vary alike, so a selection after it keeps everything, or anything.
"""

import pandas as pd
from hamilton.function_modifiers import config

# ---- fill what is missing


@config.when_in(imputer=["median", "forward_fill"])
def fill_values__median(train: pd.DataFrame) -> pd.Series:
    """Median of each feature over the training rows.

    Shape: one value per feature
    Units: those of the feature
    NaN: none; missing values are skipped
    Source: Little & Rubin 2019, Statistical Analysis with Missing Data, ch. 4
    """
    return train.median()


@config.when(imputer="mean")
def fill_values__mean(train: pd.DataFrame) -> pd.Series:
    """Mean of each feature over the training rows.

    Shape: one value per feature
    Units: those of the feature
    NaN: none; missing values are skipped
    Source: Little & Rubin 2019, Statistical Analysis with Missing Data, ch. 4
    """
    return train.mean()


@config.when(imputer="constant")
def fill_values__constant(train: pd.DataFrame, fill_constant: float) -> pd.Series:
    """The same number for every feature.

    Shape: one value per feature
    Units: those of the feature
    NaN: none
    Source: Little & Rubin 2019, Statistical Analysis with Missing Data, ch. 4
    """
    return pd.Series(fill_constant, index=train.columns)


@config.when_in(imputer=["median", "mean", "constant"])
def imputed_train__by_value(train: pd.DataFrame, fill_values: pd.Series) -> pd.DataFrame:
    """Training rows with their missing values filled.

    Shape: one row per training row, one column per feature
    Units: those of the feature
    NaN: none
    Source: as fill_values
    """
    return train.fillna(fill_values)


@config.when(imputer="forward_fill")
def imputed_train__forward_fill(train: pd.DataFrame, fill_values: pd.Series) -> pd.DataFrame:
    """Training rows, each missing value filled with the last one of its symbol, or else with the median.

    Shape: one row per training row, one column per feature
    Units: those of the feature
    NaN: none
    Source: last observation carried forward; Little & Rubin 2019, ch. 4
    """
    return train.groupby(level="symbol").ffill().fillna(fill_values)


@config.when_in(imputer=["median", "mean", "constant"])
def imputed__by_value(features: pd.DataFrame, fill_values: pd.Series) -> pd.DataFrame:
    """Features with their missing values filled by what the training rows gave.

    Shape: one row per candle, one column per feature
    Units: those of the feature
    NaN: none
    Source: as fill_values
    """
    return features.fillna(fill_values)


@config.when(imputer="forward_fill")
def imputed__forward_fill(features: pd.DataFrame, fill_values: pd.Series) -> pd.DataFrame:
    """Features, each missing value filled with the last one there was, or else with the training rows' median.

    Shape: one row per candle, one column per feature
    Units: those of the feature
    NaN: none
    Source: last observation carried forward; Little & Rubin 2019, ch. 4
    """
    return features.ffill().fillna(fill_values)


# ---- select columns


def variances(imputed_train: pd.DataFrame) -> pd.Series:
    """Variance of each feature over the square of its mean size, so that units do not decide.

    Shape: one value per feature, 0 or more; 0 for a constant
    Units: none
    NaN: none; a feature that is 0 throughout has 0
    Source: squared coefficient of variation, with the mean of absolute values in place of the mean
    """
    size = imputed_train.abs().mean()
    return imputed_train.var(ddof=0) / size.where(size > 0, 1.0) ** 2


@config.when(selection="top_k")
def kept__top_k(variances: pd.Series, top_k: int) -> list[str]:
    """The features that vary most, top_k of them; no constant one.

    Shape: names of features, in their own order; of equals the first by name
    Units: none
    NaN: none
    Source: variance filter; Guyon & Elisseeff 2003
    """
    ranked = variances[variances > 0].sort_index().sort_values(ascending=False, kind="stable")
    chosen = set(ranked.index[: max(top_k, 0)])
    return [name for name in variances.index if name in chosen]


@config.when(selection="threshold")
def kept__threshold(variances: pd.Series, min_variance: float) -> list[str]:
    """The features that vary more than min_variance.

    Shape: names of features, in their own order
    Units: none
    NaN: none
    Source: variance filter; Guyon & Elisseeff 2003
    """
    return list(variances.index[variances > min_variance])


def selected(imputed: pd.DataFrame, kept: list[str]) -> pd.DataFrame:
    """The features that were kept.

    Shape: one row per candle, one column per feature kept
    Units: those of the feature
    NaN: none
    Source: as kept
    """
    return imputed[kept]


# ---- bring them to one scale


@config.when_in(normalizer=["standard", "clip"])
def center__standard(imputed_train: pd.DataFrame, kept: list[str]) -> pd.Series:
    """Mean of each feature kept.

    Shape: one value per feature kept
    Units: those of the feature
    NaN: none
    Source: standard score
    """
    return imputed_train[kept].mean()


@config.when_in(normalizer=["standard", "clip"])
def spread__standard(imputed_train: pd.DataFrame, kept: list[str]) -> pd.Series:
    """Population standard deviation of each feature kept.

    Shape: one value per feature kept, above 0
    Units: those of the feature
    NaN: none
    Source: standard score
    """
    return imputed_train[kept].std(ddof=0)


@config.when(normalizer="robust")
def center__robust(imputed_train: pd.DataFrame, kept: list[str]) -> pd.Series:
    """Median of each feature kept.

    Shape: one value per feature kept
    Units: those of the feature
    NaN: none
    Source: Huber 1981, Robust Statistics
    """
    return imputed_train[kept].median()


@config.when(normalizer="robust")
def spread__robust(imputed_train: pd.DataFrame, kept: list[str]) -> pd.Series:
    """Interquartile range of each feature kept; 1 where the quartiles are equal, which leaves the feature's own unit.

    Shape: one value per feature kept, above 0
    Units: those of the feature
    NaN: none
    Source: Huber 1981, Robust Statistics
    """
    rows = imputed_train[kept]
    return _positive(rows.quantile(0.75) - rows.quantile(0.25))


@config.when(normalizer="min_max")
def center__min_max(imputed_train: pd.DataFrame, kept: list[str]) -> pd.Series:
    """Smallest value of each feature kept.

    Shape: one value per feature kept
    Units: those of the feature
    NaN: none
    Source: min-max scaling
    """
    return imputed_train[kept].min()


@config.when(normalizer="min_max")
def spread__min_max(imputed_train: pd.DataFrame, kept: list[str]) -> pd.Series:
    """Range of each feature kept.

    Shape: one value per feature kept, above 0
    Units: those of the feature
    NaN: none
    Source: min-max scaling
    """
    rows = imputed_train[kept]
    return _positive(rows.max() - rows.min())


@config.when_in(normalizer=["standard", "robust", "min_max"])
def normalized__plain(selected: pd.DataFrame, center: pd.Series, spread: pd.Series) -> pd.DataFrame:
    """The features kept, less their center, over their spread: the vector that live trading emits.

    Shape: one row per candle, one column per feature kept
    Units: spreads
    NaN: none
    Source: as center and spread
    """
    return (selected - center) / spread


@config.when(normalizer="clip")
def normalized__clip(selected: pd.DataFrame, center: pd.Series, spread: pd.Series, clip_at: float) -> pd.DataFrame:
    """The features kept, as standard scores no further than clip_at from 0.

    Shape: one row per candle, one column per feature kept, between -clip_at and clip_at
    Units: standard deviations
    NaN: none
    Source: winsorised standard score
    """
    return ((selected - center) / spread).clip(-clip_at, clip_at)


def _positive(spread: pd.Series) -> pd.Series:
    return spread.where(spread > 0, 1.0)

"""The fit's contract: what its functions may read and return, and the settings that choose among them."""

from __future__ import annotations

import pandas as pd
import pytest

from candlewick.errors import WickError
from candlewick.project.dag import load_dag

FEATURE = "def ret(close: pd.Series) -> pd.Series:\n    return close.pct_change()\n"
MEAN = "def mean(train: pd.DataFrame) -> pd.Series:\n    return train.mean()\n"
OUT = "def out(features: pd.DataFrame, mean: pd.Series) -> pd.DataFrame:\n    return features - mean\n"
YML = """
name: tiny
candles: {path: seeds/*.csv, interval: 1d}
split: {train_end: 2020-02-01}
fit: {output: out, settings: {SETTINGS}}
"""


def load(make_project, fit, settings="", feature=FEATURE, **files):
    texts = {
        "features/f.py": feature,
        "fit/m.py": fit,
        **{name.replace("_py", ".py"): text for name, text in files.items()},
    }
    return load_dag(make_project(texts, YML.replace("SETTINGS", settings)), environ={})


def test_the_halves(make_project):
    label = "from hamilton.function_modifiers import tag\n@tag(horizon='1')\ndef up(close: pd.Series) -> pd.Series:\n    return close.shift(-1)\n"
    fit = (
        "def rows(train: pd.DataFrame, up: pd.Series) -> pd.DataFrame:\n    return train[up > 0]\n"
        "def mean(rows: pd.DataFrame) -> pd.Series:\n    return rows.mean()\n"
        "def half(features: pd.DataFrame) -> pd.DataFrame:\n    return features / 2\n"
        "def share() -> float:\n    return 0.5\n"
        "def out(half: pd.DataFrame, mean: pd.Series, share: float) -> pd.DataFrame:\n    return (half - mean) * share\n"
    )
    project = make_project(
        {"features/f.py": FEATURE, "labels/l.py": label, "fit/m.py": fit}, YML.replace("SETTINGS", "")
    )
    dag = load_dag(project, environ={})
    contract = dag.contract
    assert contract.fitting == ("rows", "mean", "share")
    assert contract.transforms == ("half", "out")
    assert contract.parameters == ("mean", "share")
    assert contract.labels == ("up",)
    assert [node.name for node in dag.columns] == ["ret", "up"]
    assert "<td>features</td>" in dag.dot(["out", "mean"])


def test_no_fit_module_is_no_contract(make_project):
    assert load_dag(make_project({"features/f.py": FEATURE}), environ={}).contract is None


BROKEN = {
    "a feature that reads the training rows": (
        "", FEATURE + "def bad(train: pd.DataFrame) -> pd.Series:\n    return train['ret']\n", MEAN + OUT,
        "graph-fit-upstream", "features/f.py:6", "'bad' reads 'train'", "move this function to the fit",
    ),
    "a feature that reads a fitted value": (
        "", FEATURE + "def bad(ret: pd.Series, mean: pd.Series) -> pd.Series:\n    return ret\n", MEAN + OUT,
        "graph-fit-upstream", "features/f.py:6", "a value of the fit", "",
    ),
    "a feature that reads a setting": (
        "n: 3", FEATURE + "def bad(ret: pd.Series, n: int = 2) -> pd.Series:\n    return ret\n",
        MEAN + OUT.replace("mean: pd.Series)", "mean: pd.Series, n: int)"),
        "graph-fit-upstream", "features/f.py:6", "a setting of the fit", "rename",
    ),
    "a fit that reads a feature by name": (
        "", FEATURE, MEAN.replace("(train: pd.DataFrame)", "(train: pd.DataFrame, ret: pd.Series)") + OUT,
        "graph-fit-input", "fit/m.py:4", "reads the feature 'ret'", 'train["ret"]',
    ),
    "a fit that reads a candle column": (
        "", FEATURE, MEAN.replace("(train: pd.DataFrame)", "(train: pd.DataFrame, close: pd.Series)") + OUT,
        "graph-fit-input", "fit/m.py:4", "candle column 'close'", "make it one",
    ),
    "a transform that needs the training rows": (
        "", FEATURE, MEAN + OUT.replace("(features: pd.DataFrame", "(features: pd.DataFrame, train: pd.DataFrame"),
        "graph-fit-needs-train", "fit/m.py:6", "'out' transforms `features` and reads 'train'", "take that function's value",
    ),
    "a transform that needs rows made of them": (
        "", FEATURE, "def rows(train: pd.DataFrame) -> pd.DataFrame:\n    return train\n" + MEAN
        + OUT.replace("(features: pd.DataFrame", "(features: pd.DataFrame, rows: pd.DataFrame"),
        "graph-fit-needs-train", "fit/m.py:8", "reads 'rows'", "",
    ),
    "a number fitted on features": (
        "", FEATURE, MEAN.replace("train", "features").replace("-> pd.Series", "-> float") + OUT.replace("mean: pd.Series", "mean: float"),
        "graph-fit-reads-features", "fit/m.py:4", "nothing may be fitted on them", "train: pd.DataFrame",
    ),
    "a value that cannot go live": (
        "", FEATURE, MEAN + OUT + "def table(train: pd.DataFrame) -> dict[str, float]:\n    return {}\n",
        "graph-fit-type", "fit/m.py:8", "'table' fits dict[str, float]", "return a number",
    ),
    "an output that is not there": (
        "", FEATURE, MEAN + OUT.replace("def out", "def outt"),
        "fit-output", "wick.yml:5", "no function of the fit makes", "did you mean 'outt'",
    ),
    "an output that is fitted": (
        "", FEATURE, "def out(train: pd.DataFrame) -> pd.Series:\n    return train.mean()\n",
        "fit-output", "fit/m.py:4", "does not transform", "",
    ),
    "a function named as a frame": (
        "", FEATURE, "def train(features: pd.DataFrame) -> pd.DataFrame:\n    return features\n",
        "graph-reserved-name", "fit/m.py:4", "the name of a frame", "train_rows",
    ),
    "an input that is nothing": (
        "", FEATURE, MEAN + OUT.replace("mean: pd.Series", "meen: pd.Series"),
        "graph-unknown-input", "fit/m.py:6", "neither a node, a setting", "did you mean 'mean'",
    ),
    "a frame taken for a column": (
        "", FEATURE, MEAN.replace("train: pd.DataFrame", "train: pd.Series") + OUT,
        "graph-type-mismatch", "fit/m.py:4", "takes 'train' for pd.Series", "pd.DataFrame",
    ),
    "a setting nobody reads": (
        "topk: 3", FEATURE, MEAN + OUT.replace("mean: pd.Series)", "mean: pd.Series, top_k: int)"),
        "fit-setting-unknown", "wick.yml:5", "no function of the fit reads the setting 'topk'", "did you mean 'top_k'",
    ),
    "a setting of another type": (
        "top_k: many", FEATURE, MEAN + OUT.replace("mean: pd.Series)", "mean: pd.Series, top_k: int)"),
        "graph-type-mismatch", "fit/m.py:6", "takes 'top_k' for int, and it is 'many'", "fit.settings.top_k",
    ),
    "no setting for a variant": (
        "", FEATURE, "@config.when(imputer='zero')\n" + MEAN + OUT,
        "fit-setting-missing", "wick.yml:5", "variants of 'imputer'", "one of zero",
    ),
    "a variant that is not written": (
        "imputer: zer", FEATURE, "@config.when(imputer='zero')\n" + MEAN + OUT,
        "fit-setting-variant", "wick.yml:5", "'zer'", "did you mean 'zero'",
    ),
    "a variant of one function only": (
        "imputer: two", FEATURE, "@config.when(imputer='one')\n" + MEAN
        + "@config.when(imputer='two')\ndef other(train: pd.DataFrame) -> float:\n    return 1.0\n" + OUT,
        "graph-disabled-input", "fit/m.py:10", "choose no variant of it", "write the variant",
    ),
    "a setting named as a node": (
        "mean: 3", FEATURE, MEAN + OUT, "fit-setting-name", "wick.yml:5", "the name of a node", "rename",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_the_message_names_the_line_and_the_remedy(name, make_project):
    settings, feature, fit, code, place, words, hint = BROKEN[name]
    with pytest.raises(WickError) as caught:
        load(make_project, fit, settings, feature)
    error = caught.value
    assert (error.code, str(error.where[0])) == (code, place), str(error)
    assert words in error.what
    assert hint in error.hint
    assert error.exit_code == 2


def test_settings_are_parameters_and_choose_variants(make_project):
    fit = (
        "@config.when_in(imputer=['zero', 'none'])\ndef fill__zero(train: pd.DataFrame) -> float:\n    return 0.0\n"
        "@config.when(imputer='mean')\ndef fill__mean(train: pd.DataFrame) -> float:\n    return 1.0\n"
        "def out(features: pd.DataFrame, fill: float, scale: float) -> pd.DataFrame:\n    return features.fillna(fill) * scale\n"
    )
    dag = load(make_project, fit, "imputer: mean, scale: 2")  # a whole number is a float where one is asked for
    assert "return 1.0" in dag.nodes["fill"].code
    frame = pd.DataFrame()
    given = dag.execute(
        ["out"], {"features": frame, "train": frame}, lambda name, f, given: given if name == "out" else f(**given)
    )["out"]
    assert (given["fill"], given["scale"], type(given["scale"])) == (1.0, 2.0, float)

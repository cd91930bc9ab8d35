"""`wick fit` on the example project: its variants, its files, its lineage, the same bytes each time."""

from __future__ import annotations

import json

import numpy as np
import pytest

from candlewick.commands.fit import fit
from candlewick.project.dag import load_dag
from candlewick.run.fit_parity import check_fit_parity
from candlewick.run.fitting import fit_project
from candlewick.store.candles import load_many

from ..conftest import copy_example


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The example project with its candles, the last thousand of each symbol after the end of training."""
    return copy_example(tmp_path_factory.mktemp("example") / "project")


def variant(project, **settings):
    config = project.config
    changed = config.fit.model_copy(update={"settings": config.fit.settings | settings})
    return type(project)(project.root, config.model_copy(update={"fit": changed}))


VARIANTS = [
    {"imputer": "mean", "normalizer": "robust"},
    {"imputer": "constant", "selection": "threshold", "normalizer": "min_max"},
    {"imputer": "forward_fill", "normalizer": "clip", "clip_at": 2.0},
]


@pytest.mark.slow
@pytest.mark.parametrize("settings", VARIANTS, ids=lambda each: "-".join(map(str, each.values())))
def test_every_variant_fits_and_agrees_with_hamilton(example, settings):
    dag = load_dag(variant(example, **settings), environ={}, enable=["momentum"])
    candles = list(load_many(example.store))
    found = fit_project(dag, candles)
    assert check_fit_parity(found, candles).largest < 1e-12
    if "clip_at" in settings:
        assert len(found.fitted.columns) == 40


@pytest.mark.slow
def test_files_and_lineage_are_written_and_equal_the_second_time(example):
    first = fit(example)
    texts = {name: path.read_bytes() for name, path in first.reports.items()}
    assert set(texts) == {"fit.json", "lineage.json", "lineage.html", "lineage.dot"}
    record = json.loads(texts["fit.json"])
    assert record["output"] == "normalized"
    assert len(record["columns"]) == 40 == len(record["parameters"]["kept"])
    assert record["parity"]["largest"] < 1e-12
    assert {"center", "normalized"} <= record["functions"].keys()
    lineage = {node["name"]: node for node in json.loads(texts["lineage.json"])["nodes"]}
    assert lineage["center"]["kind"] == "fit"
    assert lineage["center"]["rows"] == record["window"]["rows"]
    assert "log_return" in lineage["train"]["inputs"]
    assert lineage["normalized"]["candles"] == ["open", "high", "low", "close", "volume", "ts"]
    assert "top_k" not in lineage
    assert b"imputed_train" in texts["lineage.dot"]
    assert fit(example).reports["fit.json"].read_bytes() == texts["fit.json"]


def test_the_training_rows_of_the_output_have_mean_0_and_deviation_1(example):
    from candlewick.run.fit_parity import output_program
    from candlewick.run.streamed import stream

    dag = load_dag(example, environ={})
    candles = dict(load_many(example.store))
    found = fit_project(dag, candles.items())
    window, program = found.fitted.window, output_program(found)
    rows = [
        np.stack(list(stream(program, frame).values()), axis=1)[window.warm_up :][
            frame.index[window.warm_up :].as_unit("ms").asi8 <= window.train_end
        ]
        for frame in candles.values()
    ]
    pooled = np.concatenate(rows)
    assert len(pooled) == window.rows
    np.testing.assert_allclose(pooled.mean(axis=0), 0.0, atol=1e-9)
    np.testing.assert_allclose(pooled.std(axis=0), 1.0, atol=1e-9)


def test_the_command_says_what_it_did(example, call):
    done = call(example.root, "fit", "--disable", "seasonality")
    assert done.returncode == 0, done.stderr
    assert "7,248 training rows of 2 symbols, 2000-08-04 to 2014-12-31" in done.stdout
    assert "OK fit center" in done.stdout
    assert "agrees with Hamilton on 10,062 candles" in done.stdout
    assert "Done. 40 columns in target/fit.json" in done.stdout


def test_a_run_of_the_fit_alone_points_to_the_command(example, call):
    done = call(example.root, "run", "--select", "pipeline_fit")
    assert done.returncode == 2
    assert "run `wick fit`" in done.stderr


def test_a_project_without_a_fit_is_told(tiny, call):
    project = tiny("def x(close: pd.Series) -> pd.Series:\n    return close\n")
    done = call(project.root, "fit")
    assert done.returncode == 2
    assert "there is nothing to fit" in done.stderr


def test_an_empty_store_is_told(make_project, call):
    project = make_project(
        {
            "features/f.py": "def x(close: pd.Series) -> pd.Series:\n    return close\n",
            "fit/m.py": "def normalized(features: pd.DataFrame) -> pd.DataFrame:\n    return features * 1.0\n",
        }
    )
    done = call(project.root, "fit")
    assert done.returncode == 1
    assert "wick ingest" in done.stderr

"""`wick dataset`: what is in the folder, against loops over the written rows, and a model trained from it alone."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from candlewick.commands.dataset import dataset
from candlewick.commands.export import export
from candlewick.commands.fit import fit
from candlewick.commands.ingest import ingest
from candlewick.errors import WickError
from candlewick.project.project import open_project
from candlewick.run.fit_parity import check_fit_parity

from ..conftest import copy_example

FEATURES = """
def ret(close: pd.Series) -> pd.Series:
    return close.pct_change()

def slow(close: pd.Series) -> pd.Series:
    return close.rolling(4).mean() / close

def up(close: pd.Series, open: pd.Series) -> pd.Series:
    return close > open
"""
LABELS = """
from hamilton.function_modifiers import tag

@tag(horizon="3", touch_time="exit_time")
def outcome(close: pd.Series) -> pd.Series:
    return (close.shift(-3) - close).where(close < 88)

@tag(horizon="3")
def exit_time(close: pd.Series, ts: pd.Series) -> pd.Series:
    return ts.shift(-3)

@tag(horizon="2")
def later(close: pd.Series) -> pd.Series:
    return close.shift(-2) / close
"""
FIT = """
def center(train: pd.DataFrame) -> pd.Series:
    return train.mean()

def out(features: pd.DataFrame, center: pd.Series) -> pd.DataFrame:
    return features - center
"""
YML = """
name: tiny
candles: {path: seeds/*.csv, interval: 1d, gaps: allow}
split: {train_end: 2020-01-30, label: LABEL, folds: 3, scheme: SCHEME}
fit: {output: out}
"""


def project(tiny, label="outcome", scheme="walk_forward", features=FEATURES, fit=FIT):
    files = {"features/f.py": features, "labels/l.py": LABELS, "fit/m.py": fit}
    made = tiny(files, YML.replace("LABEL", label).replace("SCHEME", scheme))
    ingest(made)
    return made


def read(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    return manifest, pd.concat(
        [pd.read_parquet(folder / file["path"]) for file in manifest["files"]], ignore_index=True
    )


def role(rows, mine, tested, lookback, scheme, last_known):
    """What a row is for, from the definition, one row at a time."""
    first, last, end = tested
    if pd.isna(mine.touch_time) or mine.touch_time > last_known:
        return "unused"
    if first <= mine.ts <= last:
        return "test"
    if mine.ts <= end and mine.touch_time >= first:
        return "purged"
    after = rows[(rows.symbol == mine.symbol) & (rows.ts > end)].ts.sort_values()
    if mine.ts in after.iloc[:lookback].tolist():
        return "embargo"
    return "train" if mine.ts < first or scheme == "kfold" else "unused"


@pytest.mark.parametrize(("label", "scheme"), [("outcome", "walk_forward"), ("later", "kfold")])
def test_the_rows_are_what_loops_over_them_say(tiny, label, scheme):
    made = dataset(project(tiny, label, scheme))
    manifest, rows = read(made.folder)
    assert list(rows.columns) == [column["name"] for column in manifest["columns"]]
    assert set(rows.symbol) == {"AAA", "BBB"}
    assert manifest["warm_up"]["candles"] == manifest["embargo"]["candles"] == 3
    assert manifest["embargo"]["bounded"] == ["slow"]
    assert manifest["purge"]["candles"] == {"outcome": 3, "later": 2}[label]
    ahead = pd.Timedelta(days=manifest["purge"]["candles"])
    assert (rows.touch_time - rows.ts)[rows[label].notna()].eq(ahead).all()
    assert rows.touch_time.notna().equals(rows[label].notna())
    labelled = rows[rows.touch_time.notna()]
    for row in rows.itertuples():
        same = labelled[labelled.symbol == row.symbol]
        days = pd.date_range(row.ts, row.touch_time) if pd.notna(row.touch_time) else []
        shares = [1 / ((same.ts <= day) & (same.touch_time >= day)).sum() for day in days]
        assert row.sample_weight == pytest.approx(np.mean(shares) if shares else np.nan, nan_ok=True)
    train_end = pd.Timestamp("2020-01-30 23:59", tz="UTC")
    for fold in manifest["split"]["folds"]:
        first, last = (pd.Timestamp(fold[key], unit="ms", tz="UTC") for key in ("test_first", "test_last"))
        inside = labelled[(labelled.ts >= first) & (labelled.ts <= last) & (labelled.touch_time <= train_end)]
        tested = (first, last, max(last, inside.touch_time.max()))
        expected = [role(rows, row, tested, 3, scheme, train_end) for row in rows.itertuples()]
        assert rows[fold["column"]].tolist() == expected
        assert rows[fold["column"]].value_counts().to_dict() == {k: v for k, v in fold["rows"].items() if v}
    final = (train_end, pd.Timestamp.max.tz_localize("UTC"), pd.Timestamp.max.tz_localize("UTC"))
    assert rows["split"].tolist() == [role(rows, row, final, 0, "walk_forward", final[1]) for row in rows.itertuples()]


def test_equal_sets_are_equal_byte_for_byte_and_files_are_as_hashed(tiny, tmp_path_factory):
    made = project(tiny)
    first, second = (dataset(made, tmp_path_factory.mktemp("out") / name).folder for name in ("a", "b"))
    for path in sorted(p for p in first.rglob("*") if p.is_file()):
        assert path.read_bytes() == (second / path.relative_to(first)).read_bytes()
    for file in read(first)[0]["files"]:
        content = (first / file["path"]).read_bytes()
        assert hashlib.blake2b(content, digest_size=16).hexdigest() == file["blake2b"]


@pytest.mark.slow
def test_a_model_is_trained_from_the_folder_alone(tmp_path):
    """As a workflow elsewhere would: columns and folds by the manifest, nothing of the project."""
    project = copy_example(tmp_path / "project")
    folder = shutil.move(dataset(project).folder, tmp_path / "elsewhere")
    shutil.rmtree(project.root)
    manifest, rows = read(Path(folder))
    features = [column["name"] for column in manifest["columns"] if column["kind"] == "feature"]
    assert len(features) == 40
    assert rows[features].notna().all(axis=None)
    scores = []
    for fold in (*manifest["split"]["folds"], manifest["split"]["final"]):
        train, test = rows[rows[fold["column"]] == "train"], rows[rows[fold["column"]] == "test"]
        assert train.touch_time.max() < test.ts.min()
        assert len(train) == fold["rows"]["train"] > 1000
        weight = np.sqrt(train.sample_weight.to_numpy())[:, None]
        x, y = train[features].to_numpy(), train[[manifest["label"]]].to_numpy()
        beta, *_ = np.linalg.lstsq(x * weight, y * weight, rcond=None)
        scores.append(np.sign(test[features].to_numpy() @ beta)[:, 0] == test[manifest["label"]])
    assert 0.2 < np.mean(np.concatenate(scores)) < 0.8
    assert manifest["embargo"]["candles"] == 251
    assert manifest["fit"]["window"]["train_end"] < manifest["split"]["final"]["test_first"]


def test_an_opaque_feature_is_in_the_set(tiny):
    features = FEATURES + (
        "from candlewick.declare import opaque\n"
        "@opaque(lookback=6)\ndef odd(close: pd.Series) -> pd.Series:\n"
        "    return pd.Series([float(x) for x in close], index=close.index).shift(6)\n"
    )
    manifest, rows = read(dataset(project(tiny, features=features)).folder)
    assert (manifest["embargo"]["candles"], manifest["embargo"]["bounded"]) == (6, ["odd"])
    assert rows.odd.notna().all()
    assert manifest["fit"]["opaque"] == ["odd"]


def test_a_folder_of_something_else_is_left_alone(tiny, tmp_path_factory):
    out = tmp_path_factory.mktemp("mine")
    (out / "thesis.txt").write_text("years")
    with pytest.raises(WickError, match="something else") as caught:
        dataset(project(tiny), out)
    assert caught.value.code == "dataset-folder"
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


def test_where_it_fails_the_set_before_stays(tiny):
    made = project(tiny)
    folder = dataset(made).folder
    before = (folder / "manifest.json").read_bytes()
    (made.root / "labels/l.py").write_text(
        (made.root / "labels/l.py").read_text().replace("close.shift(-2) / close", "close.nix")
    )
    with pytest.raises(WickError, match="'later' raised"):
        dataset(made)
    assert (folder / "manifest.json").read_bytes() == before
    assert {path.name for path in folder.parent.iterdir() if path.is_dir()} == {"dataset", "logs"} & {
        path.name for path in folder.parent.iterdir()
    }


@pytest.mark.slow
@pytest.mark.parametrize("work", [dataset, fit, export])
def test_candles_that_change_meanwhile_end_the_work(tiny, monkeypatch, work):
    made = project(tiny)
    work(made)
    written = {path: path.read_bytes() for path in made.target.rglob("*") if path.suffix in {".json", ".wick"}}
    seeds = made.root / "seeds" / "candles.csv"

    def meanwhile(*args, **options):
        seeds.write_text(seeds.read_text() + "AAA,2020-03-01,140,142,139,141,900\n")
        ingest(made)
        return check_fit_parity(*args, **options)

    monkeypatch.setattr("candlewick.commands.fit.check_fit_parity", meanwhile)
    with pytest.raises(WickError, match=r"changed the candles while they were read \(AAA\)"):
        work(made)
    assert {path: path.read_bytes() for path in written if path.name != "certificate.json"} == {
        path: text for path, text in written.items() if path.name != "certificate.json"
    }


REFUSED = {
    "a label that is none": ({"label": "outcom"}, "split-label", "did you mean 'outcome'"),
    "a touch time is no label": ({"label": "exit_time"}, "split-label", "outcome, later"),
    "an output with the name of a label": (
        {"fit": FIT.replace("features - center", "(features - center).assign(later=1.0)")},
        "dataset-column", "rename it",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(tiny, name):
    changes, code, hint = REFUSED[name]
    with pytest.raises(WickError) as caught:
        dataset(project(tiny, **changes))
    assert caught.value.code == code, str(caught.value)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("folds: 3", "folds: 90", "split-folds"),
        ("train_end: 2020-01-30", "train_end: 2020-01-04", "split-no-labels"),
        ("split: {train_end: 2020-01-30, label: outcome, folds: 3, scheme: walk_forward}\n", "", "split-missing"),
    ],
)
def test_a_split_that_cannot_be_made(tiny, old, new, code):
    made = project(tiny, fit="def out(features: pd.DataFrame) -> pd.DataFrame:\n    return features * 1.0\n")
    text = (made.root / "wick.yml").read_text()
    assert old in text
    (made.root / "wick.yml").write_text(text.replace(old, new))
    with pytest.raises(WickError) as caught:
        dataset(open_project(made.root))
    assert caught.value.code == code, str(caught.value)
    assert caught.value.hint


def test_the_command_says_how_time_was_split_and_draws_the_lineage(tiny, call):
    made = project(tiny)
    done = call(made.root, "dataset", "--out", "handover")
    assert done.returncode == 0, done.stderr
    assert "Label outcome; purge up to 3 candles" in done.stdout
    assert "Embargo 3 candles: the longest among the columns: lookback of slow" in done.stdout
    assert "fold_3" in done.stdout
    assert "rows in handover" in done.stdout
    lineage = json.loads((made.root / "target/lineage.json").read_text())
    assert lineage["run"]["command"] == "dataset"
    assert "outcome" in (made.root / "target/lineage.dot").read_text()

"""What `wick init` makes, through the command line in processes of its own, as a stranger uses it."""

from __future__ import annotations

import csv
import importlib.util
import inspect
import io
import json
import re
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

SPY = """import pathlib
import pandas as pd
from hamilton.function_modifiers import config

print("imported")


@config.when(enabled="spy")
def spied(close: pd.Series) -> pd.Series:
    print("computed")
    pathlib.Path(__file__).with_name("spied.txt").write_text("computed")
    return close.diff()
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory, wick):
    folder = tmp_path_factory.mktemp("stranger")
    result = wick(folder, "init", "my_alpha")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "Next: cd my_alpha && wick build"
    return folder / "my_alpha"


@pytest.fixture(scope="module")
def log(made, wick):
    result = wick(made, "build", "--engine", "hamilton")
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr == ""
    return result.stdout


def test_the_log_counts_what_it_lists(log):
    lines = [line[10:] for line in log.splitlines()]
    listed = [re.match(r"(\d+) of (\d+) (OK|PASS|WARN) (model|test) \S+ \.* ?\[(.+)\]$", line) for line in lines]
    listed = [match.groups() for match in listed if match]
    done = re.fullmatch(r"Done\. PASS=(\d+) WARN=(\d+) ERROR=0 SKIP=0 REUSED=0 TOTAL=(\d+)", lines[-1])
    passed, warned, total = map(int, done.groups())
    assert [int(each[0]) for each in listed] == list(range(1, total + 1))
    assert {int(each[1]) for each in listed} == {total}
    assert passed == sum(each[2] in {"OK", "PASS"} for each in listed)
    assert warned == sum(each[2] == "WARN" for each in listed)
    models = [each for each in listed if each[3] == "model"]
    assert all(re.fullmatch(r"BUILT 10,062 rows x \d+ columns in \d+\.\d\ds", each[4]) for each in models)
    found = re.search(r"Found (\d+) models, (\d+) columns, (\d+) tests, 2 symbols, 10,062 candles", log)
    assert [len(models), total - len(models)] == [int(found[1]), int(found[3])]
    assert sum(int(each[4].split()[4]) for each in models) == int(found[2])


def test_the_reports_say_what_the_log_says(made, log):
    results = json.loads((made / "target" / "run_results.json").read_text())
    manifest = json.loads((made / "target" / "manifest.json").read_text())
    assert results["metadata"]["schema_version"] == manifest["metadata"]["schema_version"] == 1
    assert results["published"] is True
    assert f"TOTAL={len(results['results'])}" in log
    models = [each["unique_id"] for each in results["results"] if each["unique_id"].startswith("model.my_alpha.")]
    assert set(models) <= set(manifest["nodes"])
    assert "atr_14" in manifest["nodes"]["model.my_alpha.volatility"]["columns"]
    assert {"lineage.json", "lineage.dot", "lineage.html"} <= {path.name for path in (made / "target").iterdir()}


def by_hand(project, enabled):
    """Every column of every enabled feature and label, by calling the functions on pandas, for each symbol."""
    functions, models = {}, {}
    for path in sorted([*project.glob("features/*.py"), *project.glob("labels/*.py")]):
        spec = importlib.util.spec_from_file_location(f"by_hand_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, function in vars(module).items():
            mine = inspect.isfunction(function) and function.__module__ == spec.name
            if mine and not name.startswith("_"):
                functions[name], models[name] = function, path.stem
    candles = pd.read_parquet(project / "seeds" / "index_daily.parquet")
    values = {}
    for symbol, frame in candles.groupby("symbol"):
        index = pd.DatetimeIndex(pd.to_datetime(frame["date"], utc=True), name="ts").as_unit("ns")
        known = {
            name: pd.Series(frame[name].to_numpy("float64"), index=index)
            for name in ("open", "high", "low", "close", "volume")
        }
        known["ts"] = pd.Series(index, index=index)

        def compute(name, known=known):
            if name not in known:
                function = functions[name]
                known[name] = function(**{each: compute(each) for each in inspect.signature(function).parameters})
            return known[name]

        for name in enabled:
            values[str(symbol), name] = compute(name)
    return models, values


def catalogued(project):
    """The files of what can be queried."""
    return {part["path"] for part in json.loads((project / "target" / "catalog.json").read_text())["parts"]}


def published(project, model, symbol, name):
    catalog = json.loads((project / "target" / "catalog.json").read_text())
    parts = sorted(
        (first, part["path"])
        for part in catalog["parts"]
        for owner, _, first, *_ in part["symbols"]
        if (part["model"], owner) == (model, symbol) and name in dict(part["columns"])
    )
    read = [pq.read_table(project / "target" / path, columns=["symbol", "ts", name]) for _, path in parts]
    return pa.concat_tables(table.filter(pc.equal(table["symbol"], symbol)).drop("symbol") for table in read)


@pytest.mark.slow
def test_every_column_is_what_the_functions_give_by_hand_bit_for_bit(made, log, wick):
    listed = json.loads(wick(made, "ls", "--output", "json").stdout)
    columns = [node["name"] for node in listed if node["column"]]
    models, values = by_hand(made, columns)
    assert len(columns) > 40
    assert {symbol for symbol, _ in values} == {"NASDAQ", "SP500"}
    for (symbol, name), expected in values.items():
        table = published(made, models[name], symbol, name)
        times = table["ts"].to_pandas().dt.tz_convert("UTC").dt.as_unit("ns")
        assert times.tolist() == expected.index.tolist(), name
        assert table[name].null_count == int(expected.isna().sum()), (symbol, name)
        held = table[name].to_pandas()
        if expected.dtype.kind == "f":
            bits = held.to_numpy("float64", na_value=np.nan).view("int64"), expected.to_numpy().view("int64")
            there = expected.notna().to_numpy()
            assert np.array_equal(bits[0][there], bits[1][there]), (symbol, name)
        else:
            assert held.dropna().tolist() == expected.dropna().tolist(), (symbol, name)


def test_the_views_hold_what_the_parts_hold(made, log):
    import duckdb

    with duckdb.connect(str(made / "target" / "candlewick.duckdb"), read_only=True) as store:
        rows, filled = store.execute("SELECT count(*), count(atr_14) FROM volatility").fetchone()
        nan = store.execute("SELECT count(*) FROM volatility WHERE isnan(atr_14)").fetchone()[0]
    assert (rows, rows - filled, nan) == (10_062, 2 * 13, 0)


@pytest.mark.parametrize("place", ["before", "after"])
def test_global_options_stand_on_either_side(made, log, wick, tmp_path, place):
    options = ["--project-dir", str(made), "--debug"]
    words = [*options, "ls"] if place == "before" else ["ls", *options]
    assert "volatility.atr_14" in wick(tmp_path, *words).stdout
    broken = [*options, "show", "atr_41"] if place == "before" else ["show", "atr_41", *options]
    result = wick(tmp_path, *broken)
    assert result.returncode == 2
    assert "Traceback" in result.stderr
    assert "did you mean 'atr_14'?" in result.stderr
    plain = wick(tmp_path, *(word for word in broken if word != "--debug"))
    assert "Traceback" not in plain.stdout + plain.stderr


@pytest.mark.slow
def test_nothing_printed_by_a_project_mixes_with_json(made, log, wick):
    spy = made / "features" / "spy.py"
    spy.write_text(SPY)
    try:
        listed = json.loads(wick(made, "ls", "--output", "json").stdout)
        assert not any(node["name"] == "spied" for node in listed)
        every = json.loads(wick(made, "ls", "--all", "--output", "json").stdout)
        assert [node["enabled"] for node in every if node["name"] == "spied"] == [False]
        json.loads(wick(made, "lineage", "atr_14", "--output", "json").stdout)
    finally:
        spy.unlink()
    rows = json.loads(wick(made, "show", "atr_14", "--output", "json").stdout)
    table = wick(made, "show", "atr_14").stdout.splitlines()
    lines = list(csv.DictReader(io.StringIO(wick(made, "show", "atr_14", "--output", "csv").stdout)))
    assert len(rows) == len(lines) == len(table) - 1 == 5
    assert [float(row["atr_14"]) for row in rows] == [float(line["atr_14"]) for line in lines]
    assert "imported" not in "".join(table)


@pytest.mark.slow
def test_a_disabled_feature_is_never_executed(made, log, wick):
    spy, mark = made / "features" / "spy.py", made / "features" / "spied.txt"
    spy.write_text(SPY)
    try:
        off = wick(made, "build", "--select", "spy returns")
        assert off.returncode == 2
        assert "the group 'spy' is off: add --enable spy" in off.stderr
        assert wick(made, "build", "--engine", "hamilton").returncode == 0
        assert not mark.exists()
        on = wick(made, "build", "--engine", "hamilton", WICK_ENABLED="+spy")
        assert on.returncode == 0, on.stdout + on.stderr
        assert mark.exists()
        assert "computed" not in on.stdout
        assert re.search(r"Groups: .*spy.* \(spy by WICK_ENABLED=\+spy\)", on.stdout)
        mark.unlink()
        assert "spied" in wick(made, "show", "spied").stdout
        both = wick(made, "build", "--engine", "hamilton", "--disable", "spy", WICK_ENABLED="+spy")
        assert both.returncode == 0
        assert not mark.exists()
        assert "show-unknown" in wick(made, "show", "spied").stderr
    finally:
        spy.unlink()
        mark.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("value", "words"),
    [("", "names no group"), ("momentum,+trend", "mixes"), ("momentun", "did you mean 'momentum'?"), ("+a,-a", "")],
)
def test_a_toggle_that_cannot_be_is_refused_before_anything_happens(made, log, wick, store_hashes, value, words):
    before = store_hashes(made)
    result = wick(made, "build", WICK_ENABLED=value)
    assert result.returncode == 2
    assert words in result.stderr
    assert "volatility" in result.stderr or value == "+a,-a"
    assert store_hashes(made) == before


@pytest.mark.slow
@pytest.mark.parametrize("environ", [{}, {"NO_COLOR": "1", "TERM": "xterm-256color"}])
def test_what_is_piped_carries_no_escape_codes(made, log, wick, environ):
    for words in (
        ["test", "--select", "returns"],
        ["debug"],
        ["ls"],
        ["show", "returns"],
        ["show", "atr_41"],
        ["--help"],
    ):
        result = wick(made, *words, **environ)
        assert "\x1b" not in result.stdout + result.stderr, words


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_no_color_is_respected_on_a_terminal(made, log):
    import os
    import pty

    for no_color in ("1", ""):
        environ = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": no_color}
        written = bytearray()

        def read(fd, written=written):
            written += (block := os.read(fd, 1024))
            return block

        os.environ.update(environ)
        try:
            code = pty.spawn(
                [sys.executable, "-m", "candlewick", "--project-dir", str(made), "test", "--select", "returns"], read
            )
        finally:
            os.environ.pop("NO_COLOR", None)
        assert code == 0
        colours = re.findall(rb"\x1b\[[0-9;]*m", bytes(written))
        coloured = [each for each in colours if re.search(rb"3[0-7]", each)]
        assert bool(coloured) == (not no_color), written


@pytest.mark.slow
def test_clean_keeps_what_can_be_queried(made, log, wick, store_hashes):
    before = {name: each for name, each in store_hashes(made).items() if name != "manifest.json"}
    shown = catalogued(made)
    result = wick(made, "clean")
    assert result.returncode == 0
    assert "target/lineage.html" in result.stdout
    after = store_hashes(made)
    assert after == before
    assert wick(made, "show", "atr_14").returncode == 0
    refused = wick(made, "clean", "--store")
    assert refused.returncode != 0
    assert store_hashes(made) == before
    assert wick(made, "clean", "--store", "--yes").returncode == 0
    missing = wick(made, "show", "atr_14")
    assert (missing.returncode, "catalog-missing" in missing.stderr) == (1, True)
    rebuilt = wick(made, "build", "--engine", "hamilton")
    assert rebuilt.returncode == 0
    assert catalogued(made) == shown

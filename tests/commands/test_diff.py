"""What a diff counts, and that it never rounds."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from candlewick.commands.build import build
from candlewick.commands.diff import _numbers, diff
from candlewick.errors import WickError
from candlewick.project.project import open_project
from candlewick.run.options import Options
from candlewick.store.catalog import read_catalog

from ..conftest import write_tiny

FILES = {
    "features/base.py": """
        def ret(close: pd.Series) -> pd.Series:
            return close / close.shift(1) - 1

        def tenth(close: pd.Series) -> pd.Series:
            return close * 0 + 0.1

        @config.when(enabled="extra")
        def busy(volume: pd.Series) -> pd.Series:
            return volume.rolling(3).mean()
        """
}


@pytest.fixture(scope="module")
def built_once(tmp_path_factory):
    project = write_tiny(tmp_path_factory.mktemp("built") / "tiny", FILES)
    assert build(project, "build", Options(threads=1)).published
    return project


@pytest.fixture
def built(built_once, lent):
    with lent(built_once.root):
        yield built_once


def columns(found):
    return {column.name: column for column in found.columns}


def test_arms_share_every_equal_part(built):
    before = set((built.target / "parts").rglob("*.parquet"))
    outcome = build(built, "run", Options(threads=1, enable=("extra",), arm="b"))
    assert [result.status for result in outcome.results] == ["BUILT"]
    fresh = set((built.target / "parts").rglob("*.parquet")) - before
    assert {path.parent.name for path in fresh} == {"extra"}
    found = diff(built, "main", "b")
    assert (columns(found)["busy"].only, found.differs) == ("b", True)
    assert all(not column.unequal for column in found.columns)
    assert {part.path for part in read_catalog(built.target).parts} <= {
        p.path for p in read_catalog(built.target, "b").parts
    }


def test_an_arm_is_a_schema_of_the_store(built, call):
    assert call(built.root, "run", "--arm", "b", "--enable", "extra").returncode == 0
    assert call(built.root, "show", "busy").returncode == 2
    shown = call(built.root, "show", "busy", "--arm", "b", "--output", "csv")
    assert shown.stdout.startswith("symbol,ts,busy")
    refused = call(built.root, "run", "--arm", "Previous")
    assert (refused.returncode, "usage-arm" in refused.stderr) == (2, True)


def test_a_difference_in_the_last_place_is_not_rounded_away(built, call):
    """0.1 against 0.10000000000000002: one unit in the last place, in every row."""
    path = built.root / "features" / "base.py"
    path.write_text(path.read_text().replace("0 + 0.1", "0 + 0.10000000000000002"))
    project = open_project(built.root)
    assert build(project, "run", Options(threads=1)).published
    found = diff(project, "previous", "main")
    tenth = columns(found)["tenth"]
    assert (tenth.unequal, tenth.rows, tenth.ulp, tenth.first) == (80, 80, 1, "AAA 2020-01-01 00:00")
    assert columns(found)["ret"].unequal == 0
    assert not diff(project, "previous", "main", relative=1e-12).differs
    shown = call(built.root, "diff", "previous", "--by-symbol")
    assert shown.returncode == 1
    head, tenth, aaa, bbb, last = (re.split(" {2,}", line) for line in shown.stdout.splitlines())
    assert head == ["column", "rows that differ", "one missing", "absolute", "relative", "ULP", "first"]
    distance = ["0", "1.3877787807814457e-17", "1.3877787807814454e-16", "1"]
    assert tenth == ["base.tenth", "80 of 80", *distance, "AAA 2020-01-01 00:00"]
    assert (aaa[1:3], bbb[1:3]) == (["AAA", "40 of 40"], ["BBB", "40 of 40"])
    assert last == ["previous against main: 1 of 2 columns are equal, bit for bit or NaN."]
    tolerant = call(built.root, "diff", "previous", "--rtol", "1e-12")
    assert (tolerant.returncode, re.search(r"base.tenth +80 of 80 +0 ", tolerant.stdout) is not None) == (0, True)


def test_another_store_with_other_candles(built, tmp_path, call):
    other = tmp_path / "other"
    shutil.copytree(built.root, other, ignore=shutil.ignore_patterns("other", "target"))
    seeds = other / "seeds" / "candles.csv"
    rows = seeds.read_text().splitlines()
    seeds.write_text("\n".join(row for row in rows if not row.startswith("BBB,2020-01-10")) + "\n")
    assert build(open_project(other), "build", Options(threads=1)).published
    found = diff(built, "main", str(other))
    ret = columns(found)["ret"]
    assert [(each.symbol, each.unequal, each.first) for each in ret.symbols] == [("BBB", 2, "2020-01-10 00:00")]
    document = json.loads(call(built.root, "diff", "main", str(other), "--output", "json").stdout)
    assert document["differs"] is True
    assert [(each["alone"], each["unequal"]) for each in document["columns"]] == [(1, 2), (1, 1)]
    assert document["columns"][0]["symbols"][0]["alone"] == [1, 0]
    strange, _, *rows, last = call(built.root, "diff", "main", str(other)).stdout.splitlines()
    assert strange == "BBB: 1 row only in main, the first at 2020-01-10 00:00 (base)"
    assert [re.split(" {2,}", row)[:3] for row in rows] == [["base.ret", "1 of 79", "0"]]
    assert last.endswith("1 of 2 columns are equal in the rows that both have, bit for bit or NaN.")


def test_a_run_is_named_by_its_id(built):
    run = read_catalog(built.target).run
    assert not diff(built, run, "main").differs
    with pytest.raises(WickError) as caught:
        diff(built, "mian", "main")
    assert caught.value.code == "diff-unknown"


def edited(project, factor):
    path = project.root / "features" / "base.py"
    path.write_text(re.sub(r"close \* 0 \+ [\d.]+", f"close * 0 + {factor}", path.read_text()))
    outcome = build(open_project(project.root), "run", Options(threads=1))
    assert outcome.published
    return outcome.run_id


@pytest.mark.slow
def test_runs_further_back_are_compared_as_long_as_they_are_kept(built, call):
    (built.root / "wick.yml").write_text((built.root / "wick.yml").read_text() + "history: 2\n")
    runs = [edited(built, factor) for factor in (1, 2, 3, 4)]
    again = build(open_project(built.root), "run", Options(threads=1)).run_id  # says the same as the last
    listed = call(built.root, "diff", "--list").stdout.splitlines()
    expected = [["main", runs[3], "to", again], ["main~1", runs[2]], ["main~2", runs[1]]]
    assert [line.split() for line in listed] == expected
    for a, b, distance in [("main~2", "main", 2), (runs[1], runs[2], 1), ("previous", again, 1), (runs[3], again, 0)]:
        assert columns(diff(built, a, b))["tenth"].absolute == distance, (a, b)
    with pytest.raises(WickError, match="no run whose columns are kept"):
        diff(built, runs[0], "main")
    parts = set((built.target / "parts").rglob("*.parquet"))
    (built.root / "wick.yml").write_text((built.root / "wick.yml").read_text().replace("history: 2", "history: 0"))
    edited(built, 5)
    call(built.root, "run", "--full-refresh")
    assert call(built.root, "diff", "--list").stdout.count("\n") == 1
    assert len(set((built.target / "parts").rglob("*.parquet"))) < len(parts)


def test_an_arm_has_a_history_of_its_own(built, call):
    build(built, "run", Options(threads=1, arm="b"))
    build(built, "run", Options(threads=1, arm="b", enable=("extra",)))
    assert columns(diff(built, "b~1", "b"))["busy"].only == "b"
    edited(built, 7)
    assert columns(diff(built, "b", "main"))["tenth"].beyond == 80
    assert not columns(diff(built, "b", "main~1"))["tenth"].beyond
    assert call(built.root, "clean", "--history").returncode == 0
    refused = call(built.root, "diff")
    assert refused.returncode == 2
    assert "of what main held before its last changes nothing is kept: there is no 'previous'" in refused.stderr


def test_times_of_two_resolutions_are_the_same_times():
    seconds = pd.Series(pd.to_datetime(["2020-01-01", None], utc=True)).dt.as_unit("s")
    a, b = _numbers(seconds, seconds.dt.as_unit("ns"))
    assert np.array_equal(a, b, equal_nan=True)
    assert a[0] == 1_577_836_800_000_000

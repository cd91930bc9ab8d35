"""What a plan says before a run, and that the run then does it."""

from __future__ import annotations

import json
import textwrap

import pytest

from candlewick.commands.build import build
from candlewick.commands.ingest import ingest
from candlewick.commands.plan import plan
from candlewick.project.project import open_project
from candlewick.run.options import Options
from candlewick.store.catalog import read_catalog, read_frame

from ..conftest import write_tiny

OPTIONS = Options(threads=1)
FILES = {
    "features/base.py": """
        WINDOW = 3

        def ret(close: pd.Series) -> pd.Series:
            return close / close.shift(1) - 1

        @config.when(enabled="extra")
        def busy(volume: pd.Series) -> pd.Series:
            return volume.rolling(WINDOW).mean()
        """,
    "features/child.py": "def ret_mean(ret: pd.Series) -> pd.Series:\n    return ret.rolling(3).mean()\n",
    "features/alone.py": "def spread(high: pd.Series, low: pd.Series) -> pd.Series:\n    return high - low\n",
}


@pytest.fixture(scope="module")
def built_once(tmp_path_factory):
    project = write_tiny(tmp_path_factory.mktemp("built") / "tiny", FILES)
    assert build(project, "build", OPTIONS).published
    return project


@pytest.fixture
def built(built_once, lent):
    with lent(built_once.root):
        yield built_once


def edit(project, name, old, new):
    path = project.root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return open_project(project.root)


def actions(result):
    return {(step.model, step.group): step.action for step in result.steps}


def queried(project):
    """What users query, as text: every bit of a float shows in it."""
    target = project.target
    return {model: read_frame(target, model).to_csv() for model in sorted(read_catalog(target).columns)}


def done(project, **options):
    outcome = build(project, "run", Options(threads=1, **options))
    return {result.name: result.status for result in outcome.results}


def test_nothing_to_do(built):
    found = plan(built, OPTIONS)
    assert set(actions(found).values()) == {"REUSED"}
    assert (found.changes, found.rows) == (False, 0)


def test_an_edit_is_shown_with_what_follows(built):
    project = edit(built, "features/base.py", "close.shift(1) - 1", "close.shift(2) - 1")
    found = plan(project, OPTIONS)
    assert actions(found) == {("base", None): "BUILD", ("child", None): "BUILD", ("alone", None): "REUSED"}
    base, child = (next(step for step in found.steps if step.model == name) for name in ("base", "child"))
    assert base.why == ("'ret': its code was edited",)
    assert child.why == ("'ret_mean': its input ret changed",)
    assert base.downstream == ("child",)
    line = (built.root / "features/base.py").read_text().split("\n").index("    return close / close.shift(2) - 1")
    assert base.diff == (
        f"@@ features/base.py:{line} @@",
        " def ret(close: pd.Series) -> pd.Series:",
        "-    return close / close.shift(1) - 1",
        "+    return close / close.shift(2) - 1",
    )
    assert not child.diff
    assert (base.rows, child.rows, found.rows) == (80, 80, 160)
    assert done(project) == {"base": "BUILT", "child": "BUILT", "alone": "REUSED"}


def step(project, model, group=None):
    return next(step for step in plan(project, OPTIONS).steps if (step.model, step.group) == (model, group))


def test_what_is_edited_outside_of_the_function_is_shown_as_an_expression(built):
    edit(built, "features/child.py", "ret.rolling(3)", "ret.rolling(_span())")
    project = edit(built, "features/child.py", "def ret", "def _span():\n    return 3\n\n\ndef ret")
    assert step(project, "child").action == "REUSED"
    found = step(edit(project, "features/child.py", "return 3", "return 4"), "child")
    assert found.why == ("'ret_mean': its code was edited",)  # of which the ledger has the text it was computed by
    assert build(project, "run", Options(threads=1, full_refresh=True)).published
    found = step(edit(project, "features/child.py", "return 4", "return 5"), "child")
    assert found.why == ("'ret_mean': its expression changed",)
    assert found.diff == (
        "@@ the expression of ret_mean @@",
        "-rolling_mean(ret, window=4, min_periods=4)",
        "+rolling_mean(ret, window=5, min_periods=5)",
    )


def test_what_changes_a_column_through_something_that_is_none_is_named(built):
    frame = """
        BARRIER = 2.0

        def exits(close: pd.Series) -> pd.DataFrame:
            return pd.DataFrame({"gain": close.shift(-1) - BARRIER})

        def gain(exits: pd.DataFrame) -> pd.Series:
            return exits["gain"]
        """
    path = built.root / "labels" / "late.py"
    path.parent.mkdir()
    path.write_text("import pandas as pd\n" + textwrap.dedent(frame))
    project = open_project(built.root)
    assert build(project, "run", OPTIONS).published
    edit(project, "labels/late.py", "BARRIER = 2.0", "BARRIER = 3.0")
    project = edit(project, "labels/late.py", "close.shift(-1)", "close.shift(-2)")
    found = step(project, "late")
    said = "its input exits changed; in exits BARRIER was 2.0 and is 3.0, def exits was edited"
    assert found.why == (f"'gain': {said}",)
    assert [line[0] for line in found.diff] == ["@", " ", "-", "+"]


def test_a_function_of_many_columns_is_shown_once(built):
    means = """
        from hamilton.function_modifiers import parameterize, value

        @parameterize(mean_3={"n": value(3)}, mean_4={"n": value(4)})
        def mean(close: pd.Series, n: int) -> pd.Series:
            return close.rolling(n).mean()
        """
    (built.root / "features" / "means.py").write_text("import pandas as pd\n" + textwrap.dedent(means))
    project = open_project(built.root)
    assert build(project, "run", OPTIONS).published
    found = step(edit(project, "features/means.py", ".mean()", ".median()"), "means")
    assert found.why == ("'mean_3', 'mean_4': its code was edited",)
    assert [line[0] for line in found.diff] == ["@", " ", "-", "+"]


def test_a_symbol_without_candles_goes(built):
    path = built.root / "seeds" / "candles.csv"
    rows = path.read_text().splitlines()
    path.write_text("\n".join(row for row in rows if not row.startswith("BBB,")) + "\n")
    ingest(built)
    assert not plan(built, OPTIONS).changes  # what the source has lost is kept
    ingest(built, full_refresh=True)
    found = plan(built, OPTIONS)
    dropped = [step for step in found.steps if step.action == "DROP"]
    assert {(step.model, step.symbols) for step in dropped} == {(name, ("BBB",)) for name in ("base", "child", "alone")}
    assert found.changes
    assert build(built, "run", OPTIONS).published
    assert not plan(built, OPTIONS).changes


def test_a_comment_elsewhere_is_no_reason(built):
    edit(built, "features/child.py", "    return", "    # a comment\n    return")
    project = edit(built, "features/base.py", "close.shift(1) - 1", "close.shift(2) - 1")
    assert (step(project, "child").why, step(project, "child").diff) == (("'ret_mean': its input ret changed",), ())


def test_another_name_and_another_engine_are_called_so(built):
    project = edit(built, "features/alone.py", "def spread", "def breadth")
    assert step(project, "alone").why == ("'spread' is called 'breadth' now",)
    found = plan(built, Options(threads=1, engine="hamilton"))
    assert {step.why for step in found.steps if step.model == "base"} == {
        ("'ret': engine was program and is hamilton",)
    }


def test_an_edit_that_is_taken_back_is_reused(built):
    before = queried(built)
    project = edit(built, "features/base.py", "close.shift(1) - 1", "close.shift(2) - 1")
    assert done(project) == {"base": "BUILT", "child": "BUILT", "alone": "REUSED"}
    project = edit(built, "features/base.py", "close.shift(2) - 1", "close.shift(1) - 1")
    found = plan(project, OPTIONS)
    assert set(actions(found).values()) == {"REUSED"}
    assert found.changes
    assert next(step.why for step in found.steps if step.model == "base") == (
        "it was computed before, or for another arm",
    )
    assert done(project) == dict.fromkeys(("base", "child", "alone"), "REUSED")
    assert queried(built) == before
    assert not plan(project, OPTIONS).changes


@pytest.mark.slow
def test_what_was_computed_before_is_appended_to(built):
    project = edit(built, "features/base.py", "close.shift(1) - 1", "close.shift(2) - 1")
    done(project)
    path = built.root / "seeds" / "candles.csv"
    path.write_text(path.read_text() + "AAA,2020-02-10,140,142,139,141,5\nAAA,2020-02-11,140,142,139,140,5\n")
    ingest(built)
    done(project)
    project = edit(built, "features/base.py", "close.shift(2) - 1", "close.shift(1) - 1")
    assert done(project) == {"base": "APPENDED", "child": "APPENDED", "alone": "REUSED"}
    ours = queried(built)
    assert done(project, full_refresh=True) == dict.fromkeys(("base", "child", "alone"), "BUILT")
    assert queried(built) == ours


def test_a_model_that_comes_back_is_reused(built):
    before, path = queried(built), built.root / "features" / "alone.py"
    text = path.read_text()
    path.unlink()
    assert done(open_project(built.root)) == {"base": "REUSED", "child": "REUSED"}
    path.write_text(text)
    assert done(open_project(built.root)) == dict.fromkeys(("base", "child", "alone"), "REUSED")
    assert queried(built) == before


@pytest.mark.slow
def test_what_is_no_longer_kept_for_comparison_is_built_again(built):
    (built.root / "wick.yml").write_text((built.root / "wick.yml").read_text() + "history: 1\n")
    project = open_project(built.root)
    for number in (2, 3, 4):
        project = edit(project, "features/base.py", f"close.shift({number - 1}) - 1", f"close.shift({number}) - 1")
        done(project)
    assert done(edit(project, "features/base.py", "close.shift(4) - 1", "close.shift(3) - 1"))["base"] == "REUSED"
    assert done(edit(project, "features/base.py", "close.shift(3) - 1", "close.shift(2) - 1"))["base"] == "BUILT"


def test_new_candles_are_appended(built):
    path = built.root / "seeds" / "candles.csv"
    path.write_text(path.read_text() + "AAA,2020-02-10,140,142,139,141,5\nAAA,2020-02-11,140,142,139,140,5\n")
    ingest(built)
    found = plan(built, OPTIONS)
    assert {(step.model, step.action, step.symbols, step.rows) for step in found.steps} == {
        (model, *rest)
        for model in ("alone", "base", "child")
        for rest in (("APPEND", ("AAA",), 2), ("REUSED", ("BBB",), 0))
    }
    assert done(built) == dict.fromkeys(("base", "child", "alone"), "APPENDED")
    assert done(built) == dict.fromkeys(("base", "child", "alone"), "REUSED")


def test_a_file_that_is_gone_is_no_news(built):
    next((built.target / "parts" / "alone").rglob("*.parquet")).unlink()
    (step,) = [step for step in plan(built, OPTIONS).steps if step.action == "BUILD"]
    assert (step.model, step.why) == ("alone", ("a file of it is gone or damaged",))
    assert done(built) == {"base": "REUSED", "child": "REUSED", "alone": "BUILT"}


def test_what_pandas_computes_whole_is_appended_too(built):
    """It is computed over all candles, and written anew only where an old row came out otherwise."""
    assert done(built, engine="hamilton")["base"] == "BUILT"
    path = built.root / "seeds" / "candles.csv"
    path.write_text(path.read_text() + "AAA,2020-02-10,140,142,139,141,5\n")
    ingest(built)
    found = plan(built, Options(threads=1, engine="hamilton"))
    assert {step.action for step in found.steps if step.symbols == ("AAA",)} == {"APPEND"}
    assert done(built, engine="hamilton") == dict.fromkeys(("base", "child", "alone"), "APPENDED")


def test_candles_that_no_run_has_seen_are_told(built, call):
    path = built.root / "seeds" / "candles.csv"
    assert "candle" not in call(built.root, "plan").stdout
    path.write_text(path.read_text() + "AAA,2020-02-10,140,142,139,141,5\n")
    first = "Not ingested yet: seeds/candles.csv; `wick build` reads it first, `wick run` does not"
    assert call(built.root, "plan").stdout.splitlines()[0] == first
    yml = (built.root / "wick.yml").read_text()
    (built.root / "wick.yml").write_text(yml + "tests:\n  ret: [{range: {min: 9}}]\n")
    assert call(built.root, "build").returncode == 1  # what it ingested stays
    said = call(built.root, "plan").stdout.splitlines()
    assert said[0] == "1 new candle (AAA): ingested, not computed yet"
    assert said[-1] == "Plan: 3 APPEND, 3 REUSED; 3 rows to compute."
    path.write_text(path.read_text().replace("BBB,2020-01-05,54,56,53,54.5,1028", "BBB,2020-01-05,54,56,53,54.5,9"))
    ingest(built)
    waiting = plan(built, OPTIONS).candles
    assert (waiting.new, waiting.changed, waiting.unread) == ({"AAA": 1}, ("BBB",), ())
    path.unlink()
    assert "The candle source cannot be read: no file matches" in call(built.root, "plan").stdout


def test_a_closed_candle_that_drifted_is_named_and_only_what_reads_it_is_built(built):
    """Volume of one old candle of one symbol is restated: only the column that reads volume, only that symbol."""
    assert done(built, enable=("extra",))["base"] == "BUILT"
    path = built.root / "seeds" / "candles.csv"
    path.write_text(path.read_text().replace("BBB,2020-01-05,54,56,53,54.5,1028", "BBB,2020-01-05,54,56,53,54.5,9999"))
    ingest(built)
    found = plan(built, Options(threads=1, enable=("extra",)))
    busy = [step for step in found.steps if step.action != "REUSED"]
    assert [(step.model, step.group, step.symbols) for step in busy] == [("base", "extra", ("BBB",))]
    assert busy[0].why == ("candles of BBB changed, the first at 2020-01-05 00:00",)
    assert done(built, enable=("extra",)) == {"base": "BUILT", "child": "REUSED", "alone": "REUSED"}


def test_a_group_that_is_off_is_hidden_and_comes_back_reused(built):
    on = Options(threads=1, enable=("extra",))
    assert actions(plan(built, on))[("base", "extra")] == "BUILD"
    done(built, enable=("extra",))
    assert actions(plan(built, OPTIONS))[("base", "extra")] == "HIDE"
    assert done(built)["base"] == "REUSED"
    again = plan(built, on)
    assert actions(again)[("base", "extra")] == "REUSED"
    assert again.changes  # of what users query


def test_a_partial_run_hides_the_groups_that_are_off(built, call):
    done(built, enable=("extra",))
    assert call(built.root, "run", "--select", "alone").returncode == 0
    shown = call(built.root, "show", "busy")
    assert "show-unknown" in shown.stderr


def test_the_engine_is_never_mixed(built):
    found = plan(built, Options(threads=1, engine="hamilton"))
    assert set(actions(found).values()) == {"BUILD"}
    assert all("engine was program and is hamilton" in step.why[0] for step in found.steps)


def test_a_comment_rebuilds_nothing(built):
    project = edit(built, "features/base.py", "    return close /", "    # a comment\n    return close /")
    assert not plan(project, OPTIONS).changes


def test_the_command_line(built, call):
    fine = call(built.root, "plan", "--exit-code")
    assert fine.returncode == 0, fine.stderr
    assert fine.stdout.splitlines()[-1] == "Plan: 3 REUSED; 0 rows to compute."
    edit(built, "features/alone.py", "high - low", "low - high")
    changed = call(built.root, "plan", "--exit-code", "--output", "json")
    assert changed.returncode == 1
    document = json.loads(changed.stdout)
    assert [step["action"] for step in document["steps"] if step["model"] == "alone"] == ["BUILD"]
    assert call(built.root, "ls", "--select", "state:modified").stdout.split() == ["alone.spread"]

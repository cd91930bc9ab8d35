"""Every arm has its reports and its groups; nothing of one is another's."""

from __future__ import annotations

import json

import pytest

from candlewick.commands.arms import chosen_groups
from candlewick.errors import UsageError
from candlewick.run.options import Options

pytestmark = pytest.mark.slow  # many whole projects

FILES = {
    "features/base.py": """
        def ret(close: pd.Series) -> pd.Series:
            return close / close.shift(1) - 1

        @config.when(enabled="extra")
        def busy(volume: pd.Series) -> pd.Series:
            return volume.rolling(3).mean()
        """
}


@pytest.fixture
def built(tiny, call):
    """Main with the baseline, and the arm b with the group extra."""
    project = tiny(FILES)
    assert call(project.root, "build").returncode == 0
    assert call(project.root, "build", "--arm", "b", "--enable", "extra", "--pair", "first").returncode == 0
    return project


def toggles(folder):
    return json.loads((folder / "run_results.json").read_text())["toggles"]["enabled"]


def test_the_reports_of_an_arm_lie_in_a_place_of_their_own(built):
    names = {"run_results.json", "lineage.json", "lineage.html", "lineage.dot", "manifest.json"}
    assert names <= {path.name for path in built.reports("b").iterdir()}
    assert (toggles(built.target), toggles(built.reports("b"))) == ([], ["extra"])
    off = {node["name"]: node for node in json.loads((built.target / "lineage.json").read_text())["nodes"]}
    on = {node["name"]: node for node in json.loads((built.reports("b") / "lineage.json").read_text())["nodes"]}
    assert (off["busy"]["enabled"], on["busy"]["enabled"]) == (False, True)
    assert json.loads((built.reports("b") / "run_results.json").read_text())["args"]["pair"] == "first"


def test_a_run_that_reuses_all_of_an_arm_reports_there(built, call):
    before = (built.target / "run_results.json").read_bytes()
    for _ in range(2):  # the second is told from the receipt
        assert call(built.root, "run", "--arm", "b", "--enable", "extra").returncode == 0
    assert (built.target / "run_results.json").read_bytes() == before
    assert [
        each["action"] for each in json.loads((built.reports("b") / "run_results.json").read_text())["results"]
    ] == ["REUSED"]


def test_an_arm_is_looked_at_under_its_own_groups(built, call, monkeypatch):
    def names(*words):
        return call(built.root, "ls", *words).stdout.split()

    assert names() == ["base.ret"]
    assert names("--arm", "b") == ["base.ret", "base.busy"]
    monkeypatch.setenv("WICK_ENABLED", "extra")
    assert names("--arm", "main") == ["base.ret"]  # what was built, whatever the environment says now
    assert names("--arm", "b", "--disable", "extra") == ["base.ret"]
    assert "(disabled)" in call(built.root, "lineage", "busy", "--arm", "main").stdout
    assert "(disabled)" not in call(built.root, "lineage", "busy", "--arm", "b").stdout
    assert call(built.root, "show", "busy", "--facts", "--arm", "b").stdout.startswith("class                 B")


def test_what_is_modified_is_told_from_the_arm(built, call):
    module = built.root / "features" / "base.py"
    module.write_text(module.read_text().replace("rolling(3)", "rolling(4)"))
    assert call(built.root, "build").returncode == 0
    assert call(built.root, "ls", "-s", "state:modified", "--arm", "b").stdout == "base.busy\n"
    assert call(built.root, "ls", "-s", "state:modified", "--arm", "main", "--allow-empty").stdout == ""


def test_an_arm_that_was_never_built_is_an_error_with_the_remedy(built, call):
    refused = call(built.root, "ls", "--arm", "c")
    assert (refused.returncode, "run `wick build --arm c` first" in refused.stderr) == (2, True)
    with pytest.raises(UsageError, match="no published run"):
        chosen_groups(built, "../../elsewhere")


@pytest.mark.parametrize("arm", ["../b", "B", "wick", "", "a b"])
def test_no_name_of_an_arm_leads_elsewhere(built, call, arm):
    with pytest.raises(UsageError):
        Options(arm=arm)
    before = sorted(built.root.rglob("*"))
    assert call(built.root, "build", "--arm", arm).returncode == 2
    assert sorted(built.root.rglob("*")) == before


def test_retry_takes_the_last_run_of_any_arm(built, call):
    module = built.root / "features" / "base.py"
    good = module.read_text()
    module.write_text(good.replace("volume.rolling(3).mean()", "volume.rolling(3).apply(sorted)"))
    assert call(built.root, "build", "--arm", "b", "--enable", "extra").returncode == 2
    module.write_text(good)
    assert call(built.root, "retry").returncode == 0
    assert toggles(built.reports("b")) == ["extra"]
    assert toggles(built.target) == []


def test_clean_removes_the_reports_of_every_arm_and_no_export(built, call):
    (built.reports("b") / "tiny.wick").touch()
    assert call(built.root, "clean").returncode == 0
    assert [path.name for path in built.reports("b").iterdir()] == ["tiny.wick"]
    assert call(built.root, "diff", "main", "b").returncode == 1  # what they hold is still there


def test_an_arm_is_tested_with_the_groups_it_was_built_with(built, call, monkeypatch):
    yml = built.root / "wick.yml"
    yml.write_text(yml.read_text() + "tests: {busy: [finite]}\n")
    said = call(built.root, "test", "--arm", "b")
    assert (said.returncode, "PASS test finite_busy" in said.stdout) == (0, True), said.stderr
    assert call(built.root, "build", "--arm", "b").returncode == 0  # without extra
    monkeypatch.setenv("WICK_ENABLED", "+extra")
    said = call(built.root, "test", "--arm", "b")
    assert (said.returncode, "finite_busy" in said.stdout) == (0, False), said.stderr
    assert "[arm-unknown]" in call(built.root, "test", "--arm", "c").stderr


def test_a_query_of_an_arm_sees_its_tables(built, call):
    (built.root / "data_tests").mkdir()
    (built.root / "data_tests" / "busy.sql").write_text("SELECT symbol, ts FROM base WHERE busy > 0")
    tested = call(built.root, "test", "--arm", "b")
    assert tested.returncode == 1
    assert "76 rows in 2 symbols" in tested.stdout + tested.stderr
    assert call(built.root, "test", "--arm", "main").returncode == 1  # it has no such column


def test_cleaned_reports_do_not_make_an_arm_forget_its_groups(built, call):
    assert call(built.root, "clean").returncode == 0
    assert chosen_groups(built, "b").enable == ("extra",)
    assert "base.busy" in call(built.root, "ls", "--arm", "b").stdout
    assert "did you mean 'b'?" in call(built.root, "ls", "--arm", "bb").stderr

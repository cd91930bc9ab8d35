from __future__ import annotations

import pytest

from candlewick.project.node import Node
from candlewick.run.data_tests import Offending
from candlewick.run.report import judge, model_inputs, model_order


def node(name, model, *inputs):
    return Node(name, "feature", model, "pd.Series", inputs, f"features/{model}.py", 1)


def nodes(*each):
    return {one.name: one for one in each}


def test_models_come_after_those_they_read():
    graph = nodes(
        node("c", "third", "b"), node("b", "second", "a", "close"), node("a", "first", "close"), node("d", "alone")
    )
    assert model_inputs(graph) == {"third": {"second"}, "second": {"first"}, "first": set(), "alone": set()}
    assert model_order(graph) == ["first", "second", "third", "alone"]


def test_models_that_read_each_other_keep_the_order_of_the_project():
    graph = nodes(node("a", "one", "close"), node("b", "two", "a"), node("c", "one", "b"))
    assert sorted(model_order(graph)) == ["one", "two"]


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ([Offending("AAA", 1, "2020-01-02 00:00", "x=1")], "1 row in 1 symbol, first AAA at 2020-01-02 00:00: x=1"),
        (
            [Offending("AAA", 0), Offending("BBB", 2, "", "x=1"), Offending("CCC", 3)],
            "5 rows in 2 symbols, first BBB: x=1",
        ),
        ([Offending("", 2, "", "n=80")], "2 rows, first: n=80"),
    ],
)
def test_what_a_test_found_in_words(found, message):
    result = judge("title", "error", "m", found)
    assert (result.status, result.message) == ("FAIL", message)
    assert judge("title", "warn", "m", found).status == "WARN"


def test_no_offending_row_passes():
    assert judge("title", "error", "m", [Offending("AAA", 0)]).status == "PASS"


def test_a_data_test_is_skipped_when_one_of_its_models_was_not_built(tiny, call):
    project = tiny(
        {
            "features/one.py": "def bad(close: pd.Series) -> pd.Series:\n    return close[:3]\n",
            "features/two.py": "def good(close: pd.Series) -> pd.Series:\n    return close\n",
            "data_tests/both.py": "def both(bad: pd.Series, good: pd.Series) -> pd.Series:\n    return good > 0\n",
        }
    )
    done = call(project.root, "build", "--engine", "hamilton")
    assert done.returncode == 1
    assert "SKIP test both" in done.stdout


def test_a_data_test_of_candles_needs_a_model_to_stand_under(tiny, call):
    project = tiny(
        {
            "features/one.py": "def up(close: pd.Series) -> pd.Series:\n    return close\n",
            "data_tests/candles.py": "def positive(close: pd.Series) -> pd.Series:\n    return close <= 0\n",
        }
    )
    assert "PASS test positive" in call(project.root, "build").stdout
    done = call(project.root, "build", "--select", "state:modified", "--allow-empty")
    assert (done.returncode, "Done. PASS=0" in done.stdout) == (0, True)


def test_candles_that_no_run_has_seen_are_not_tested(tiny, call):
    project = tiny(
        {
            "features/one.py": "def up(close: pd.Series) -> pd.Series:\n    return close - 1\n",
            "data_tests/known.py": "def known(up: pd.Series, close: pd.Series) -> pd.Series:\n"
            "    return up.isna() & close.notna()\n",
        }
    )
    assert call(project.root, "build").returncode == 0
    with (project.root / "seeds" / "candles.csv").open("a") as file:
        file.write("AAA,2020-03-01,150,152,149,151,9\n")
    assert call(project.root, "ingest").returncode == 0
    assert "PASS test known" in call(project.root, "test").stdout


def test_a_run_has_as_many_lines_as_it_says(tiny, call):
    project = tiny(
        {
            "features/one.py": "def up(close: pd.Series) -> pd.Series:\n    return close\n",
            "features/two.py": "def down(close: pd.Series) -> pd.Series:\n    return -close\n",
            "data_tests/both.py": "def both(up: pd.Series, down: pd.Series) -> pd.Series:\n    return up == down\n",
        }
    )
    assert "5 of 5 PASS test both" in call(project.root, "build").stdout
    assert "2 of 2 PASS test tripwires_one" in call(project.root, "build", "--select", "one").stdout


def test_a_tripwire_names_a_few_symbols_and_counts_the_rest(tiny, call):
    project = tiny("def flat(close: pd.Series) -> pd.Series:\n    return close * 0\n")
    rows = (project.root / "seeds" / "candles.csv").read_text().splitlines(keepends=True)
    more = [row.replace("AAA", f"S{number}") for number in range(6) for row in rows if row.startswith("AAA")]
    (project.root / "seeds" / "candles.csv").write_text("".join([*rows, *more]))
    assert "'flat' is constant (AAA, BBB, S0, S1, S2 and 3 more)" in call(project.root, "build").stdout

from __future__ import annotations

import pytest

from candlewick.cli import frame

MOVES = """
def up(close: pd.Series) -> pd.Series:
    return close.diff()

def frame(up: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"up": up})

def twice(frame: pd.DataFrame) -> pd.Series:
    return frame["up"] * 2

@config.when(enabled="extra")
def far(close: pd.Series) -> pd.Series:
    return close.diff(2)
"""


def test_a_lineage_that_cannot_be_written_is_said_so(tiny, call):
    project = tiny("def up(close: pd.Series) -> pd.Series:\n    return close.diff()\n")
    written = call(project.root, "lineage", "--output", "html", "--out", "lineage.html")
    assert (written.returncode, written.stdout) == (0, "Wrote lineage.html\n")
    refused = call(project.root, "lineage", "--out", "nowhere/lineage.html")
    assert refused.returncode == 2
    assert "Error [lineage-out]: nowhere/lineage.html cannot be written: No such file or directory" in refused.stderr


def test_what_is_not_published_is_said_why(tiny, call):
    project = tiny(MOVES)
    assert call(project.root, "build").returncode == 0
    for name, hint in (
        ("far", "the group 'extra' is off: run `wick build --enable extra`"),
        ("candles", "the table candles of target/candlewick.duckdb"),
        ("close", "the table candles of target/candlewick.duckdb"),
        ("frame", "it is pd.DataFrame, which is no column"),
        ("twce", "did you mean 'twice'?"),
        ("nothing_like_it", "`wick ls`"),
    ):
        shown = call(project.root, "show", name)
        assert shown.returncode == 2
        assert hint in shown.stderr
    (project.root / "features" / "moves.py").write_text("def up(")
    assert "did you mean 'up'?" in call(project.root, "show", "upp").stderr


def test_the_lineage_of_a_model_names_its_nodes(tiny, call):
    refused = call(tiny(MOVES).root, "lineage", "moves")
    assert refused.returncode == 2
    assert "'moves' has several: name one of far, frame, twice, up" in refused.stderr


@pytest.mark.parametrize(("folder", "words"), [("nope", "there is no folder"), ("features", "no wick.yml in")])
def test_a_project_dir_is_taken_at_its_word(tiny, call, folder, words):
    project = tiny(MOVES)
    assert call(project.root / "features", "ls").returncode == 0  # without the option the folders above are searched
    refused = call(project.root, "--project-dir", folder, "ls")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert words in refused.stderr


def test_the_help_of_every_command_fits_its_line(tmp_path, call):
    assert "..." not in call(tmp_path, "--help").stdout.replace("[ARGS]...", "")


def test_drift_and_a_full_refresh_exclude_each_other(tiny, call):
    assert call(tiny(MOVES).root, "ingest", "--check-drift", "--full-refresh").returncode == 2


def test_times_are_told_to_the_second_where_candles_are(make_project, call):
    rows = [f"A,2024-03-31T00:59:{second:02}Z,10,11,9,10.5,1" for second in (0, 30)]
    rows += ["A,2024-03-31T01:00:00.250Z,10,11,9,10.5,1"]
    project = make_project(
        {
            "features/m.py": "def same(close: pd.Series) -> pd.Series:\n    return close\n",
            "seeds/c.csv": "\n".join(["symbol,ts,open,high,low,close,volume", *rows]),
        },
        "name: tiny\ncandles: {path: seeds/*.csv, interval: 15s, gaps: allow}\n",
    )
    assert call(project.root, "ingest").returncode == 0
    assert call(project.root, "run").returncode == 0
    table = call(project.root, "show", "same").stdout.splitlines()
    assert [" ".join(line.split()[1:-1]) for line in table[1:]] == [
        "2024-03-31 00:59",
        "2024-03-31 00:59:30",
        "2024-03-31 01:00:00.250",
    ]
    csv = call(project.root, "show", "same", "--output", "csv").stdout.split()
    assert [line.split(",")[1] for line in csv[1:]] == [
        "2024-03-31T00:59:00Z",
        "2024-03-31T00:59:30Z",
        "2024-03-31T01:00:00.250Z",
    ]


def test_a_long_log_makes_room_for_a_new_one(tiny, call, monkeypatch):
    project = tiny("def double(close: pd.Series) -> pd.Series:\n    return close * 2\n")
    assert call(project.root, "ls").returncode == 0
    logs = project.target / "logs"
    before = (logs / "wick.log").read_text()
    monkeypatch.setattr(frame, "LONGEST_LOG", len(before) - 1)
    assert call(project.root, "ls").returncode == 0
    assert (logs / "wick.log.1").read_text() == before
    assert (logs / "wick.log").read_text() != before

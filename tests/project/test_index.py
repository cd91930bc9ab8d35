from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from candlewick.project import index
from candlewick.project.dag import load_dag
from candlewick.project.index import FILE, load_index, text_files

FEATURES = """
from hamilton.function_modifiers import tag

@tag(owner="desk")
def a(close: pd.Series, n: int = 3) -> pd.Series:
    return close.shift(n)

@config.when(enabled="extra")
def b(close: pd.Series) -> pd.Series:
    return close
"""


def nodes(index):
    return {**index.nodes}, {**index.disabled}


def test_what_is_remembered_is_what_the_dag_says(make_project):
    project = make_project({"features/m.py": FEATURES})
    dag = load_dag(project, environ={})
    for _ in range(2):
        assert nodes(load_index(project, environ={})) == nodes(dag)


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "features" / "m.py").write_text((root / "features" / "m.py").read_text() + "\n"),
        lambda root: (root / "common.py").write_text("X = 1\n"),
        lambda root: (root / "wick.yml").write_text((root / "wick.yml").read_text() + "\n"),
    ],
)
def test_any_change_of_the_text_is_seen(change, make_project, monkeypatch):
    project = make_project({"features/m.py": FEATURES})
    load_index(project, environ={})
    made = []
    monkeypatch.setattr(
        "candlewick.project.dag.load_dag", lambda *args, **kwargs: made.append(1) or load_dag(*args, **kwargs)
    )
    load_index(project, environ={})
    assert not made
    change(project.root)
    load_index(project, environ={})
    assert made


def test_toggles_are_part_of_the_key(make_project):
    project = make_project({"features/m.py": FEATURES})
    assert "b" in load_index(project, environ={}).disabled
    assert "b" in load_index(project, environ={"WICK_ENABLED": "extra"}).nodes
    assert "b" in load_index(project, environ={}, enable=["extra"]).nodes


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": 3}', "null"])
def test_a_damaged_memory_is_made_again(text, make_project):
    project = make_project({"features/m.py": FEATURES})
    expected = nodes(load_index(project, environ={}))
    path = project.target / FILE
    key = json.loads(path.read_text())["key"]
    path.write_text(text.replace("3", json.dumps(key)))
    assert nodes(load_index(project, environ={})) == expected


def test_a_second_listing_imports_nothing_heavy(make_project):
    project = make_project({"features/m.py": FEATURES})
    load_index(project)
    code = (
        "import sys\nfrom pathlib import Path\nfrom candlewick.commands.ls import ls\n"
        "from candlewick.project.project import open_project\n"
        f"print(len(ls(open_project(Path({str(project.root)!r}))).nodes), "
        "[name for name in ('pandas', 'hamilton', 'numpy') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "1 []"


def test_a_link_to_nothing_is_no_obstacle(make_project):
    project = make_project({"features/m.py": FEATURES})
    (project.root / "features" / ".#m.py").symlink_to("me@host.1234:5")  # how Emacs marks a file it edits
    assert set(load_index(project, environ={}).nodes) == {"a"}


def test_links_that_lead_round_are_walked_once(make_project):
    project = make_project({"features/m.py": FEATURES})
    for name in ("one", "two", "three"):
        (project.root / name).symlink_to(".")
    assert [path.name for path in text_files(project.root)].count("m.py") == 1


def test_candles_that_lie_in_the_project_are_not_read(make_project, monkeypatch):
    project = make_project({"features/m.py": FEATURES, "candles/BTC.csv": "ts,close\n"})
    before = index.project_key(project, [])
    opened = []
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: opened.append(path.name) or read(path))
    assert index.project_key(project, []) == before
    assert opened == ["m.py", "wick.yml"]
    (project.root / "candles" / "BTC.csv").write_text("ts,close\n2020-01-01,1\n")
    assert index.project_key(project, []) != before


def test_where_nothing_can_be_written_the_listing_is_made_anew(make_project, monkeypatch):
    project = make_project({"features/m.py": "def a(close: pd.Series) -> pd.Series:\n    return close\n"})

    def refused(self, *_, **__):
        raise OSError(30, "Read-only file system", str(self))

    for name in ("write_text", "unlink", "mkdir"):
        monkeypatch.setattr(Path, name, refused)
    assert "a" in load_index(project, environ={}).nodes

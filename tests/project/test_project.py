"""Which files are the project's own."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from candlewick.project.dag import load_dag
from candlewick.project.project import is_own

FEATURE = "def up(close: pd.Series) -> pd.Series:\n    return close.diff()\n"


def test_an_environment_inside_the_project_is_not_its_own(monkeypatch):
    root = Path("/projects/alpha")
    assert is_own(root / "features" / "moves.py", root)
    assert not is_own(Path("/projects/other.py"), root)
    assert not is_own(root / ".venv/lib/python3.11/site-packages/numpy/__init__.py", root)
    monkeypatch.setattr(sys, "prefix", str(root / "env"))
    assert not is_own(root / "env/lib/python3.11/json/__init__.py", root)
    monkeypatch.setattr(sys, "prefix", str(root))  # `python -m venv .` leaves the project's files its own
    assert is_own(root / "features" / "moves.py", root)


def test_modules_of_an_environment_inside_the_project_stay_imported(make_project, monkeypatch):
    packages = ".venv/lib/python3.11/site-packages"
    project = make_project({"features/moves.py": FEATURE, f"{packages}/installed_there.py": "state = []\n"})
    monkeypatch.syspath_prepend(str(project.root / packages))
    installed = importlib.import_module("installed_there")
    load_dag(project)
    load_dag(project)
    assert sys.modules.pop("installed_there") is installed


def test_an_error_in_an_installed_package_is_shown_at_the_line_that_calls_it(tiny, call):
    project = tiny("import broken_there\n\ndef up(close: pd.Series) -> pd.Series:\n    return broken_there.up(close)\n")
    packages = project.root / ".venv" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "broken_there.py").write_text("def up(close):\n    raise KeyError('no such thing')\n")
    sys.path.append(str(packages))
    try:
        done = call(project.root, "build", "--engine", "hamilton")
    finally:
        sys.path.remove(str(packages))
        sys.modules.pop("broken_there", None)
    assert done.returncode == 1
    assert " --> features/moves.py:" in done.stdout

"""The house rules that a linter cannot express."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from candlewick import errors

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "framework" / "candlewick"
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize(("library", "home"), [("hamilton", "project/dag.py"), ("mlflow", "track.py")])
def test_one_file_imports_the_library(library, home):
    users = [path.relative_to(PACKAGE).as_posix() for path in MODULES if library in imports(path)]
    assert users == [home]


def test_sql_is_written_in_the_store_only():
    statement = re.compile(r"\b(SELECT\s.+\sFROM|INSERT INTO|CREATE (OR REPLACE )?(TABLE|VIEW)|DELETE FROM)\b")
    found = [
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and statement.search(node.value)
    ]
    assert {name for name in found if not name.startswith("store/")} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_names(path):
    assert path.stem not in {"utils", "helpers", "manager", "handler", "common", "misc"}


def test_modules_stay_readable():
    long = {path.relative_to(PACKAGE).as_posix(): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: lines for name, lines in long.items() if lines > 480} == {}


def test_error_codes_are_unique_to_a_class_of_error():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.WickError)]
    codes = [kind.code for kind in kinds]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


@pytest.mark.parametrize("heavy", ["pandas", "numpy", "hamilton", "duckdb", "rich", "pydantic", "yaml", "numba"])
def test_help_imports_click_only(heavy):
    code = (
        "import sys\nsys.argv = ['wick', '--help']\nfrom candlewick.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('LOADED' if {heavy!r} in sys.modules else 'ABSENT')"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.rstrip().endswith("ABSENT")


def test_no_machine_paths_in_the_project():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    private = re.compile(r"/(home|root|work|Users)/\w+")
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".yml", ".js", ".css", ".html", ".sql"} and path.is_file():
            assert not private.search(path.read_text(encoding="utf-8")), name

"""The house rules that a linter cannot express."""

from __future__ import annotations

import ast
import functools
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import candlewick.live
from candlewick import errors

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "framework" / "candlewick"
MODULES = sorted(PACKAGE.rglob("*.py"))
EVERYWHERE = sorted([*MODULES, *(ROOT / "ui" / "candlewick_ui").rglob("*.py")])

LONGEST = 330
LONG = {  # longer than a file should be, and why it stays one
    "project/dag.py": "the one file that imports Hamilton",
    "track.py": "the one file that imports MLflow",
}
PRIVATE_NUMBA = {"program/compiler.py"}  # the target options that keep overlapping arrays apart have no public name


@functools.cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def place(path):
    return path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else ROOT / "ui").as_posix()


def imported(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def importers(library):
    found = {place(path) for path in EVERYWHERE for name in imported(path) if name.partition(".")[0] == library}
    return sorted(found)


@pytest.mark.parametrize(
    ("library", "homes"),
    [
        ("hamilton", ["project/dag.py"]),
        ("mlflow", ["track.py"]),
        ("numba", ["program/compiler.py"]),
    ],
)
def test_one_file_imports_the_library(library, homes):
    assert importers(library) == homes


def test_only_the_store_talks_to_duckdb():
    assert {name.partition("/")[0] for name in importers("duckdb")} <= {"store", "commands"}


def test_sql_is_written_in_the_store_only():
    statement = re.compile(r"\b(SELECT\s.+\sFROM|INSERT INTO|CREATE (OR REPLACE )?(TABLE|VIEW)|DELETE FROM)\b")
    found = {
        place(path)
        for path in EVERYWHERE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and statement.search(node.value)
    }
    assert {name for name in found if not name.startswith("store/")} == set()


def test_nothing_unpickles_or_executes_what_it_reads():
    dangerous = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
    assert {
        place(path) for path in EVERYWHERE for name in imported(path) if name.partition(".")[0] in dangerous
    } == set()
    calls = {
        place(path)
        for path in EVERYWHERE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec"}
    }
    assert calls == {
        "trace/frame_methods.py",  # frame.eval("a + b"): the author's own expression, as pandas takes it
        "trace/known.py",  # functions that the catalogue spells, in its own source
    }


def test_names():
    assert {
        place(path)
        for path in EVERYWHERE
        if path.stem in {"utils", "helpers", "manager", "handler", "common", "misc", "data", "info"}
    } == set()


def test_modules_stay_readable():
    """Around a hundred lines, rarely above three hundred; what is longer says why."""
    long = {place(path) for path in EVERYWHERE if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST}
    assert long - LONG.keys() == set()
    assert {name for name in LONG if not (PACKAGE / name).exists()} == set()


def test_nothing_is_left_to_do():
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
    assert [place(path) for path in EVERYWHERE if marks.search(path.read_text(encoding="utf-8"))] == []


def test_private_parts_of_numba_are_used_where_they_must_be():
    private = re.compile(r"numba\.core|numba\.np|numba\.[a-z.]*\._|llvmlite\.[a-z.]*\._")
    found = {place(path) for path in EVERYWHERE if any(private.search(name) for name in imported(path))}
    assert found <= PRIVATE_NUMBA


ONE_FILE = """
import sys
from pathlib import Path
import candlewick.operators as package
from candlewick.operators import arithmetic, operator
Path(sys.argv[1], "thrice.py").write_text(Path(arithmetic.__file__).read_text().split("@dataclass")[0] + '''
@dataclass(frozen=True)
class Thrice(Elementwise):
    "Three times a value."
    operands: ClassVar[tuple[str, ...]] = ("x",)
    spellings: ClassVar[tuple[str, ...]] = ("x.thrice()",)

    @staticmethod
    def value(x: float) -> float:
        return 3.0 * x
''')
package.__path__.append(sys.argv[1])
import numpy as np
from candlewick.lower import lower
from candlewick.program import run
from candlewick.trace import trace
program = lower(trace(lambda inputs: {"y": inputs["close"].thrice()}, ("close",)), ("close",))
print(run(program, {"s": np.array([[1.0, 2.0]])})[0]["s"].tolist())
"""


def test_adding_an_operator_is_adding_a_file(tmp_path):
    """Tracer, passes, program and kernels know it because it is there."""
    result = subprocess.run(
        [sys.executable, "-c", ONE_FILE, str(tmp_path)], capture_output=True, text=True, check=False,
        env={**os.environ, "CANDLEWICK_CACHE": str(tmp_path)},
    )  # fmt: skip
    assert result.stdout == "[[3.0, 6.0]]\n", result.stderr


def test_what_live_trading_offers_is_documented():
    for name in candlewick.live.__all__:
        thing = getattr(candlewick.live, name)
        assert inspect.getdoc(thing), name


def test_error_codes_are_unique_to_a_class_of_error_and_well_formed():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.WickError)]
    own = [kind.code for kind in kinds]
    assert len(own) == len(set(own))
    given = {
        keyword.value.value
        for path in EVERYWHERE
        for keyword in ast.walk(tree(path))
        if isinstance(keyword, ast.keyword) and keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
    }
    assert len(given) > 100
    assert [code for code in (*own, *given) if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", code)] == []


def test_no_machine_paths_in_the_project():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    private = re.compile(r"/(home|root|work|Users)/\w+")
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".yml", ".js", ".css", ".html", ".sql"} and path.is_file():
            assert not private.search(path.read_text(encoding="utf-8")), name

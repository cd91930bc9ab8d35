"""What a build follows from beyond the project's own text: after a change of it the tables are those of a rebuild."""

from __future__ import annotations

import os
import sys
import time

import pytest

from ..conftest import write_tiny

pytestmark = pytest.mark.slow  # many whole projects
OPAQUE = "@opaque(lookback=0)\ndef ret(close: pd.Series) -> pd.Series:\n    return "
HEAD = "from candlewick.declare import opaque\n"
TWICE = "def f(x):\n    return x * 2\n"
TRACED = "def ret(close: pd.Series) -> pd.Series:\n    return close * W\n"
CASES = {
    "a helper behind a link": (
        {"features/m.py": f"{HEAD}from features import _h\n{OPAQUE}_h.f(close)\n"}, ("features/_h.py", "h.py"), "h.py", TWICE),
    "a model behind a link": (
        {"features/m.py": "def one(close: pd.Series) -> pd.Series:\n    return close\n"}, ("features/base.py", "base.py"),
        "base.py", "import pandas as pd\ndef ret(close: pd.Series) -> pd.Series:\n    return close * 2\n"),
    "a folder behind a link": (
        {"features/m.py": f"{HEAD}from features._l import h\n{OPAQUE}h.f(close)\n"}, ("features/_l", ""), "h.py", TWICE),
    "a module by its path": (
        {"features/m.py": f"{HEAD}import importlib.util\n"
         "_spec = importlib.util.spec_from_file_location('followed_h', ELSEWHERE + '/h.py')\n"
         f"_h = importlib.util.module_from_spec(_spec)\n_spec.loader.exec_module(_h)\n{OPAQUE}_h.f(close)\n"}, None, "h.py", TWICE),
    "a folder on the import path": (
        {"features/m.py": f"{HEAD}import sys\nsys.path.append(ELSEWHERE)\nimport followed_far\n{OPAQUE}followed_far.f(close)\n"},
        None, "followed_far.py", TWICE),
    "a text that is run": (
        {"features/m.py": f"{HEAD}exec(open(ELSEWHERE + '/h.txt').read())\n{OPAQUE}f(close)\n"}, None, "h.txt",
        "def _f(x): return x * 2\nf = _f"),
    "a number in a file": ({"features/m.py": f"W = float(open(ELSEWHERE + '/w.txt').read())\n{TRACED}"}, None, "w.txt", "2"),
    "a table": ({"features/m.py": f"W = float(pd.read_csv(ELSEWHERE + '/w.csv')['a'][0])\n{TRACED}"}, None, "w.csv", "a\n2\n"),
    "a file that a traced function opens": (
        {"features/m.py": TRACED.replace("W", "float(open(ELSEWHERE + '/w.txt').read())")}, None, "w.txt", "2"),
    "a file that a number's function opens": (
        {"features/m.py": f"{HEAD}def size() -> float:\n    return float(open(ELSEWHERE + '/w.txt').read())\n"
         f"{OPAQUE.replace('close: pd.Series', 'close: pd.Series, size: float')}close * size\n"}, None, "w.txt", "2"),
}  # fmt: skip


@pytest.mark.parametrize("what", CASES)
def test_the_next_build_sees_it(tmp_path, call, what):
    files, link, name, text = CASES[what]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / name).write_text(text)
    project = write_tiny(
        tmp_path / "tiny", {path: f"ELSEWHERE = {str(elsewhere)!r}\n{each}" for path, each in files.items()}
    )
    if link:
        (project.root / link[0]).symlink_to(elsewhere / link[1])

    def built() -> float:
        for module in [each for each in sys.modules if each.startswith("followed_")]:
            del sys.modules[module]  # as a new process
        done = call(project.root, "build")
        assert done.returncode == 0, done.stderr
        return float(call(project.root, "show", "ret", "--limit", "1").stdout.split()[-1])

    first = built()
    assert built() == first
    (elsewhere / name).write_text(text.replace("2", "3"))
    later = time.time() + 2  # Python takes byte code of the same second for that of the text
    os.utime(elsewhere / name, (later, later))
    assert built() == 1.5 * first

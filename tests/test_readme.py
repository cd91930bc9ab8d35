"""The README's commands do what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(marker):
    return re.search(rf"<!-- {marker} -->\n```bash\n(.+?)\n```", README)[1]


def wick(folder, *arguments, **environ):
    command = [sys.executable, "-m", "candlewick", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, **environ}, timeout=300
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readme")
    assert wick(folder, "init", "my_alpha").returncode == 0
    project = folder / "my_alpha"
    result = wick(project, "build")
    assert result.returncode == 0, result.stdout + result.stderr
    return project


@pytest.mark.slow
def test_the_first_command_sets_up_and_builds(tmp_path):
    """In a copy of the checkout, with a fresh environment of its own."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    for name in filter(None, tracked):
        copy = tmp_path / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy2(ROOT / name, copy)
    environ = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block("build-command")],
        cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=1200,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Done. PASS=" in result.stdout
    assert "ERROR=0" in result.stdout
    assert (tmp_path / "my_alpha" / "target" / "lineage.html").exists()


def test_ci_runs_the_second_command():
    assert block("test-command").endswith("-m pytest -n auto")
    assert "<!-- test-command -->" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_tour(built):
    tour = re.search(r"## A day with it\n\n```bash\n(.+?)```", README, re.DOTALL)[1]
    for line in tour.splitlines():
        command = line.partition("#")[0].strip()
        if not command or command.startswith("wick init") or command == "wick ui":
            continue
        environ = dict(pair.split("=") for pair in re.findall(r"^(\w+=\S+) wick", command))
        words = re.sub(r"^(\w+=\S+ )?wick ", "", command).replace("'", "").split(" ")
        result = wick(built, *words, **environ)
        assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"


def test_the_lineage_it_shows(built):
    shown = re.search(r"\$ wick lineage atr_normalized\n(.+?)```", README, re.DOTALL)[1]
    assert wick(built, "lineage", "atr_normalized").stdout == shown


def test_the_facts_it_shows(built):
    shown = re.search(r"\$ wick show atr_14 --facts\n(.+?)```", README, re.DOTALL)[1]
    assert wick(built, "show", "atr_14", "--facts").stdout.startswith(shown)


def test_the_refusal_it_shows(built):
    shown = re.search(r"\$ wick build\n(Error \[trace-looks-ahead\].+?)```", README, re.DOTALL)[1]
    leak = built / "features" / "leak.py"
    leak.write_text(
        "import pandas as pd\n\n\ndef tomorrow(close: pd.Series) -> pd.Series:\n    return close.shift(-1)\n"
    )
    try:
        result = wick(built, "build")
    finally:
        leak.unlink()
    assert result.returncode == 2
    assert shown in result.stderr


def test_the_feature_it_shows_is_the_example_projects():
    shown = re.search(r"# features/volatility.py\n(.+?)```", README, re.DOTALL)[1]
    code = (ROOT / "feature_project" / "features" / "volatility.py").read_text(encoding="utf-8")
    assert shown in code


def test_its_pictures_exist():
    for picture in re.findall(r"!\[.*?\]\((.+?)\)", README):
        assert (ROOT / picture).is_file(), picture

from __future__ import annotations

import multiprocessing
import os
import shutil

import pytest

from candlewick.commands.init import init
from candlewick.errors import UsageError
from candlewick.project.config import load_config


@pytest.mark.parametrize("name", ["café", "on", "Null", "my-alpha", "1st", ""])
def test_a_name_that_wick_yml_could_not_hold_is_refused(tmp_path, name):
    with pytest.raises(UsageError) as caught:
        init(name, tmp_path)
    assert caught.value.code == "init-name"
    assert not any(tmp_path.iterdir())


def test_the_project_is_named(tmp_path):
    made = init("on_2", tmp_path)
    assert load_config(made.root / "wick.yml").name == "on_2"
    assert "features/returns.py" in made.files


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError) as caught:
        init("alpha", tmp_path / "file")
    assert caught.value.code == "init-unwritable"
    assert str(tmp_path / "file" / "alpha") in caught.value.what


def test_a_folder_that_holds_files_is_left_alone(tmp_path):
    init("alpha", tmp_path)
    with pytest.raises(UsageError) as caught:
        init("alpha", tmp_path)
    assert caught.value.code == "init-exists"


def test_what_a_killed_init_left_is_in_nobodys_way(tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    assert init("empty", tmp_path).files
    monkeypatch.setattr(shutil, "copyfile", lambda *_: os._exit(9))
    child = multiprocessing.get_context("fork").Process(target=init, args=("alpha", tmp_path))
    child.start()
    child.join()
    assert child.exitcode == 9
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["empty"]
    monkeypatch.undo()
    assert init("alpha", tmp_path).files
    assert {path.name for path in tmp_path.iterdir()} == {"empty", "alpha"}

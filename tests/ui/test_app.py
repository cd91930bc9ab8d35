from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import candlewick_ui
from candlewick.commands.build import build
from candlewick.commands.ui import PROJECT_VARIABLE
from candlewick.lineage.record import build_lineage
from candlewick.project.project import open_project
from candlewick.run.options import Options
from candlewick_ui.frame import plain

testing = pytest.importorskip("streamlit.testing.v1")
APP = Path(candlewick_ui.__file__).with_name("app.py")


@pytest.fixture
def run(monkeypatch):
    def run(folder: Path):
        monkeypatch.setenv(PROJECT_VARIABLE, str(folder))
        app = testing.AppTest.from_file(str(APP)).run()
        assert not app.exception
        return app

    return run


def test_before_the_first_build_the_page_says_what_to_do(run, project):
    app = run(project)
    assert "nothing has been built yet" in app.markdown[0].value
    assert app.code[0].value == "wick build"
    assert app.button[0].label == "Build"


def test_after_a_build_the_page_says_how_it_went(run, built):
    app = run(built)
    assert app.caption[0].value.startswith(plain("alpha · wick build · 2026-01-02"))
    assert app.text[0].value.startswith("fail  test.alpha.finite")


def test_a_broken_project_shows_the_error_of_the_command_line(run, project):
    (project / "wick.yml").write_text("name: alpha\ncandels: {}\ncandles: {path: x, interval: 1d}\n")
    assert "candels" in run(project).code[0].value


PAGES = ["lineage", "ab", "preview", "runs", "export"]


@pytest.fixture
def open_page(monkeypatch):
    def open_page(name: str, folder: Path):
        monkeypatch.setenv(PROJECT_VARIABLE, str(folder))
        text = f"from candlewick_ui.screens import {name}\n{name}.page()"
        app = testing.AppTest.from_string(text, default_timeout=30).run()
        assert not app.exception
        return app

    return open_page


def words(app) -> str:
    return "\n".join(
        str(element.value) for kind in ("markdown", "code", "text", "caption") for element in getattr(app, kind)
    )


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_what_to_do_before_the_first_build(open_page, project, name):
    assert "wick build" in words(open_page(name, project))


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_a_broken_project_shows_the_error(open_page, project, name):
    (project / "wick.yml").write_text("name: alpha\ncandels: {}\ncandles: {path: x, interval: 1d}\n")
    assert "candels" in words(open_page(name, project))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("text", ['{"schema_version": 1, "nodes": [{"model": 3}], "edges": []}', "[", '{"nodes": 3}'])
def test_every_page_of_a_project_with_a_broken_report_says_so(open_page, built, name, text):
    (built / "target" / "lineage.json").write_text(text)
    assert "cannot be read" in words(open_page(name, built)) or "has version" in words(open_page(name, built))


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_a_project_whose_store_is_gone_still_opens(open_page, built, name):
    assert "alpha" in words(open_page(name, built))


def test_every_page_of_an_empty_project_opens(open_page, built):
    (built / "target" / "lineage.json").write_text(build_lineage("alpha", []).dumps())
    for name in PAGES:
        open_page(name, built)


def test_a_group_switched_in_an_arm_changes_its_command(open_page, alive_folder):
    app = open_page("ab", alive_folder)
    assert [code.value for code in app.code[:2]] == ["wick build --arm a", "wick build --arm b"]
    assert app.button[0].disabled
    app.pills(key="arm_b").set_value(["moves", "smooth"]).run()
    assert [code.value for code in app.code[:2]] == ["wick build --arm a", "wick build --arm b --enable smooth"]
    assert not app.button[0].disabled
    assert app.session_state["arms"] == {"a": ["moves"], "b": ["moves", "smooth"]}


def test_the_preview_shows_the_warm_up_it_knows(open_page, alive_folder):
    app = open_page("preview", alive_folder)
    app.multiselect(key="features").set_value(["move", "up"]).run()
    assert not app.exception
    assert "move   1 candle of warm-up\n" in words(app)


def test_the_preview_of_an_exported_project_says_that_live_is_batch(open_page, exported):
    app = open_page("preview", exported[0].root)
    app.multiselect(key="features").set_value(["move", "up"]).run()
    assert not app.exception
    assert words(app).count("batch = live, bit for bit, at all 28 candles") == 2


def test_the_preview_of_a_column_that_only_an_arm_has_is_that_of_the_arm(monkeypatch, alive_folder, tmp_path):
    project = open_project(shutil.copytree(alive_folder, tmp_path / "p"))
    build(project, "run", Options(arm="b", enable=("smooth",), threads=1))
    monkeypatch.setenv(PROJECT_VARIABLE, str(project.root))

    def asked(*names):
        text = "from candlewick_ui.screens import preview\npreview.page()"
        app = testing.AppTest.from_string(text, default_timeout=30)
        app.query_params["features"] = list(names)
        return words(app.run())

    assert "Not published here: smooth, nowhere" in asked("smooth", "nowhere")
    assert "smooth   5 candles of warm-up" in asked("smooth")
    assert "wick export --arm b" in asked("smooth")


def test_an_export_that_was_refused_says_why(open_page, exported, tmp_path):
    shutil.copytree(exported[0].root, tmp_path / "p")
    failed = {"name": "stream", "claim": "every value has the bits of the batch", "status": "fail", "numbers": {"candles": 28},
              "findings": [{"what": "3 values differ", "feature": "move", "symbol": "AAA", "ts": None}], "reason": ""}  # fmt: skip
    certificate = {"payload_hash": "ab" * 32, "parts": [failed], "features": [], "candles": {"AAA": {"candles": 28}}}
    (tmp_path / "p" / "target" / "certificate.json").write_text(json.dumps(certificate))
    said = words(open_page("runs", tmp_path / "p"))
    assert "It does not hold" in said
    assert "move AAA: 3 values differ" in said


def test_runs_and_export_show_what_the_last_run_said(open_page, alive_folder):
    assert "range_move" in words(open_page("runs", alive_folder))
    assert "Its data tests pass" in words(open_page("export", alive_folder))

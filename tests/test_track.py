from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from candlewick import track
from candlewick.errors import TrackError
from candlewick.project.toggles import Toggles

pytestmark = pytest.mark.slow  # many whole projects

TOGGLES = Toggles(("returns",), {"returns": "wick.yml baseline", "momentum": "WICK_ENABLED=-momentum"})


def log(target: Path, tracking: str = "file", **changes):
    facts = {"target": target, "project": "alpha", "run_name": "build", "engine": "hamilton", "toggles": TOGGLES}
    return track.log_run(tracking, **(facts | changes))


@pytest.fixture
def client(tmp_path):
    mlflow = pytest.importorskip("mlflow")
    return mlflow.MlflowClient(tracking_uri=f"sqlite:///{tmp_path}/mlflow/mlflow.db")


def test_off_records_nothing_and_imports_nothing(tmp_path):
    assert log(tmp_path, "off") is None
    assert list(tmp_path.iterdir()) == []


def test_a_run_holds_what_was_said_about_it(tmp_path, client):
    files = [tmp_path / "lineage.json", tmp_path / "run_results.json"]
    for path in files:
        path.write_text('{"a": 1}')
    done = log(
        tmp_path,
        git_commit="abc123",
        data_versions={"SPX": {"2018-01": "ff"}},
        parameters={"select": "group:returns"},
        metrics={"seconds.build": 1.5},
        tags={"invocation": "7"},
        artifacts=files,
    )
    run = client.get_run(done.run_id)
    assert run.info.run_name == "build"
    assert run.info.status == "FINISHED"
    assert run.data.params.pop("data_version") == track._digest({"SPX": {"2018-01": "ff"}})
    assert run.data.params == {
        "engine": "hamilton",
        "git_commit": "abc123",
        "group.returns": "on",
        "group.momentum": "off",
        "select": "group:returns",
    }
    assert run.data.tags["group.momentum.source"] == "WICK_ENABLED=-momentum"
    assert run.data.tags["mlflow.source.git.commit"] == "abc123"
    assert run.data.tags["invocation"] == "7"
    assert run.data.metrics == {"seconds.build": 1.5}
    assert client.get_experiment(done.experiment_id).name == "alpha"
    kept = Path(done.where.removeprefix("file://"))
    assert {path.name for path in kept.iterdir()} == {"lineage.json", "run_results.json", "data_versions.json"}
    assert kept.is_relative_to(tmp_path / "mlflow" / "artifacts")
    assert json.loads((kept / "data_versions.json").read_text()) == {"SPX": {"2018-01": "ff"}}


def test_what_is_unknown_is_left_out_and_a_failed_run_says_so(tmp_path, client):
    run = client.get_run(log(tmp_path, succeeded=False).run_id)
    assert run.data.params == {"engine": "hamilton", "group.returns": "on", "group.momentum": "off"}
    assert run.info.status == "FAILED"


def test_long_values_are_cut_with_a_note_and_many_values_fit(tmp_path, client):
    many = {f"column {index}, of 5 %": "x" for index in range(250)}
    run = client.get_run(log(tmp_path, parameters={"select": "y" * 9000} | many).run_id)
    assert run.data.params["select"].endswith("(cut from 9000 characters)")
    assert run.data.params["column 249_ of 5 _"] == "x"


def test_two_runs_share_the_experiment_and_equal_data_has_an_equal_version(tmp_path, client):
    versions = {"A": {"2018-01": "1", "2018-02": "2"}}
    turned = {"A": dict(reversed(versions["A"].items()))}
    runs = [log(tmp_path, data_versions=given) for given in (versions, turned, {"A": {"2018-01": "9"}})]
    assert len({run.experiment_id for run in runs}) == 1
    one, same, other = (client.get_run(run.run_id).data.params["data_version"] for run in runs)
    assert one == same != other


def test_an_artifact_that_cannot_be_read_fails_the_run(tmp_path, client):
    with pytest.raises(TrackError, match=r"no\.json") as error:
        log(tmp_path, artifacts=[tmp_path / "no.json"])
    assert error.value.code == "track-failed"
    experiment = client.get_experiment_by_name("alpha")
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.status == "FAILED"


def test_a_store_that_moved_is_refused(tmp_path):
    log(tmp_path / "here")
    (tmp_path / "here").rename(tmp_path / "there")
    with pytest.raises(TrackError) as error:
        log(tmp_path / "there")
    assert error.value.code == "track-moved"
    assert not (tmp_path / "here").exists()


def test_a_plain_folder_is_refused_with_the_way_out(tmp_path):
    pytest.importorskip("mlflow")
    with pytest.raises(TrackError) as error:
        log(tmp_path, (tmp_path / "mlruns").as_uri())
    assert error.value.code == "track-failed"
    assert "mlflow: file" in error.value.hint


def test_a_server_that_does_not_answer_is_one_error_without_its_password(tmp_path, monkeypatch):
    pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(TrackError) as error:
        log(tmp_path, "http://me:secret@127.0.0.1:9")
    assert error.value.code == "track-failed"
    assert "127.0.0.1:9" in str(error.value)
    assert "secret" not in str(error.value)


def test_without_the_library_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(TrackError) as error:
        log(tmp_path)
    assert error.value.code == "track-missing-library"
    assert 'pip install "candlewick[mlflow]"' in error.value.hint


@pytest.mark.slow
def test_a_run_of_its_own_process_opens_no_socket_and_leaves_nothing_behind(tmp_path):
    pytest.importorskip("mlflow")
    (tmp_path / "cwd").mkdir()
    script = """
        import os, sys, pathlib
        def guard(event, args):
            if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname"):
                print("network", event, args)
            if event == "pickle.find_class":
                print("pickle", args)
        sys.addaudithook(guard)
        from candlewick import track
        assert "mlflow" not in sys.modules
        from candlewick.project.toggles import Toggles
        target = pathlib.Path(sys.argv[1])
        track.log_run("file", target=target, project="p", run_name="r", engine="hamilton", toggles=Toggles((), {}))
        import mlflow
        assert mlflow.active_run() is None
        assert "MLFLOW_TRACKING_URI" not in os.environ
        assert not mlflow.is_tracking_uri_set()
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "target")]
    done = subprocess.run(command, cwd=tmp_path / "cwd", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list((tmp_path / "cwd").iterdir()) == []
    assert not [path for path in tmp_path.rglob("*") if path.suffix in {".pkl", ".pickle"}]

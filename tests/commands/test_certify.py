"""`wick certify` and the certificate an export asks for."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from candlewick.artifact import encode, read
from candlewick.candles import moment
from candlewick.commands.certify import certify
from candlewick.commands.export import export
from candlewick.commands.ingest import ingest
from candlewick.errors import ArtifactError
from candlewick.run import fitting as fitting_module

from ..conftest import write_tiny

FEATURES = """
def move(close: pd.Series) -> pd.Series:
    return close / close.shift(1) - 1


def trend(close: pd.Series) -> pd.Series:
    return close.ewm(span=3).mean() / close
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project and its file."""
    project = write_tiny(tmp_path_factory.mktemp("made") / "tiny", FEATURES)
    ingest(project)
    return project, export(project)


@pytest.fixture
def exported(made, lent):
    with lent(made[0].root):
        yield made


@pytest.fixture
def project(exported):
    return exported[0]


@pytest.fixture
def file(exported):
    return exported[1].path


def test_a_file_carries_its_certificate(project, file):
    artifact = read(file)
    assert artifact.certificate["payload_hash"] == artifact.payload_hash
    assert {part["status"] for part in artifact.certificate["parts"]} == {"pass"}
    assert len(artifact.certificate["parts"]) == 7
    assert json.loads((project.target / "certificate.json").read_text()) == artifact.certificate
    found = certify(file, project)
    assert not found.failed
    assert found.certificate.complete


@pytest.mark.slow
def test_an_export_that_does_not_hold_writes_nothing(project, call, monkeypatch):
    import candlewick.certify.reference as part

    run = part.run

    def drifting(program, symbols):
        results, states = run(program, symbols)
        for rows in results.values():
            rows[1] += 1e-3
        return results, states

    monkeypatch.setattr(part, "run", drifting)
    (project.target / "tiny.wick").unlink()
    said = call(project.root, "export")
    assert said.returncode == 1
    assert "[certificate-failed]" in said.stderr
    assert "reference: 'trend' (AAA): the value is" in said.stderr
    assert not (project.target / "tiny.wick").exists()
    assert json.loads((project.target / "certificate.json").read_text())["parts"][1]["status"] == "fail"


def test_a_certificate_that_claims_what_does_not_hold_is_contradicted(project, file, call):
    plain = json.loads(json.dumps(read(file).certificate))
    plain["features"][0]["lookback"] = 0
    file.write_bytes(encode(read(file).payload, plain))  # with hashes that fit
    (project.root / "features" / "moves.py").write_text(
        (project.root / "features" / "moves.py").read_text().replace("span=3", "span=4")
    )
    said = call(project.root, "certify", "target/tiny.wick")
    assert said.returncode == 1
    assert "says environment: pass; here it is fail" in said.stderr
    assert "other things of 'move'" in said.stderr
    assert "the project computes 'trend' by another expression" in said.stdout


def test_an_edited_certificate_is_not_read(project, file, call):
    content = file.read_bytes()
    file.write_bytes(content.replace(b"fed candle by candle", b"fed tick by tick for"))
    said = call(project.root, "certify", "target/tiny.wick")
    assert (said.returncode, "[artifact-certificate-hash]" in said.stderr) == (1, True)


def test_anywhere_else_random_candles_are_fed(file, tmp_path_factory, call):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    said = call(elsewhere, "certify", str(file))
    assert said.returncode == 0, said.stderr
    assert "drawn at random" in said.stdout
    assert said.stdout.count("NOT RUN") == 3
    assert said.stdout.count("PASS") == 4


def test_a_folder_inside_the_project_is_in_it(project, file, call):
    said = call(file.parent, "certify", file.name)
    assert said.returncode == 0, said.stderr
    assert "NOT RUN" not in said.stdout
    assert "the store" in said.stdout


def test_a_project_that_is_named_and_not_there_is_no_licence_to_go_without(file, call):
    said = call(file.parent, "--project-dir", "nowhere", "certify", file.name)
    assert (said.returncode, "[project-not-found]" in said.stderr) == (2, True)


@pytest.mark.parametrize("verb", [["certify", "none.wick"], ["replay", "none.wick"], ["shadow", "none.wick", "a:b"]])
def test_a_file_that_is_not_there_is_a_mistake_of_usage(verb, project, call):
    said = call(project.root, *verb)
    assert (said.returncode, "'none.wick' does not exist" in said.stderr) == (2, True)


def test_another_project_is_refused(project, file):
    other = replace(project, config=project.config.model_copy(update={"name": "other"}))
    with pytest.raises(ArtifactError) as refused:
        certify(file, other)
    assert refused.value.code == "certificate-project"


@pytest.mark.slow
def test_new_candles_are_another_certificate(project, call):
    seeds = project.root / "seeds" / "candles.csv"
    seeds.write_text(seeds.read_text() + "AAA,2020-03-01,140,142,139,141,900\n")
    ingest(project)
    said = call(project.root, "certify", "target/tiny.wick")
    assert said.returncode == 1
    assert "the candles in the store are not those the file was made from" in said.stdout


def test_without_any_candle_that_the_file_has_seen_nothing_is_certified(project, call):
    seeds = project.root / "seeds" / "candles.csv"
    rows = seeds.read_text().replace(",2020-", ",2021-")
    seeds.write_text(rows)
    ingest(project, full_refresh=True)
    said = call(project.root, "certify", "target/tiny.wick")
    assert (said.returncode, "[certificate-candles]" in said.stderr) == (1, True)


@pytest.mark.slow
def test_a_group_that_is_gone_is_another_project(tiny, call):
    text = '@config.when(enabled="old")\ndef move(close: pd.Series) -> pd.Series:\n    return close.diff()\n'
    text += "\ndef up(close: pd.Series) -> pd.Series:\n    return close.diff(2)\n"
    project = tiny(text)
    ingest(project)
    assert call(project.root, "export", "--enable", "old").returncode == 0
    tiny(text.replace('"old"', '"new"'))
    said = call(project.root, "certify", "target/tiny.wick")
    assert said.returncode == 1
    assert "the file has the groups old, the project enables none" in said.stdout


def test_json_is_the_certificate(project, call):
    said = call(project.root, "certify", "target/tiny.wick", "--output", "json")
    plain = json.loads(said.stdout)
    assert [part["status"] for part in plain["parts"]] == ["pass"] * 7
    assert moment(plain["candles"]["AAA"]["first"]) == "2020-01-01"


@pytest.mark.slow
def test_a_fit_on_all_rows_cannot_be_exported(tiny, call, monkeypatch):
    yml = """
    name: tiny
    candles: {path: seeds/*.csv, interval: 1d, gaps: allow}
    groups: {baseline: []}
    split: {train_end: 2020-01-31}
    fit: {output: centred}
    """
    fit = """
    def mean(train: pd.DataFrame) -> pd.Series:
        return train.mean()


    def centred(features: pd.DataFrame, mean: pd.Series) -> pd.DataFrame:
        return features - mean
    """
    project = tiny({"features/moves.py": FEATURES, "fit/centre.py": fit}, yml)
    ingest(project)
    monkeypatch.setattr(fitting_module, "_until", lambda candles, end: candles)
    said = call(project.root, "export")
    assert said.returncode == 1
    assert "fit window: 'mean' is fitted to another value" in said.stderr

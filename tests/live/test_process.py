"""Live trading in a process of its own: three libraries, no compiling after load, and its own command."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from candlewick.artifact import encode, payload_hash
from candlewick.live.__main__ import main

ROOT = Path(__file__).parents[2]
ALLOWED = ("candlewick", "numpy", "numba", "llvmlite", "safetensors")
ALONE = """
import sys
class Gate:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in ALLOWED and not top.startswith(("_", "dispatch")):
            raise ModuleNotFoundError(f"blocked: {name}")
sys.meta_path.insert(0, Gate())
from candlewick.live import load
features = load(sys.argv[1]).open(["X"])
for t in range(30):
    features.update("X", 60_000 * t, 100.0, 101.0, 99.0, 100.0 + t % 2, 5.0)
print(features.emit("X", stage="features").tobytes().hex())
print(sorted({name.partition(".")[0] for name in sys.modules} & {"pandas", "hamilton", "duckdb", "click", "pydantic"}))
"""


@pytest.fixture(scope="module")
def file(payload, tmp_path_factory):
    path = tmp_path_factory.mktemp("live") / "tiny.wick"
    path.write_bytes(encode(payload))
    return path


def expected(loaded):
    features = loaded.open(["X"])
    for t in range(30):
        features.update("X", 60_000 * t, 100.0, 101.0, 99.0, 100.0 + t % 2, 5.0)
    return features.emit("X", stage="features").tobytes().hex()


def test_numpy_numba_and_safetensors_are_all_it_imports(loaded, file):
    code = ALONE.replace("ALLOWED", repr(ALLOWED))
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [expected(loaded), "[]"]


@pytest.mark.slow
def test_an_environment_with_nothing_else_loads_and_runs_it(loaded, file, tmp_path):
    """Installed with --no-deps, beside the three libraries of this environment."""
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    site = next((tmp_path / "env" / "lib").glob("python*/site-packages"))
    for name in ALLOWED[1:]:
        library = Path(__import__(name).__file__).parent
        for found in (library, library.with_name(f"{name}.libs"), *library.parent.glob(f"{name}-*.dist-info")):
            if found.exists():
                (site / found.name).symlink_to(found)
    install = [python, "-m", "pip", "install", "-q", "--no-deps", ROOT]
    subprocess.run(install, capture_output=True, check=True)
    code = ALONE.replace("sys.meta_path.insert(0, Gate())", "")
    done = subprocess.run([python, "-c", code, str(file)], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [expected(loaded), "[]"]


def test_inspect_shows_schema_lineage_and_certificate(file, capsys):
    assert main(["inspect", str(file)]) == 0
    said = capsys.readouterr().out
    assert "features: 7 columns" in said
    assert "output: 3 columns" in said
    assert "BTC: 150 candles, the last opens 1970-01-01 02:29:00+00:00" in said
    assert said.endswith("not certified\n")


def test_inspect_shows_what_the_certificate_claims(payload, tmp_path, capsys):
    judged = payload_hash(payload.text(), payload.tensors())
    part = {"name": "stream", "claim": "one candle at a time is the batch", "status": "PASS"}
    (tmp_path / "a.wick").write_bytes(encode(payload, {"payload_hash": judged, "parts": [part]}))
    assert main(["inspect", str(tmp_path / "a.wick")]) == 0
    assert capsys.readouterr().out.endswith("certificate\n  PASS  stream: one candle at a time is the batch\n")


def test_inspect_of_what_is_no_artifact(tmp_path, capsys):
    (tmp_path / "a.wick").write_bytes(b"\x89PNG\r\n\x1a\n----------")
    assert main(["inspect", str(tmp_path / "a.wick")]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("Error [artifact-not-one]: ")


@pytest.mark.slow
def test_warm_compiles(capsys):
    assert main(["warm"]) == 0
    assert capsys.readouterr().out.startswith("The kernels are compiled")

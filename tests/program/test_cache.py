"""The cache of compiled kernels: compiled once, private, and nothing in it trusted unread."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from candlewick.errors import WickWarning
from candlewick.program import cache, dispatcher

ADD = ("add",)
COLD = """
import sys, time
from pathlib import Path
import numpy as np
from candlewick.program import cache, load_dispatcher
cache.on_compile.append(lambda: print("compiled"))
while not Path(sys.argv[1]).exists():
    time.sleep(0.01)
print(load_dispatcher(["add"]).opcodes)
"""


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """An empty cache of this test's own."""
    monkeypatch.setenv("CANDLEWICK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "kernels"


@pytest.fixture
def compilations(monkeypatch) -> list[str]:
    """What was announced: one entry per compilation."""
    said: list[str] = []
    monkeypatch.setattr(cache, "on_compile", [lambda: said.append("compiled")])
    return said


def load(names=ADD):
    """As a fresh process would: what this process already holds is not asked."""
    return dispatcher._load.__wrapped__(names)


def folder(place: Path) -> Path:
    (found,) = place.iterdir()
    return found


def pickled(place: Path) -> list[Path]:
    return sorted(folder(place).rglob("*.nb*"))


def test_compiled_once_and_announced_before_it_begins(place, monkeypatch):
    seen: list[list[str]] = []
    monkeypatch.setattr(cache, "on_compile", [lambda: seen.append([path.name for path in pickled(place)])])
    load()
    assert seen == [[]]
    assert pickled(place)
    load()
    assert seen == [[]]


def test_the_cache_is_the_users_alone_and_named_by_its_hash(place, monkeypatch):
    load()
    text = dispatcher.generate(ADD)
    assert folder(place).name == f"dispatch_{dispatcher.digest(text)}"
    assert (folder(place) / f"{folder(place).name}.py").read_text() == text
    assert folder(place).stat().st_mode & 0o777 == 0o700
    assert place.stat().st_mode & 0o777 == 0o700
    edited = text.replace("def kernel_add(", "def kernel_add( ")
    assert edited != text
    monkeypatch.setattr(dispatcher, "generate", lambda names: edited)
    load()
    assert len(list(place.iterdir())) == 2


def test_an_edited_kernel_is_another_file():
    text = dispatcher.generate(ADD)
    assert dispatcher.digest(text) == dispatcher.digest(dispatcher.generate(ADD))
    assert dispatcher.digest(text.replace(" + ", " - ", 1)) != dispatcher.digest(text)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))


DAMAGE = {
    "truncated data": lambda place: os.truncate(pickled(place)[0], 100),
    "truncated index": lambda place: os.truncate(pickled(place)[-1], 10),
    "flipped": lambda place: flip(pickled(place)[0]),
    "foreign": lambda place: (pickled(place)[0].parent / "other.nbc").write_bytes(b"not ours"),
    "missing": lambda place: pickled(place)[0].unlink(),
    "source of another text": lambda place: next(folder(place).glob("*.py")).write_text("1 / 0"),
    "source of no text": lambda place: flip(next(folder(place).glob("*.py"))),
    "no checksum": lambda place: (folder(place) / "checksum").unlink(),
    "checksum of no text": lambda place: (folder(place) / "checksum").write_bytes(b"\xff\xfe"),
}


QUICK = ("flipped", "source of no text")


@pytest.mark.parametrize(
    "damage",
    [pytest.param(d, id=name, marks=[] if name in QUICK else pytest.mark.slow) for name, d in DAMAGE.items()],
)
def test_a_damaged_cache_is_compiled_once_more(place, compilations, damage):
    load()
    damage(place)
    load()
    assert len(compilations) == 2
    load()
    assert len(compilations) == 2
    assert not list(folder(place).rglob("other.nbc"))


class Bomb:
    def __reduce__(self):
        return (os.mkdir, (os.environ["BOMB"],))


def test_nothing_is_unpickled_that_does_not_match_its_checksum(place, compilations, tmp_path, monkeypatch):
    monkeypatch.setenv("BOMB", str(tmp_path / "exploded"))
    load()
    for path in pickled(place):
        path.write_bytes(pickle.dumps(Bomb()))
    load()
    assert not (tmp_path / "exploded").exists()
    assert len(compilations) == 2


def test_bytecode_beside_the_file_is_not_read(place, compilations):
    load()
    source = next(folder(place).glob("*.py"))
    bytecode = source.parent / "__pycache__" / f"{source.stem}.{sys.implementation.cache_tag}.pyc"
    bytecode.write_bytes(b"")
    load()
    assert len(compilations) == 1


def test_a_cache_of_another_build_is_compiled_once_more(place, compilations):
    load()
    for path in pickled(place):
        path.write_bytes(b"unreadable, and so says its checksum")
    (folder(place) / "checksum").write_bytes(cache._checksum(folder(place)))
    load()
    assert len(compilations) == 2
    load()
    assert len(compilations) == 2


def test_a_copied_cache_is_still_sound(place, compilations, tmp_path, monkeypatch):
    load()
    shutil.copytree(tmp_path / "cache", tmp_path / "image", copy_function=shutil.copyfile)
    monkeypatch.setenv("CANDLEWICK_CACHE", str(tmp_path / "image"))
    before = {path.name: path.read_bytes() for path in pickled(tmp_path / "image" / "kernels")}
    load()
    assert {path.name: path.read_bytes() for path in pickled(tmp_path / "image" / "kernels")} == before
    assert len(compilations) == 1


@pytest.mark.parametrize("obstacle", ["a file", "a read-only place", "open to others"])
def test_without_a_private_writable_place_kernels_last_for_the_process(
    place, compilations, tmp_path, monkeypatch, obstacle
):
    monkeypatch.setattr(cache.tempfile, "tempdir", str(tmp_path))
    if obstacle == "a file":
        place.parent.write_text("in the way")
    elif obstacle == "a read-only place":
        monkeypatch.setattr(cache.os, "access", lambda *_: False)
    else:
        private = place / f"dispatch_{dispatcher.digest(dispatcher.generate(ADD))}"
        private.mkdir(parents=True)
        private.chmod(0o755)
    with pytest.warns(WickWarning, match="CANDLEWICK_CACHE"):
        loaded = load()
    assert callable(loaded.execute)
    assert compilations == ["compiled"]
    assert not list(tmp_path.glob("candlewick-*")), "the temporary directory is gone"
    assert not list(tmp_path.rglob("*.nb*"))


def test_no_home_means_no_cache(tmp_path, monkeypatch):
    monkeypatch.delenv("CANDLEWICK_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(cache.sys, "platform", "linux")
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.warns(WickWarning, match="home directory"):
        load()


def test_cold_processes_side_by_side_compile_once(place, tmp_path):
    signal = tmp_path / "go"
    command = [sys.executable, "-c", COLD, str(signal)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    signal.touch()
    said = [process.communicate(timeout=120)[0].split("\n") for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sum(lines.count("compiled") for lines in said) == 1, said
    assert all("{'add': 0}" in lines for lines in said)
    assert len(list(place.iterdir())) == 1


def test_a_later_process_compiles_nothing(place, tmp_path):
    (tmp_path / "go").touch()
    command = [sys.executable, "-c", COLD, str(tmp_path / "go")]
    said = [subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout for _ in range(2)]
    assert said == ["compiled\n{'add': 0}\n", "{'add': 0}\n"]

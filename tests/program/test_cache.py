"""The cache of compiled operators: each compiled once, private, and nothing in it trusted unread."""

from __future__ import annotations

import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from candlewick.errors import WickWarning
from candlewick.operators.catalogue import primitives
from candlewick.program import cache, compiler, machine

COLD = """
import sys, time
from pathlib import Path
from candlewick.program import cache, load_operators
cache.on_compile.append(lambda count: print("compiled", count))
while not Path(sys.argv[1]).exists():
    time.sleep(0.01)
load_operators(["add", "rolling_sum"])
print("numba" in sys.modules)
"""
NAMES = {"add": "0" * 32, "mean": "f" * 32}


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """An empty cache of this test's own."""
    monkeypatch.setenv("CANDLEWICK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "kernels"


@pytest.fixture
def announced(monkeypatch) -> list[int]:
    """What was announced: the number of operators of each compilation."""
    said: list[int] = []
    monkeypatch.setattr(cache, "on_compile", [said.append])
    return said


def load(names=NAMES, content=b"machine code of ") -> dict[str, bytes]:
    return cache.fetch(names, lambda name: content + name.encode())


def files(place: Path) -> list[Path]:
    return sorted(path for path in place.iterdir() if path.name != "lock")


def test_compiled_once_and_announced_before_it_begins(place, monkeypatch):
    seen: list[tuple[int, list[Path]]] = []
    monkeypatch.setattr(cache, "on_compile", [lambda count: seen.append((count, files(place)))])
    expected = {"add": b"machine code of add", "mean": b"machine code of mean"}
    assert load() == expected
    assert load() == expected
    assert seen == [(2, [])]


def test_only_what_is_missing_is_compiled(place, announced):
    load({"add": NAMES["add"]})
    load()
    load({**NAMES, "add": "1" * 32})
    assert announced == [1, 1, 1]
    assert len(files(place)) == 3


def test_the_cache_is_the_users_alone_and_named_by_its_hash(place):
    load()
    assert [path.name for path in files(place)] == [f"add_{'0' * 32}", f"mean_{'f' * 32}"]
    assert place.stat().st_mode & 0o777 == 0o700


def test_an_edited_operator_has_another_hash(monkeypatch):
    source = inspect.getsource
    before = {name: compiler.digest(primitives()[name]) for name in ("add", "hour")}
    monkeypatch.setattr(inspect, "getsource", lambda part: source(part).replace(" + ", " - ").replace("floor", "ceil"))
    for name, digest in before.items():
        kind = primitives()[name]
        assert compiler.digest(type(kind.__name__, (kind,), {})) != digest
        assert compiler.digest(kind) == digest


def flip(path: Path, at: int = -1) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(bytes(content))


DAMAGE = {
    "truncated": lambda add, _: os.truncate(add, 40),
    "empty": lambda add, _: os.truncate(add, 0),
    "no content": lambda add, _: os.truncate(add, 32),
    "flipped": lambda add, _: flip(add),
    "flipped checksum": lambda add, _: flip(add, 0),
    "missing": lambda add, _: add.unlink(),
    "the sound file of another operator": lambda add, mean: shutil.copy(mean, add),
    "lengthened": lambda add, _: add.write_bytes(add.read_bytes() + b"more"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=list(DAMAGE))
def test_a_damaged_cache_is_compiled_once_more(place, announced, damage):
    load()
    damage(*files(place))
    assert load(content=b"again ") == {"add": b"again add", "mean": b"machine code of mean"}
    load()
    assert announced == [2, 1]


def test_a_copied_cache_is_still_sound(place, announced, tmp_path, monkeypatch):
    load()
    shutil.copytree(tmp_path / "cache", tmp_path / "image", copy_function=shutil.copyfile)
    monkeypatch.setenv("CANDLEWICK_CACHE", str(tmp_path / "image"))
    load()
    assert announced == [2]


@pytest.mark.parametrize("obstacle", ["a file", "a read-only place", "open to others"])
def test_without_a_private_writable_place_operators_last_for_the_process(place, announced, monkeypatch, obstacle):
    if obstacle == "a file":
        place.parent.write_text("in the way")
    elif obstacle == "a read-only place":
        monkeypatch.setattr(cache.os, "access", lambda *_: False)
    else:
        place.mkdir(parents=True)
        place.chmod(0o755)
    with pytest.warns(WickWarning, match="CANDLEWICK_CACHE"):
        assert load()["add"] == b"machine code of add"
    assert announced == [2]
    assert not place.is_dir() or not files(place)


def test_no_home_means_no_cache(monkeypatch):
    monkeypatch.delenv("CANDLEWICK_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(cache.sys, "platform", "linux")
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.warns(WickWarning, match="home directory"):
        load()


@pytest.mark.slow
def test_cold_processes_side_by_side_compile_once_and_later_ones_load_no_compiler(place, tmp_path):
    signal = tmp_path / "go"
    command = [sys.executable, "-c", COLD, str(signal)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    signal.touch()
    said = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(text.count("compiled 2") for text in said) == [0, 0, 1]
    assert len(files(place)) == 2
    assert subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout == "False\n"


def test_source_that_was_edited_after_it_was_loaded_is_another_operator(monkeypatch):
    """A process that runs on has the old code, and must not leave it under the name of the new source."""
    kind = primitives()["add"]
    before = compiler.digest(kind)
    assert compiler.digest(kind) == before
    monkeypatch.setattr(kind, "value", staticmethod(lambda x, y: x + y + 0.0))
    assert compiler.digest(kind) != before


def remembered(place, digest, content=b"code"):
    made = []
    found = cache.remembered(digest, lambda: made.append(digest) or content)
    return found, bool(made)


def test_the_code_of_a_program_is_made_once(place, announced):
    assert remembered(place, "a" * 32) == (b"code", True)
    assert remembered(place, "a" * 32, b"other") == (b"code", False)
    assert remembered(place, "b" * 32, b"other") == (b"other", True)
    assert announced == []
    assert place.with_name("programs").stat().st_mode & 0o777 == 0o700


def test_the_code_of_a_program_that_was_tampered_with_is_made_again(place):
    remembered(place, "a" * 32)
    (file,) = place.with_name("programs").iterdir()
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    assert remembered(place, "a" * 32) == (b"code", True)
    assert remembered(place, "a" * 32) == (b"code", False)


def test_only_the_latest_programs_are_kept(place, monkeypatch):
    monkeypatch.setattr(cache, "PROGRAMS", 3)
    for number, digest in enumerate("abc"):
        remembered(place, digest * 32)
        os.utime(place.with_name("programs") / f"program_{digest * 32}", (number, number))
    assert remembered(place, "a" * 32) == (b"code", False)  # and so it is the latest
    remembered(place, "d" * 32)
    kept = sorted(path.name[-1] for path in place.with_name("programs").iterdir())
    assert kept == ["a", "c", "d"]


def test_without_a_cache_a_program_is_made_each_time(place, monkeypatch):
    def unusable(_):
        raise OSError("no")

    monkeypatch.setattr(cache, "_private", unusable)
    assert [remembered(place, "a" * 32) for _ in range(2)] == [(b"code", True)] * 2


def test_another_text_is_another_program(monkeypatch):
    first = machine._identity("define void @f()", {"add": b"1"})
    assert machine._identity("define void @f()", {"add": b"1"}) == first
    assert machine._identity("define void @g()", {"add": b"1"}) != first
    assert machine._identity("define void @f()", {"add": b"2"}) != first
    assert machine._identity("define void @f()", {"and": b"1"}) != first
    monkeypatch.setattr(machine, "_ASSEMBLER", machine._ASSEMBLER + 1)
    assert machine._identity("define void @f()", {"add": b"1"}) != first

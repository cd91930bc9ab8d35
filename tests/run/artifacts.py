"""Incidents that ask for more than tables: exports, what becomes of them later, and diffs of what was published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from candlewick.commands.certify import certify
from candlewick.commands.diff import diff
from candlewick.commands.export import export
from candlewick.commands.replay import replay
from candlewick.errors import WickError
from candlewick.project.project import open_project
from candlewick.store.history import editions

from .seen import Frames, frames_of, queried, unlike

if TYPE_CHECKING:
    from pathlib import Path

    from .walk import Walk


def exported(walk: Walk) -> None:
    """An artifact, whose bytes are those that a new store gives, and whose vectors are the rows of the tables."""
    world = walk.world
    world.change("scaled", body=1)
    done = walk.build()
    if done.refused or done.failed:
        return
    path = world.root.parent / "artifacts" / f"{len(walk.artifacts)}.wick"
    path.parent.mkdir(exist_ok=True)
    ours, theirs = (_exported(walk, root, place) for root, place in ((world.root, path), (walk.scratch, None)))
    assert ours == theirs, f"exported: {ours}, not {theirs}"
    if path.exists():
        walk.artifacts.append(path)
        with world.libraries.as_new_process(None):
            rows = replay(open_project(world.root), path, stage="features")
        assert set(rows.arrived.values()) <= {True}, rows.arrived
        if world.engine == "program":
            _are_stored(rows.rows, queried(world.root))


def _exported(walk: Walk, root: Path, place: Path | None) -> tuple[str, str]:
    groups = walk.world.resolved
    with walk.world.libraries.as_new_process(None):
        try:
            made = export(open_project(root), place, enable=groups["enable"], disable=groups["disable"], threads=1)
        except WickError as error:
            return "refused", error.code
    return "exported", made.payload_hash


def _are_stored(rows: Any, frames: Frames) -> None:
    """Vectors are rows of the tables, for every column that both have."""
    compared = 0
    for model, frame in frames.items():
        names = [name for name in frame.columns if name in rows.columns]
        stored = frame[names].merge(rows[["symbol", "ts"]], on=["symbol", "ts"])
        vectors = rows[names].merge(frame[["symbol", "ts"]], on=["symbol", "ts"])
        floats = dict.fromkeys(names[2:], "float64")
        order = ["symbol", "ts"]
        sides = [{model: side.astype(floats).sort_values(order, ignore_index=True)} for side in (vectors, stored)]
        compared += len(names) - 2
        assert not (difference := unlike(*sides)), f"replayed {difference}"
    assert compared


def judged(walk: Walk) -> None:
    """An artifact of earlier: certificate and replay say of it here what they say of it in a new store."""
    done = walk.build()
    if not walk.artifacts or done.refused or done.failed:
        return
    path = walk.world.rng.choice(walk.artifacts)
    ours, theirs = (_judged(walk, root, path) for root in (walk.world.root, walk.scratch))
    for what in ours.keys() | theirs.keys():
        assert ours.get(what) == theirs.get(what), f"{what} of {path.name}: {ours.get(what)}, not {theirs.get(what)}"


def _judged(walk: Walk, root: Path, path: Path) -> dict[str, Any]:
    said: dict[str, Any] = {}
    groups = walk.world.resolved
    with walk.world.libraries.as_new_process(",".join(groups["enable"]) or None):
        for what in ("certificate", "replay"):
            try:
                if what == "replay":
                    found = replay(open_project(root), path)
                    said |= {"vectors": found.rows.to_csv(), "arrived": found.arrived}
                    assert False not in found.arrived.values(), found.arrived
                else:
                    judgement = certify(path, open_project(root))
                    said |= {"contradictions": judgement.contradictions, "parts": judgement.certificate.parts}
            except WickError as error:
                said[what] = error.code
    return said


def compared(walk: Walk) -> None:
    """Diffs of what is published with a new store, and with each edition before: as the tables differ."""
    done = walk.build()
    if done.refused or done.failed:
        return
    project = open_project(walk.world.root)
    frames = queried(project.root)
    assert not diff(project, "main", str(walk.scratch)).differs
    for back, edition in enumerate(editions(project.target, "main"), start=1):
        try:
            before = frames_of(project.target, edition)
        except (WickError, OSError):  # an incident took a file of it
            continue
        found = diff(project, "main", f"main~{back}")
        said = {(column.model, column.name) for column in found.columns if column.only or column.unequal}
        assert said == _different(before, frames), f"main~{back}"


def _different(one: Frames, other: Frames) -> set[tuple[str, str]]:
    """The columns, by model, that two sets of tables do not share bit for bit."""
    empty: Any = {}
    found = set()
    for model in one.keys() | other.keys():
        old, new = one.get(model, empty), other.get(model, empty)
        for name in (set(old) | set(new)) - {"symbol", "ts"}:
            pair = [{model: side[["symbol", "ts", name]]} if name in side else {} for side in (old, new)]
            if unlike(*pair):
                found.add((model, name))
    return found

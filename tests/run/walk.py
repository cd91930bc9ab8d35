"""Walking: commands in a world, and what is compared after each of them with a full rebuild in a new store."""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from candlewick.commands.build import build
from candlewick.commands.outcome import Listener
from candlewick.commands.unchanged import reused, unchanged
from candlewick.errors import WickError
from candlewick.project.project import MAIN, open_project
from candlewick.run.options import Options
from candlewick.store.catalog import read_catalog
from candlewick.store.connection import read
from candlewick.store.recover import recover

from .seen import candles_of, frames_of, learned, queried, told_of_candles, unlike, viewed

if TYPE_CHECKING:
    from pathlib import Path

    from candlewick.run.decide import Decision

    from .seen import Frames
    from .world import World
    from .zygote import Child, Zygote


@dataclass
class Done:
    """What a command said of each model and test, or the code of its refusal; and what it had decided."""

    models: dict[str, str] = field(default_factory=dict)
    tests: dict[str, tuple[str, str]] = field(default_factory=dict)
    refused: str = ""
    decisions: list[Decision] = field(default_factory=list)
    receipt: bool = False
    failed: bool = False

    def verdict(self, *, queries: bool) -> tuple[object, ...]:
        """What a rebuild must say as well; of tests that are ``queries`` where it has the same tables."""
        tests = {name: found for name, found in self.tests.items() if queries or name != "gaps"}
        return self.refused, self.failed, sorted(self.models), tests


def command(root: Path, verb: str, options: dict[str, Any]) -> Done:
    """Run a command as the command line does: from a receipt, where that will do."""
    given = {"select": (), "exclude": (), "disable": (), "allow_empty": False, **options}
    done = Done()
    listener = Listener(planned=lambda plan: done.decisions.extend(sum(plan.run.decisions.values(), ())))
    try:
        project = open_project(root)
        nothing = unchanged(project, verb, given)
        if nothing is not None:
            done.receipt = True
            for entry in reused(project, nothing):
                kind, _, name = entry["unique_id"].split(".", 2)
                if kind == "model":
                    done.models[name] = "REUSED"
                else:
                    done.tests[name] = (_SAID[entry["status"]], entry["message"] or "")
            return done
        outcome = build(project, verb, Options(threads=2, **given), listener)
    except WickError as error:
        done.refused = error.code
        return done
    done.failed = outcome.failed
    for result in outcome.results:
        if result.kind == "model":
            done.models[result.name] = result.status
        else:
            done.tests[result.name] = (result.status, result.message)
    return done


_SAID = {"pass": "PASS", "warn": "WARN", "skipped": "SKIP"}


@dataclass
class Walk:
    """A world on its way: what each arm shows, and how often a command did more than it had to."""

    world: World
    scratch: Path
    zygote: Zygote
    shown: dict[str, Frames] = field(default_factory=dict)
    pessimism: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    did: Counter[str] = field(default_factory=Counter)
    seconds: float = 1.0
    artifacts: list[Path] = field(default_factory=list)
    _seen: list[tuple[str, Frames]] = field(default_factory=list)

    def command(self, verb: str = "build", **options: Any) -> Done:
        """A command in the world, in this process."""
        with self.world.libraries.as_new_process(self.world.variable):
            return command(self.world.root, verb, self.world.options | options)

    def start(self, *words: str, groups: bool = True) -> Child:
        """A command in the world, in a process of its own; under its groups, where it has such."""
        options = self.world.options if groups else {"enable": (), "disable": ()}
        given = [f"--{name}={group}" for name in ("enable", "disable") for group in options[name]]
        given += [f"--engine={self.world.engine}"] if groups else []
        return self.zygote.start(
            self.world.root, *words, *given, path=self.world.libraries.path, named=self.world.variable
        )

    def build(self, verb: str = "build", arm: str = MAIN, **more: Any) -> Done:
        """Build, and compare with a full rebuild: values, verdicts of tests, candles; count what was done in vain."""
        world = self.world
        world.write()
        clock = time.monotonic()
        done = self.command(verb, arm=arm, **more)
        self.seconds = time.monotonic() - clock
        if verb == "build" and (not done.refused or done.refused == "store-moved"):
            world.ingested(anew=bool(more.get("full_refresh")))
        if not done.refused:
            assert candles_of(world.root) == world.known, "the candles are others"
        rebuilt, expected = self.rebuild(verb, more)
        part = "select" in more or "exclude" in more
        said, should = done.verdict(queries=not part), rebuilt.verdict(queries=not part)
        assert said == should, _difference(said, should)
        found = queried(world.root, arm)
        if done.refused or done.failed:
            target = world.root / "target"
            if done.refused and not (target / "catalog.json").is_file():
                recover(target, target / "candlewick.duckdb")  # as the next run does that begins
                found = queried(world.root, arm)
            assert not unlike(found, self.shown.get(arm, {})), "what failed has changed what is shown"
        else:
            difference = unlike(
                {model: found[model] for model in expected if model in found} if part else found, expected
            )
            assert not difference, difference
            if not more.get("full_refresh"):
                self._judge(done, self.shown.get(arm, {}), expected)
            told, should = told_of_candles(world.root), told_of_candles(self.scratch)
            assert told == should, f"the store tells of its candles {told}, not {should}"
            self._every_sight_is_old_or_new(expected)
            self.shown[arm] = found
        self._others_are_as_they_were(arm)
        self.did.update(["receipt"] if done.receipt else done.models.values() or [done.refused])
        return done

    def rebuild(self, verb: str, more: dict[str, Any]) -> tuple[Done, Frames]:
        """The same in a new store, with the candles that the store knows."""
        world = self.world
        world.write_rebuilt(self.scratch)
        given = {name: value for name, value in more.items() if name != "full_refresh"}
        with (
            patch("candlewick.commands.build.attest"),
            world.libraries.as_new_process(None),
        ):  # nobody asks the new store what is left to do
            if verb == "run":
                command(self.scratch, "build", world.resolved)
            done = command(self.scratch, verb, world.resolved | given)
        return done, queried(self.scratch)

    def again(self, arm: str = MAIN) -> None:
        """Nothing has changed: all is reused, and told from the receipt."""
        world = self.world
        done = self.command("build", arm=arm)
        assert set(done.models.values()) <= {"REUSED"}, f"nothing has changed, and it did {done}"
        assert not unlike(queried(world.root, arm), self.shown[arm])
        if not done.receipt:
            self.pessimism["receipt", "full way", "nothing changed"] += 1

    def learn(self) -> None:
        """What is learned, and the training set, are those of the new store."""
        resolved = self.world.resolved
        with self.world.libraries.as_new_process(None):
            ours, theirs = (learned(root, resolved) for root in (self.world.root, self.scratch))
        assert ours == theirs, f"learned: {ours}, not {theirs}"

    def is_old_or_new(self) -> None:
        """After a command of the main arm that may have died: each way to query shows what was, or what will be."""
        target = self.world.root / "target"
        catalog = read_catalog(target)
        self._seen.append(("the catalog", frames_of(target, catalog)))
        with read(target / "candlewick.duckdb") as connection:
            known = {
                name
                for (name,) in connection.execute(
                    "SELECT view_name FROM duckdb_views() WHERE schema_name = 'main'"
                ).fetchall()
            }
            models = sorted(known & {*catalog.columns, *self._models()})
            self._seen.append(("the views", {model: viewed(connection, MAIN, model) for model in models}))

    def _models(self) -> set[str]:
        return {each.module.split("/")[1] for each in self.world.functions.values()}

    def _every_sight_is_old_or_new(self, expected: Frames) -> None:
        for what, frames in self._seen:
            now, before = unlike(frames, expected), unlike(frames, self.shown[MAIN])
            assert not now or not before, f"{what} showed neither what was ({before}) nor what came ({now})"
        self._seen.clear()

    def only_main(self) -> None:
        """Other arms may have lost what they show."""
        self.shown = {MAIN: self.shown[MAIN]}

    def _others_are_as_they_were(self, arm: str) -> None:
        for other, frames in self.shown.items():
            if other != arm:
                difference = unlike(queried(self.world.root, other), frames)
                assert not difference, f"arm {other}: {difference}"

    def _judge(self, done: Done, before: Frames, now: Frames) -> None:
        """Count the decisions that did more than the values called for."""
        for decision in (each for each in done.decisions if each.action != "REUSED"):
            should = _called_for(decision, before, now)
            if _WORK[decision.action] > _WORK[should]:
                why = re.sub(r"'[^']*'|\b[SN]\d+\w*|[\d,.:-]*\d", "_", "; ".join(decision.why))
                self.pessimism[should, decision.action, why] += 1


def _difference(said: tuple[Any, ...], should: tuple[Any, ...]) -> str:
    tests = {name for name in said[3].keys() | should[3].keys() if said[3].get(name) != should[3].get(name)}
    pairs = [f"{name}: {said[3].get(name)}, not {should[3].get(name)}" for name in sorted(tests)]
    return f"the verdict is {said[:3]}, not {should[:3]}; {'; '.join(pairs)}"


_WORK = {"REUSED": 0, "APPENDED": 1, "BUILT": 2}


def _called_for(decision: Decision, before: Frames, now: Frames) -> str:
    """What the values call for: nothing where they are what they were, an append where rows were added."""
    model, names = decision.unit.model, ["symbol", "ts", *decision.unit.columns]
    if model not in before or not set(names) <= set(before[model].columns):
        return "BUILT"
    old, new = ({model: frame.loc[frame["symbol"] == decision.symbol, names].reset_index(drop=True)}
                for frame in (before[model], now[model]))  # fmt: skip
    if not len(old[model]):
        return "BUILT"
    if not unlike(old, new):
        return "REUSED"
    if not decision.unit.final(len(old[model])):
        return "BUILT"
    settled = {model: old[model].iloc[: decision.unit.final(len(old[model]))]}
    grown = len(new[model]) > len(old[model])
    return "APPENDED" if grown and not unlike(settled, {model: new[model].iloc[: len(settled[model])]}) else "BUILT"

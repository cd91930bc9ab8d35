"""The two arms of a comparison: which groups each has, the commands that build and measure it, what its reports say.

An arm is a set of parts over the project's one store: what two arms share is computed and kept once, and what the
project itself has published is left alone.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from candlewick.errors import WickError
from candlewick.project.toggles import resolve_toggles
from candlewick_ui import jobs
from candlewick_ui.reports import moment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from candlewick.project.project import Project

ARMS = ("a", "b")


@dataclass(frozen=True)
class Arm:
    """One whole configuration: its name, the groups that are on, and how it differs from the baseline."""

    name: str
    groups: tuple[str, ...]
    enable: tuple[str, ...]
    disable: tuple[str, ...]

    @property
    def options(self) -> list[str]:
        """The arm as the command line takes it."""
        return [
            *("--arm", self.name),
            *(word for group in self.enable for word in ("--enable", group)),
            *(word for group in self.disable for word in ("--disable", group)),
        ]

    def words(self, pair: str = "") -> list[str]:
        """The command that builds this arm, word for word; with ``pair`` MLflow keeps it with the other's."""
        return ["build", *self.options, *(["--pair", pair] if pair else [])]

    def command(self, pair: str = "") -> str:
        """The same as somebody would type it."""
        return shlex.join(["wick", *self.words(pair)])


@dataclass(frozen=True)
class Tracked:
    """Where MLflow has a run: its id there, the page or the folder, and the name its pair shares."""

    run_id: str
    where: str
    pair: str


@dataclass(frozen=True)
class ArmBuild:
    """The last build of an arm: its groups, when it ran, whether it published, how many features it has.

    ``block`` is what all features take together in a block, ``live`` what an update and an emit of all of them take;
    None when nobody has measured this build. Units: seconds per candle
    """

    run_id: str
    groups: tuple[str, ...]
    when: str
    published: bool
    features: int
    tests: str
    block: float | None
    live: float | None
    tracked: Tracked | None


def known_groups(lineage: Mapping[str, Any]) -> tuple[str, ...]:
    """The groups features belong to, sorted."""
    return tuple(sorted({entry["group"] for entry in lineage["nodes"] if entry.get("group")}))


def make_arm(name: str, project: Project, known: Collection[str], chosen: Iterable[str]) -> Arm:
    """The arm with the groups ``chosen``, resolved and validated as the command line does.

    Errors: ToggleError when a group is unknown, in the baseline or among the chosen.
    """
    groups = project.config.groups
    chosen = set(chosen)
    enable = tuple(sorted(chosen - set(groups.baseline)))
    disable = tuple(sorted(set(groups.baseline) - chosen))
    toggles = resolve_toggles(
        known, groups.baseline, toggle_env=groups.toggle_env, environ={}, enable=enable, disable=disable
    )
    return Arm(_known(name), toggles.enabled, enable, disable)


def new_pair() -> str:
    """A name for two runs that are compared."""
    return f"{datetime.now(UTC):ab-%Y%m%dT%H%M%S}"


def arm_log(project: Project, name: str, verb: str = "build") -> Path:
    """What the command line says while it builds an arm, or measures its cost."""
    return project.reports(_known(name)) / "logs" / f"{verb} arm {name.upper()}.log"


def commands(project: Project, arms: Iterable[Arm], pair: str) -> list[tuple[Path, list[str]]]:
    """What building arms runs, in turn: the second finds what the first has computed. Each with its log."""
    arms = list(arms)
    builds = [(arm_log(project, arm.name), arm.words(pair)) for arm in arms]
    costs = [(arm_log(project, arm.name, "cost"), ["cost", "--arm", arm.name]) for arm in arms]
    return [*builds, *costs]


def start_build(project: Project, arms: Iterable[Arm], pair: str) -> None:
    """Start to build arms, unless they are being built. Their groups are in their options, not in the environment."""
    steps = [(log, jobs.command(project.root, *words)) for log, words in commands(project, arms, pair)]
    jobs.start_in_turn(steps, without=[project.config.groups.toggle_env])


def read_build(project: Project, name: str) -> ArmBuild | None:
    """What the last build of an arm says; None before the first, or when it cannot be read."""
    folder = project.reports(_known(name))
    try:
        results = _read(folder / "run_results.json")
        lineage = _read(folder / "lineage.json")
        run_id, enabled = str(results["metadata"]["run_id"]), tuple(results["toggles"]["enabled"])
        statuses = [each["status"] for each in results["results"] if each["unique_id"].startswith("test.")]
        features = [node for node in lineage["nodes"] if node["kind"] == "feature" and node["enabled"]]
        block, live = _cost(folder, results)
        return ArmBuild(
            run_id,
            enabled,
            moment(results),
            bool(results["published"]),
            sum(not node["internal"] for node in features),
            f"{statuses.count('pass')} of {len(statuses)} pass",
            block,
            live,
            _tracked(folder, run_id),
        )
    except (OSError, ValueError, KeyError, TypeError, WickError):
        return None


def _cost(folder: Path, results: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """What `wick cost` measured since the build, of the same groups."""
    try:
        path = folder / "cost.json"
        known = _read(path)
        built = datetime.fromisoformat(results["metadata"]["generated_at"]).timestamp()
        if known["groups"] != results["toggles"]["enabled"] or path.stat().st_mtime < built:
            return None, None
        return 1e-9 * sum(known["block"].values()), float(known["live"]["p50"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, None


def _tracked(folder: Path, run_id: str) -> Tracked | None:
    try:
        known = _read(folder / "tracked.json")
        if known["run_id"] != run_id:
            return None
        return Tracked(str(known["mlflow"]["run_id"]), str(known["mlflow"]["where"]), str(known["pair"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read(path: Path) -> dict[str, Any]:
    document = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict):
        raise TypeError(path.name)
    return document


def _known(name: str) -> str:
    """The name of an arm is one of two, never what somebody typed."""
    if name not in ARMS:
        raise ValueError(name)
    return name

"""The two arms of an A/B comparison: which groups each has, the command line that builds it, and where it is built.

The store publishes one set of groups at a time. So the command line builds each arm in a copy of the project, under
target/arms/, from the same candles; what the project itself has published is left alone.
"""

from __future__ import annotations

import json
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from candlewick.errors import WickError
from candlewick.project.project import Project, open_project
from candlewick.project.toggles import resolve_toggles
from candlewick_ui import jobs
from candlewick_ui.reports import moment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

ARMS = ("a", "b")
LEFT_OUT = ("target", "tests", "__pycache__")


@dataclass(frozen=True)
class Arm:
    """One whole configuration: its name, the groups that are on, and how it differs from the baseline."""

    name: str
    groups: tuple[str, ...]
    enable: tuple[str, ...]
    disable: tuple[str, ...]

    @property
    def options(self) -> list[str]:
        """The toggles as the command line takes them."""
        return [
            *(word for group in self.enable for word in ("--enable", group)),
            *(word for group in self.disable for word in ("--disable", group)),
        ]

    @property
    def command(self) -> str:
        """The command line that would publish this arm as the project's own."""
        return shlex.join(["wick", "build", *self.options])


@dataclass(frozen=True)
class ArmBuild:
    """The last build of an arm: its groups, when it ran, whether it published, how many features it has.

    ``cost`` is what all features take together in a block. Units: nanoseconds per candle
    """

    run_id: str
    groups: tuple[str, ...]
    when: str
    published: bool
    features: int
    cost: float
    tests: str


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
    return Arm(name, toggles.enabled, enable, disable)


def arm_folder(project: Project, name: str) -> Path:
    """Where an arm is built; its name is one of ``ARMS``, never what somebody typed."""
    if name not in ARMS:
        raise ValueError(name)
    return project.target / "arms" / name


def arm_project(project: Project, name: str) -> Project:
    """The copy of the project in which an arm was built.

    Errors: WickError when there is none, or it cannot be read.
    """
    return open_project(arm_folder(project, name))


def arm_log(project: Project, name: str) -> Path:
    """What the command line says while it builds an arm."""
    return arm_folder(project, name) / "target" / "logs" / f"arm {name.upper()}.log"


def build_command(project: Project, arm: Arm) -> list[str]:
    """The command that builds an arm in its copy of the project."""
    return jobs.command(arm_folder(project, arm.name), "build", *arm.options)


def start_build(project: Project, arm: Arm) -> None:
    """Start to build an arm, unless it is being built. Its toggles are in its options, not in the environment."""
    log = arm_log(project, arm.name)
    if not jobs.is_running(log):
        copy_project(project, arm.name)
        jobs.start(log, build_command(project, arm), without=[project.config.groups.toggle_env])


def copy_project(project: Project, name: str) -> Path:
    """Bring an arm's copy of the project up to date and return its folder; what it has built stays.

    The candle files are not copied: the copy's wick.yml names them where they are.
    """
    folder = arm_folder(project, name)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.name != "target":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    candles = {path.resolve() for pattern in _patterns(project) for path in project.root.glob(pattern)}

    def left_out(folder_name: str, names: list[str]) -> set[str]:
        here = Path(folder_name)
        top = here == project.root
        return {
            each
            for each in names
            if each.startswith(".") or each == "__pycache__" or (top and each in LEFT_OUT)
            or (here / each).resolve() in candles or (here / each / "pyvenv.cfg").exists()
        }  # fmt: skip

    shutil.copytree(project.root, folder, dirs_exist_ok=True, ignore=left_out)
    document = yaml.safe_load((project.root / "wick.yml").read_text(encoding="utf-8"))
    path = project.config.candles.path
    absolute = [str(project.root / each) for each in ((path,) if isinstance(path, str) else path)]
    document["candles"]["path"] = absolute
    document["store"] = "target/candlewick.duckdb"
    tracked = project.target / "mlflow" / "mlflow.db"
    if project.config.tracking.mlflow == "file" and tracked.exists():  # the arms beside the project's own runs
        document["tracking"]["mlflow"] = f"sqlite:///{tracked}"
    (folder / "wick.yml").write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return folder


def read_build(project: Project, name: str) -> ArmBuild | None:
    """What the last build of an arm says; None before the first, or when it cannot be read."""
    target = arm_folder(project, name) / "target"
    try:
        results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))
        lineage = json.loads((target / "lineage.json").read_text(encoding="utf-8"))
        statuses = [each["status"] for each in results["results"] if each["unique_id"].startswith("test.")]
        features = [node for node in lineage["nodes"] if node["kind"] == "feature" and node["enabled"]]
        return ArmBuild(
            str(results["metadata"]["run_id"]),
            tuple(results["toggles"]["enabled"]),
            moment(results),
            bool(results["published"]),
            sum(not node["internal"] for node in features),
            sum(node.get("facts", {}).get("cost", 0.0) for node in features),
            f"{statuses.count('pass')} of {len(statuses)} pass",
        )
    except (OSError, ValueError, KeyError, TypeError, WickError):
        return None


def _patterns(project: Project) -> list[str]:
    """The candle globs inside the project; others need no leaving out."""
    path = project.config.candles.path
    return [
        each
        for each in ((path,) if isinstance(path, str) else path)
        if not Path(each).is_absolute() and ".." not in each
    ]

"""The groups a command works with: as the project is configured now, or as an arm was last published."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from candlewick.errors import UsageError, nearest
from candlewick.project.project import MAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from candlewick.project.project import Project


@dataclass(frozen=True)
class Groups:
    """What decides on the groups besides wick.yml's baseline, as `candlewick.project.toggles` takes it."""

    environ: Mapping[str, str]
    enable: tuple[str, ...]
    disable: tuple[str, ...]

    @property
    def given(self) -> dict[str, Any]:
        """As keyword arguments."""
        return {"environ": self.environ, "enable": self.enable, "disable": self.disable}


def chosen_groups(
    project: Project, arm: str | None = None, enable: Iterable[str] = (), disable: Iterable[str] = ()
) -> Groups:
    """The groups of an arm's last published run, edited by ``enable`` and ``disable``; those of now without an arm.

    What an arm was built with is a fact: the environment has no say in it.

    Errors: UsageError ``arm-unknown``.
    """
    if arm is None:
        return Groups(os.environ, tuple(enable), tuple(disable))
    on, off, baseline = set(enable), set(disable), set(project.config.groups.baseline)
    enabled = published_groups(project, arm)
    return Groups({}, tuple(sorted((enabled - baseline - off) | on)), tuple(sorted((baseline - enabled - on) | off)))


def published_groups(project: Project, arm: str) -> set[str]:
    """The groups that an arm's last published run had on, by its manifest; where that was cleaned away, by the store.

    Errors: UsageError ``arm-unknown`` when neither says so.
    """
    reported = [MAIN, *(path.name for path in project.every_reports()[1:])]
    try:
        if arm not in reported:
            raise FileNotFoundError
        manifest = json.loads((project.reports(arm) / "manifest.json").read_text(encoding="utf-8"))
        return set(manifest["toggles"]["enabled"])
    except (OSError, ValueError, KeyError, TypeError):
        published = _published(project)
    if arm in published:
        return published[arm]
    verb = "wick build" if arm == MAIN else f"wick build --arm {arm}"
    raise UsageError(
        f"no published run says which groups the arm '{arm}' has",
        code="arm-unknown",
        hint=nearest(arm, published) or f"run `{verb}` first",
    )


def _published(project: Project) -> dict[str, set[str]]:
    """The groups of every arm's last published run."""
    from candlewick.store.publish import read_runs  # DuckDB, which a manifest makes unnecessary

    runs = read_runs(project.store) if project.store.exists() else []
    known = ((run.facts.get("arm"), run.facts.get("toggles")) for run in runs)
    return {str(arm): set(map(str, groups)) for arm, groups in known if isinstance(groups, list)}

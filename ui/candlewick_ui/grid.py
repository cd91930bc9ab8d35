"""Data tests at a glance: one row per model, one column per kind of test, in each cell how many passed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from candlewick.errors import WickError
from candlewick.run.data_tests import declared_tests
from candlewick_ui.checks import ORDER, every_check
from candlewick_ui.nodes import lineage_nodes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from candlewick_ui.reports import Reports

OWN = "own"
DERIVED = ("tripwires", "causality", "parity")
PROJECT = "(project)"


def test_grid(reports: Reports) -> dict[str, dict[str, str]]:
    """What became of the last run's tests, by model and then by kind; tests of one's own stand under ``own``."""
    places = _places(reports)
    counts: dict[tuple[str, str], Counter[str]] = {}
    for check in every_check(reports):
        counts.setdefault(_place(check.title, places), Counter())[check.status] += 1
    kinds = sorted({kind for _, kind in counts}, key=lambda kind: (kind == OWN, kind in DERIVED, kind))
    models = sorted({model for model, _ in counts}, key=lambda model: (model == PROJECT, model))
    return {
        model: {kind.replace("_", " "): spoken(counts.get((model, kind), {})) for kind in kinds} for model in models
    }


def spoken(counts: Mapping[str, int]) -> str:
    """How many tests of each status, the worst first.

    >>> spoken({"pass": 17}), spoken({"pass": 16, "fail": 1})
    ('17 pass', '1 fail · 16 pass')
    """
    return " · ".join(f"{counts[status]} {status}" for status in ORDER if counts.get(status))


def _places(reports: Reports) -> dict[str, tuple[str, str]]:
    """Model and kind of every test that wick.yml declares, by title."""
    nodes = lineage_nodes(reports.lineage or {"nodes": []}).values()
    if reports.project is None:
        return {}
    try:
        declared = declared_tests(reports.project.config.tests, nodes)
    except WickError:  # the next run shows the line
        return {}
    return {test.title: (test.model, test.name) for test in declared}


def _place(title: str, places: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    kind, _, model = title.partition("_")
    if title in places:
        return places[title]
    return (model, kind) if kind in DERIVED else (PROJECT, OWN)

"""pandas on the 68 features that need no Python function per window: the other three are most of its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.rivals import as_written
from benchmarks.workload import FEATURES

if TYPE_CHECKING:
    from benchmarks.contender import Columns

PER_WINDOW = {"cci_20", "aroon_up", "aroon_dn"}


def columns(name: str) -> Columns:
    return as_written.columns(name, tuple(feature for feature in FEATURES if feature not in PER_WINDOW))

"""What only the code as it is now can say, from `wick` in a process of its own: the browser runs none of it."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

from candlewick_ui import jobs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PATIENCE = 120  # seconds


def ask_plan(root: Path) -> dict[str, Any]:
    """The ``steps`` of the plan of a project, or the ``problem`` with it in the words of the command line."""
    found, problem = _ask(root, ["plan", "--output", "json"])
    return {"steps": found["steps"] if isinstance(found, dict) else [], "problem": problem}


def ask_names(root: Path, words: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The nodes that `wick ls` lists, or none and the problem in its words."""
    found, problem = _ask(root, [*words, "--output", "json"])
    return tuple(each["name"] for each in found or ()), problem


def _ask(root: Path, words: Sequence[str]) -> tuple[Any, str]:
    """The JSON that a command prints, or None and what it said instead."""
    environ = os.environ | {"NO_COLOR": "1"}
    command = jobs.command(root, *words)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE, env=environ)
        return json.loads(done.stdout), ""
    except subprocess.TimeoutExpired:
        return None, f"wick {words[0]} took more than {PATIENCE} seconds"
    except ValueError:
        return None, done.stderr.strip() or f"wick {words[0]} gave no answer"

"""What the next run would do, from `wick plan` in a process of its own: the browser runs no code of the project."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

from candlewick_ui import jobs

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 120  # seconds


def ask_plan(root: Path) -> dict[str, Any]:
    """The ``steps`` of the plan of a project, or the ``problem`` with it in the words of the command line."""
    words = jobs.command(root, "plan", "--output", "json")
    environ = os.environ | {"NO_COLOR": "1"}
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE, env=environ)
        return {"steps": json.loads(done.stdout)["steps"], "problem": ""}
    except subprocess.TimeoutExpired:
        return {"steps": [], "problem": f"wick plan took more than {PATIENCE} seconds"}
    except (ValueError, KeyError, TypeError):
        return {"steps": [], "problem": done.stderr.strip() or "wick plan gave no plan"}

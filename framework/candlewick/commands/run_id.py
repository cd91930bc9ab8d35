"""The ids of runs: when one began, in UTC, and some letters that tell apart those that began in one second."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def new_run_id(started: datetime) -> str:
    """An id for a run that began at a time in UTC; such ids sort by time.

    >>> from datetime import UTC, datetime
    >>> new_run_id(datetime(2024, 1, 31, 9, 30, tzinfo=UTC))[:16]
    '20240131T093000-'
    """
    return f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def is_run_id(text: str) -> bool:
    """Whether a text has the form of an id.

    >>> is_run_id("20240131T093000-0a1b2c"), is_run_id("main~2")
    (True, False)
    """
    return re.fullmatch(r"\d{8}T\d{6}-[0-9a-f]+", text) is not None

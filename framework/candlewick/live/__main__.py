"""`python -m candlewick.live`: compile the kernels ahead of time, or show what an artifact holds."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from candlewick.artifact import read
from candlewick.errors import WickError
from candlewick.live.inspect import lines
from candlewick.program import load_operators
from candlewick.program.cache import cache_directory

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(words: Sequence[str] | None = None) -> int:
    """Parse, do, and return the exit code; an error ends as a message, never as a traceback."""
    parser = argparse.ArgumentParser(prog="python -m candlewick.live", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("warm", help="compile the kernels now, for instance when an image is built")
    inspect = verbs.add_parser("inspect", help="show schema, lineage and certificate of an artifact")
    inspect.add_argument("file")
    asked = parser.parse_args(words)
    try:
        if asked.verb == "warm":
            start = time.perf_counter()
            load_operators()
            print(f"The kernels are compiled ({time.perf_counter() - start:.1f} s): {cache_directory()}")  # noqa: T201
        else:
            print("\n".join(lines(read(asked.file))))  # noqa: T201
    except WickError as error:
        print(f"Error [{error.code}]: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

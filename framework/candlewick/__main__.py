"""Where ``wick`` and ``python -m candlewick`` begin: Ctrl-C ends them in one line, while they are imported too."""

import signal
import sys
from typing import NoReturn


def main() -> None:
    """Import the command line and run it; a polite kill is an interruption, which leaves nothing half done behind."""
    asked: list[int] = []

    def stop(number: int, _: object) -> NoReturn:
        asked.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        from candlewick.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. What is published is one complete run, as before.\n")
        sys.exit(_INTERRUPTED + (asked or [signal.SIGINT])[0])
    except SystemExit as ended:
        if asked and ended.code == _INTERRUPTED + signal.SIGINT:
            sys.exit(_INTERRUPTED + asked[0])
        raise


_INTERRUPTED = 128  # and the number of the signal, as shells have it


if __name__ == "__main__":
    main()

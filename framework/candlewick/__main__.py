"""Where ``wick`` and ``python -m candlewick`` begin: Ctrl-C ends them in one line, while they are imported too."""

import sys


def main() -> None:
    """Import the command line and run it."""
    try:
        from candlewick.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. What is published is one complete run, as before.\n")
        sys.exit(130)


if __name__ == "__main__":
    main()

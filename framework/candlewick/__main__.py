"""``python -m candlewick`` is ``wick``."""

from candlewick.cli import main

main()

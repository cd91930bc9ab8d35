"""Lower: from the graph to the table of instructions that runs."""

from candlewick.lower.lower import lower

__all__ = ["lower"]

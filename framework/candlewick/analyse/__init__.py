"""Passes over the graph: what is true of every feature, derived and never typed in."""

from candlewick.analyse.facts import Facts, facts
from candlewick.analyse.simplify import simplify

__all__ = ["Facts", "facts", "simplify"]

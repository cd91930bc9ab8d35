"""Trace: run the author's functions on stand-in Series and keep the expression they build."""

from __future__ import annotations

from candlewick.trace.graph import Graph, Node, Output, check, node
from candlewick.trace.routes import declared
from candlewick.trace.tracing import Trace, trace, tracing

__all__ = ["Graph", "Node", "Output", "Trace", "check", "declared", "node", "trace", "tracing"]

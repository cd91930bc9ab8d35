from __future__ import annotations

from typing import Any

import pytest

from candlewick.lineage.record import Lineage, Outcome, build_lineage
from candlewick.project.node import Node


def node(name: str, inputs: str = "close", **changes: Any) -> Node:
    fields: dict[str, Any] = {
        "name": name,
        "kind": "feature",
        "model": "returns",
        "type": "pd.Series",
        "inputs": tuple(inputs.split()),
        "file": "features/returns.py",
        "line": 7,
        "code": f"def {name}() -> pd.Series:\n    return 1",
    }
    return Node(**(fields | changes))


@pytest.fixture(name="node", scope="session")
def node_factory():
    return node


@pytest.fixture
def small() -> Lineage:
    """close, high, low -> true_range -> atr_14 -> atr_normalized; barrier is a label; flow is switched off."""
    nodes = [
        node("true_range", "high low close", model="volatility", group="volatility"),
        node("atr_14", "true_range", model="volatility", group="volatility", doc="Average true range."),
        node("atr_normalized", "atr_14 close", model="volatility", group="volatility"),
        node("flow", "volume atr_14", model="flow", group="flow", enabled=False),
        node("window", "n", type="int", optional=frozenset({"n"})),
        node("barrier", "atr_14 close window", kind="label", model="triple_barrier", file="labels/triple_barrier.py"),
    ]
    outcomes = {"atr_14": Outcome("ok", 0.25, 100, "BUILT"), "atr_normalized": Outcome("fail", 0.01, 100)}
    return build_lineage("alpha", nodes, outcomes=outcomes, facts={"atr_14": {"lookback": 14}})

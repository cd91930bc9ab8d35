from __future__ import annotations

import json

import pytest

from candlewick.lineage.record import Outcome, build_lineage
from candlewick.project.node import Node

CONFIG = "name: alpha\ncandles: {path: seeds/*.csv, interval: 1d}\n"
HOSTILE = "![x](http://example.com/x.png) <img src=http://example.com/y.png>"


def node(name: str, *inputs: str) -> Node:
    return Node(name, "feature", "volatility", "pd.Series", inputs, "features/volatility.py", 3, doc="About it.")


@pytest.fixture
def project(tmp_path):
    (tmp_path / "wick.yml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def built(project):
    (project / "target").mkdir()
    nodes = [node("true_range", "high", "low", "close"), node("atr_14", "true_range")]
    lineage = build_lineage("alpha", nodes, outcomes={"atr_14": Outcome("ok")})
    (project / "target" / "lineage.json").write_text(lineage.dumps())
    result = {"unique_id": "model.alpha.volatility", "status": "success", "message": None}
    failed = {"unique_id": "test.alpha.finite", "status": "fail", "message": HOSTILE}
    results = {
        "metadata": {"generated_at": "2026-01-02T03:04:05.678+00:00"},
        "args": {"which": "build", "engine": "hamilton"},
        "results": [result, result, failed],
    }
    (project / "target" / "run_results.json").write_text(json.dumps(results))
    return project

"""A process of its own that feeds an exported file candle by candle, as live trading would. Imports nothing heavier.

    python -m candlewick.certify.worker FOLDER

The folder holds ``orders.json`` and ``candles.safetensors``. Every order names a symbol, the candles to feed, after
which of them to emit, the snapshot to start from, if any, and the one to leave behind; its vectors of both stages are
left in ``values.safetensors``.
"""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from candlewick.live import load
from candlewick.program import STAGES

HEAVY = ("pandas", "hamilton", "duckdb", "mlflow", "streamlit")


def main(folder: Path) -> None:
    """Carry out the orders of a folder."""
    orders = json.loads((folder / "orders.json").read_text(encoding="utf-8"))
    candles = load_file(folder / "candles.safetensors")
    values: dict[str, np.ndarray[Any, Any]] = {}
    for order in orders["tasks"]:
        for stage, vectors in carry_out(orders["artifact"], order, candles, folder).items():
            values[f"{order['name']}/{stage}"] = vectors
    save_file(values, folder / "values.safetensors")
    told = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": platform.system(),
        "heavy": [name for name in HEAVY if name in sys.modules],
    }
    (folder / "worker.json").write_text(json.dumps(told), encoding="utf-8")


def carry_out(
    artifact: str, order: dict[str, Any], candles: dict[str, np.ndarray[Any, Any]], folder: Path
) -> dict[str, np.ndarray[Any, Any]]:
    """Load the file, feed the candles of one order, and return the vectors that were emitted, by stage."""
    symbol = order["symbol"]
    features = load(artifact).open(symbols=[symbol])
    if order["snapshot"]:
        features.restore((folder / order["snapshot"]).read_bytes())
    else:
        features.reset(symbol)
    rows, wanted = candles[f"{order['name']}/rows"], candles[f"{order['name']}/emit"]
    found: dict[str, list[Any]] = {stage: [] for stage in STAGES}

    def read() -> None:
        for stage in STAGES:
            found[stage].append(features.emit(symbol, stage))

    if order["read_first"]:
        read()
    for row, emit in zip(rows, wanted, strict=True):
        features.update(symbol, int(row[0]), *row[1:].tolist())
        if emit:
            read()
    if order["leave"]:
        (folder / order["leave"]).write_bytes(features.snapshot())
    return {
        stage: np.array(vectors, dtype=np.float64).reshape(len(vectors), len(features.names(stage)))
        for stage, vectors in found.items()
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))

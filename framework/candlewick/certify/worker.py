"""A process of its own that feeds an exported file candle by candle, as live trading would. Imports nothing heavier.

    python -m candlewick.certify.worker FOLDER

The folder holds ``orders.json`` and ``candles.safetensors``. A session opens several symbols at once; its tasks, one
for each symbol, take turns candle by candle, or run in threads. The vectors of both stages that a task emits are left
in ``values.safetensors``, snapshots under the names that the session gives them.
"""

from __future__ import annotations

import json
import math
import platform
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import load_file, save_file

from candlewick.errors import CandleError
from candlewick.live import load
from candlewick.program import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from candlewick.live import Features, Loaded

    Arrays = dict[str, np.ndarray[Any, Any]]

HEAVY = ("pandas", "hamilton", "duckdb", "mlflow", "streamlit")
REFUSED_EVERY = 101
"""After so many candles of a task some are offered that must be refused, and must not leave a trace."""


def main(folder: Path) -> None:
    """Carry out the orders of a folder."""
    orders = json.loads((folder / "orders.json").read_text(encoding="utf-8"))
    candles = load_file(folder / "candles.safetensors")
    loaded = load(orders["artifact"])
    values: Arrays = {}
    accepted: list[list[Any]] = []
    for session in orders["sessions"]:
        carry_out(loaded, session, candles, folder, values, accepted)
    save_file(values, folder / "values.safetensors")
    told = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": platform.system(),
        "heavy": [name for name in HEAVY if name in sys.modules],
        "accepted": accepted,
    }
    (folder / "worker.json").write_text(json.dumps(told), encoding="utf-8")


def carry_out(
    loaded: Loaded, session: dict[str, Any], candles: Arrays, folder: Path, values: Arrays, accepted: list[list[Any]]
) -> None:
    """Open the symbols of a session at their states, and feed the candles of its tasks."""
    tasks = session["tasks"]
    features = loaded.open(symbols=[task["symbol"] for task in tasks])
    if not session["own"]:
        for task in tasks:
            features.reset(task["symbol"])
    for name in session["restore"]:
        features.restore((folder / name).read_bytes())
    found: dict[str, list[list[Any]]] = {task["name"]: [] for task in tasks}
    feeds = [feed(features, task, candles, session, found[task["name"]], accepted) for task in tasks]
    if session["threads"]:
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda each: deque(each, maxlen=0), feeds))
    for step, _ in enumerate(zip_longest(*feeds)):
        if str(step) in session["leave"]:
            (folder / session["leave"][str(step)]).write_bytes(features.snapshot())
    if session["last"]:
        (folder / session["last"]).write_bytes(features.snapshot())
    for name, vectors in found.items():
        for number, stage in enumerate(STAGES):
            picked = [each[number] for each in vectors]
            shape = len(picked), len(features.names(stage))
            values[f"{name}/{stage}"] = np.array(picked, dtype=np.float64).reshape(shape)


def feed(
    features: Features, task: dict[str, Any], candles: Arrays, session: dict[str, Any], found: list[Any],
    accepted: list[list[Any]],
) -> Iterator[None]:  # fmt: skip
    """Feed the candles of one task; a turn ends before the first and after each of them."""
    symbol, name = task["symbol"], task["name"]
    rows, wanted = candles[f"{name}/rows"], candles[f"{name}/emit"]
    if session["read_first"]:
        found.append(read(features, symbol, 0))
    if session["warm"]:
        columns = ("ts", "open", "high", "low", "close", "volume")
        features.warm_up(symbol, dict(zip(columns, rows[: session["warm"]].T, strict=True)))
    yield
    for turn, (row, emit) in enumerate(zip(rows, wanted, strict=True)):
        if turn < session["warm"]:
            continue
        if turn % REFUSED_EVERY == 0:
            accepted += [[symbol, int(row[0]), what] for what in wrongly_accepted(features, symbol, row)]
        features.update(symbol, int(row[0]), *row[1:].tolist())
        if emit:
            found.append(read(features, symbol, turn))
        yield


def read(features: Features, symbol: str, turn: int) -> list[Any]:
    """The vectors of both stages, this one or that one first; by turns as they were read first, or once more."""
    order = STAGES if turn % 2 else STAGES[::-1]
    vectors = {stage: features.emit(symbol, stage) for stage in order}
    again = features.emit(symbol, order[0])
    if turn % 4 > 1:
        vectors[order[0]] = again
    return [vectors[stage] for stage in STAGES]


def wrongly_accepted(features: Features, symbol: str, row: np.ndarray[Any, Any]) -> Iterator[str]:
    """Offer candles that no feature should see; the names of those that were taken."""
    numbers: list[float] = row.tolist()
    _, opened, high, low, close, volume = numbers
    ts, last = int(numbers[0]), features.last(symbol)
    offers = {
        "an infinite close": (ts, opened, high, low, math.inf, volume),
        "high below low": (ts, opened, low / 2, low, close, volume),
    }
    if last is not None:
        offers |= {"the last candle again": (last, opened, high, low, close, volume)}
    for what, candle in offers.items():
        try:
            features.update(symbol, *candle)
        except CandleError:
            continue
        yield what


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""What a fit gives: the graph of its output, the numbers it learned, and the rows it learned them from."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from candlewick.project.node import CANDLE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from candlewick.trace import Graph, Node

Parameter = bool | int | float | dict[str, float] | list[str]


@dataclass(frozen=True)
class Window:
    """The rows a fit has seen: those of ``symbols`` (rows by symbol), after ``warm_up`` candles of each.

    Units: ``train_end``, ``first_ts`` and ``last_ts`` are milliseconds since 1970. ``unlabelled`` counts rows that were
    left out because their label was not known by ``train_end``.
    """

    train_end: int
    first_ts: int
    last_ts: int
    rows: int
    warm_up: int
    symbols: Mapping[str, int]
    unlabelled: int = 0


@dataclass(frozen=True)
class Finding:
    """Something about the training rows or the fitted values that its author should know."""

    code: str
    message: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Fitted:
    """The features of a project, the fitted transform of them, and where it came from.

    ``graph`` has the output frame's columns as its outputs, computed from candles; ``features`` those of the features.
    Without a fit they are the same, ``parameters`` is empty and ``window`` None.
    """

    features: Graph
    graph: Graph
    parameters: Mapping[str, Parameter]
    window: Window | None
    findings: tuple[Finding, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The output columns in order."""
        return tuple(self.graph.outputs)

    @cached_property
    def opaque(self) -> tuple[str, ...]:
        """Opaque features that the output reads: with any of them there is a batch, and nothing to export."""
        return tuple(name for name in self.graph.columns if name not in CANDLE_COLUMNS)

    @cached_property
    def lineage(self) -> dict[str, tuple[str, ...]]:
        """The features that each output column is computed from."""
        named: dict[str, list[str]] = {}
        for name, output in self.features.outputs.items():
            named.setdefault(output.node.hash, []).append(name)
        opaque = set(self.opaque)
        return {name: _reached(output.node, named, opaque) for name, output in self.graph.outputs.items()}

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the output's expressions, fitted values included, and of the kernels that compute them."""
        digest = hashlib.blake2b(digest_size=16)
        for name, output in self.graph.outputs.items():
            digest.update(f"{len(name)}:{name}{output.node.fingerprint}".encode())
        return digest.hexdigest()

    def to_plain(self) -> dict[str, Any]:
        """The fit as JSON values, floats as their hexadecimal text: no digit is lost, and nothing is code."""
        return {
            "fingerprint": self.fingerprint,
            "columns": list(self.columns),
            "lineage": {name: list(read) for name, read in self.lineage.items()},
            "parameters": {name: _plain(value) for name, value in self.parameters.items()},
            "window": asdict(self.window) if self.window else None,
            "findings": [asdict(finding) for finding in self.findings],
            "opaque": list(self.opaque),
        }


def _reached(start: Node, named: Mapping[str, list[str]], opaque: set[str]) -> tuple[str, ...]:
    """The features nearest below a node."""
    found: list[str] = []
    seen: set[str] = set()
    stack = [start]
    while stack:
        item = stack.pop()
        if item.hash in seen:
            continue
        seen.add(item.hash)
        if item.hash in named:
            found += named[item.hash]
        elif str(item) in opaque:
            found.append(str(item))
        else:
            stack += item.inputs
    return tuple(sorted(found))


def _plain(value: Parameter) -> Any:
    if isinstance(value, float):
        return {"float": value.hex()}
    if isinstance(value, dict):
        return {"columns": {name: float(number).hex() for name, number in value.items()}}
    return value

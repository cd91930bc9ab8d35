"""The lineage of a project as plain data: every node, what it reads, and what a run did with it."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, Literal

from candlewick.errors import SelectionError, nearest
from candlewick.project.node import CANDLE_COLUMNS, FEATURES, TRAIN, Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCHEMA_VERSION = 1

Status = Literal["ok", "warn", "fail", "error", "skip"]
EntryKind = Literal["candle", "input", "feature", "label", "fit"]


@dataclass(frozen=True)
class Outcome:
    """What one run did with a node, over all symbols.

    Units: ``seconds`` of computing, summed over symbols; ``rows`` written. ``action`` is BUILT, APPENDED or REUSED.
    """

    status: Status
    seconds: float | None = None
    rows: int | None = None
    action: str | None = None


@dataclass(frozen=True)
class Entry:
    """One node of the lineage: a function of the project, a candle column, or a frame handed to the fit.

    ``node`` is None for what the project reads but does not define. ``candles`` are the candle columns the entry
    reaches, in the order of a candle. ``facts`` holds whatever analyses know about the node (lookback, warm-up, class),
    and its ``cost`` in the program (nanoseconds per candle, in a block).
    """

    name: str
    kind: EntryKind
    inputs: tuple[str, ...] = ()
    candles: tuple[str, ...] = ()
    node: Node | None = None
    outcome: Outcome | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The entry as plain data; what is not known is left out."""
        record: dict[str, Any] = {"name": self.name, "kind": self.kind}
        if self.node is not None:
            record |= _node_json(self.node)
        record |= {"inputs": list(self.inputs), "candles": list(self.candles)}
        if self.node is not None and not self.node.enabled:
            record["status"] = "off"
        elif self.outcome is not None:
            known = {key: getattr(self.outcome, key) for key in ("status", "seconds", "rows", "action")}
            record |= {key: value for key, value in known.items() if value is not None}
        if self.facts:
            record["facts"] = dict(self.facts)
        return record


@dataclass(frozen=True)
class Lineage:
    """Entries by name, candle columns first and the rest by name, so that equal projects give equal files.

    ``run`` says which run the outcomes come from (``{"run_id": ..., "engine": ...}``); it is shown, never interpreted.
    """

    project: str
    entries: Mapping[str, Entry]
    run: Mapping[str, str] = field(default_factory=dict)

    @property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """Every (input, node) pair whose two ends are in this lineage."""
        return tuple(
            (source, entry.name) for entry in self.entries.values() for source in entry.inputs if source in self.entries
        )

    def upstream(self, name: str, depth: int | None = None) -> tuple[str, ...]:
        """Names of what ``name`` is computed from, at most ``depth`` edges away, in the order of the entries.

        Errors: SelectionError ``lineage-unknown-node``.
        """
        return self._reach(name, {entry.name: entry.inputs for entry in self.entries.values()}, depth)

    def downstream(self, name: str, depth: int | None = None) -> tuple[str, ...]:
        """Names of what is computed from ``name``, at most ``depth`` edges away, in the order of the entries.

        Errors: SelectionError ``lineage-unknown-node``.
        """
        outputs: dict[str, list[str]] = {}
        for source, target in self.edges:
            outputs.setdefault(source, []).append(target)
        return self._reach(name, outputs, depth)

    def neighbourhood(self, name: str, up: int | None = None, down: int | None = None) -> Lineage:
        """The part of the lineage around ``name``: ``up`` edges back and ``down`` edges on, None for all.

        Entries keep all their inputs and candle columns; only edges between kept entries remain.

        Errors: SelectionError ``lineage-unknown-node``.
        """
        kept = {name, *self.upstream(name, up), *self.downstream(name, down)}
        return replace(self, entries={key: entry for key, entry in self.entries.items() if key in kept})

    def to_json(self) -> dict[str, Any]:
        """The lineage as plain data. Readers ignore keys they do not know; a changed meaning raises the version."""
        return {
            "schema_version": SCHEMA_VERSION,
            "project": self.project,
            "run": dict(self.run),
            "nodes": [entry.to_json() for entry in self.entries.values()],
            "edges": [list(edge) for edge in self.edges],
        }

    def dumps(self) -> str:
        """The text of lineage.json."""
        return json.dumps(self.to_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def _hint(self, name: str) -> str:
        members = [
            key for key, entry in self.entries.items() if entry.node and name in (entry.node.model, entry.node.group)
        ]
        if members:
            return f"'{name}' has several: name one of {', '.join(members)}"
        return nearest(name, self.entries) or "`wick ls` lists every node"

    def _reach(self, name: str, step: Mapping[str, Iterable[str]], depth: int | None) -> tuple[str, ...]:
        if name not in self.entries:
            raise SelectionError(f"there is no node '{name}'", code="lineage-unknown-node", hint=self._hint(name))
        found = {name: 0}
        queue = deque([name])
        while queue:
            here = queue.popleft()
            if depth is not None and found[here] == depth:
                continue
            for there in step.get(here, ()):
                if there in self.entries and there not in found:
                    found[there] = found[here] + 1
                    queue.append(there)
        del found[name]
        return tuple(key for key in self.entries if key in found)


def build_lineage(
    project: str,
    nodes: Iterable[Node],
    *,
    outcomes: Mapping[str, Outcome] | None = None,
    facts: Mapping[str, Mapping[str, Any]] | None = None,
    run: Mapping[str, str] | None = None,
) -> Lineage:
    """The lineage of ``nodes`` (a DAG), with what a run did and what analyses know, by node name.

    Of several variants of one name the enabled one is kept. An optional input that nothing provides is a parameter,
    not an edge, and so is a setting of the fit; the frames of the fit hold every enabled feature.
    """
    chosen = _one_per_name(nodes)
    inputs = {name: _edges_into(node, chosen) for name, node in chosen.items()}
    read = {source for sources in inputs.values() for source in sources} - chosen.keys()
    columns = tuple(sorted(n.name for n in chosen.values() if n.kind == "feature" and n.is_column and n.enabled))
    inputs |= dict.fromkeys(read & {TRAIN, FEATURES}, columns)
    candles = _candles_reached(inputs)
    entries = {name: Entry(name, "candle", candles=(name,)) for name in CANDLE_COLUMNS if name in read}
    for name in sorted(chosen.keys() | read - entries.keys()):
        entries[name] = (
            Entry(
                name,
                chosen[name].kind,
                inputs[name],
                candles[name],
                chosen[name],
                (outcomes or {}).get(name),
                (facts or {}).get(name, {}),
            )
            if name in chosen
            else Entry(name, "input", inputs.get(name, ()), candles[name])
        )
    return Lineage(project, entries, run or {})


def _one_per_name(nodes: Iterable[Node]) -> dict[str, Node]:
    chosen: dict[str, Node] = {}
    for node in sorted(nodes, key=lambda node: (node.name, not node.enabled, node.file, node.line)):
        chosen.setdefault(node.name, node)
    return chosen


_READ = {*CANDLE_COLUMNS, TRAIN, FEATURES}


def _edges_into(node: Node, nodes: Mapping[str, Node]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            name
            for name in node.inputs
            if name in nodes or name in _READ or (name not in node.optional and node.kind != "fit")
        )
    )


def _candles_reached(inputs: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    reached: dict[str, set[str]] = {}
    for name in TopologicalSorter(inputs).static_order():
        above = inputs.get(name)
        if above is None:
            reached[name] = {name} & set(CANDLE_COLUMNS)
        else:
            reached[name] = set().union(*(reached[source] for source in above))
    return {name: tuple(column for column in CANDLE_COLUMNS if column in columns) for name, columns in reached.items()}


def _node_json(node: Node) -> dict[str, Any]:
    return {
        "model": node.model,
        "group": node.group,
        "type": node.type,
        "enabled": node.enabled,
        "internal": node.internal,
        "file": node.file,
        "line": node.line,
        "doc": cleandoc(node.doc),
        "code": node.code,
        "tags": {key: node.tags[key] for key in sorted(node.tags) if not key.startswith("hamilton.")},
    }

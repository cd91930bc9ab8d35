"""Fingerprints: the content hash that decides whether a stored column is still what its code would compute.

A traced feature follows from its expression and from the kernels of its operators. Every other node follows from its
function's text, the project's functions it calls, constants, bound parameters, the fingerprints of its inputs and the
versions of the libraries. A fingerprint is kept with the pieces it was made from, so that a change can be explained.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import metadata, resources
from typing import TYPE_CHECKING, Any

from candlewick import __version__
from candlewick.operators.catalogue import catalogue
from candlewick.project.libraries import versions_below
from candlewick.project.node import CANDLE_COLUMNS
from candlewick.project.patches import options, patches
from candlewick.project.pieces import Pieces
from candlewick.project.values import Unhashable, hashed, shown
from candlewick.trace.graph import ancestors, listing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from candlewick.project.dag import Dag
    from candlewick.project.node import Node
    from candlewick.project.streaming import Streaming
    from candlewick.trace.graph import Output

ENGINES = ("program", "hamilton")
LIBRARIES = ("apache-hamilton", "numpy", "pandas")


@dataclass(frozen=True)
class Fingerprint:
    """What one node follows from.

    ``hash`` decides; ``pieces`` say what went into it, by name. For people are ``code``, as written, and of a traced
    feature ``graph``, its expression of its inputs, with ``inputs``, their hashes; ``through`` is all
    that lies between it and other columns. ``problem`` says why a node cannot be hashed: it is computed anew every
    time.
    """

    hash: str
    pieces: Mapping[str, str]
    code: str
    problem: str = ""
    graph: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    through: Mapping[str, Fingerprint] = field(default_factory=dict)


def fingerprints(dag: Dag, streaming: Streaming | None) -> dict[str, Fingerprint]:
    """The fingerprint of every node; ``streaming`` is the trace of the program engine, None for Hamilton."""
    found: dict[str, Fingerprint] = {}
    traced = streaming.graph.outputs if streaming is not None else {}
    common = _common(), patches()
    for name in _inputs_first(dag.nodes):
        node = dag.nodes[name]
        each = _traced(node, traced, found) if name in traced else _called(dag, node, found, *common)
        found[name] = replace(each, through=_through(dag, node, found))
    return found


def _through(dag: Dag, node: Node, above: Mapping[str, Fingerprint]) -> dict[str, Fingerprint]:
    """The inputs of a node that are no columns, and theirs."""
    found: dict[str, Fingerprint] = {}
    for name in node.inputs:
        if name in above and not dag.nodes[name].is_column:
            found |= {**above[name].through, name: above[name]}
    return found


def record(each: Fingerprint) -> dict[str, Any]:
    """What is kept of a fingerprint, so that a later one can be explained, as plain data."""
    through = {name: record(replace(one, through={})) for name, one in each.through.items()}
    kept = {"hash": each.hash, "pieces": dict(each.pieces), "code": each.code}
    kept |= {"graph": each.graph, "inputs": dict(each.inputs)} if each.graph else {}
    return kept | ({"through": through} if through else {})


def _common() -> dict[str, str]:
    """What every function that pandas computes follows from."""
    versions = {library: metadata.version(library) for library in LIBRARIES} | versions_below("pandas")
    python = "{}.{}".format(*sys.version_info)
    others = {"options of pandas": shown(options()), "TZ": os.environ.get("TZ", "")}
    return {"engine": "hamilton", "candlewick": __version__, "python": python, **versions, **others}


def _traced(node: Node, traced: Mapping[str, Output], above: Mapping[str, Fingerprint]) -> Fingerprint:
    expression = traced[node.name].node
    pieces = {"engine": "program", "expression": expression.hash, "compiler": compiler()}
    for item in ancestors([expression]):
        kind = type(item.operator)
        if kind.is_compiled():
            pieces[f"operator {kind.operator_name()}"] = _kernel(kind.operator_name())
    inputs = {name: above[name].hash for name in node.inputs if name in above}
    known = {traced[name].node.hash: name for name in inputs if name in traced and traced[name].node.inputs}
    graph = "\n".join(listing(expression, known))
    return Fingerprint(_whole(pieces), pieces, node.code, graph=graph, inputs=inputs)


def _called(
    dag: Dag,
    node: Node,
    above: Mapping[str, Fingerprint],
    common: Mapping[str, str],
    hung: Sequence[tuple[str, Any]],
) -> Fingerprint:
    pieces = dict(common)
    pieces |= {f"input {name}": above[name].hash for name in node.inputs if name in above}
    pieces |= {f"input {name}": "candles" for name in node.inputs if name not in above and name in CANDLE_COLUMNS}
    reach = {"lookback": node.lookback, "horizon": node.horizon}
    pieces |= {key: str(candles) for key, candles in reach.items() if candles is not None}
    problem = next((f"it reads '{name}'" for name in node.inputs if name in above and above[name].problem), "")
    function = dag.function(node.name)
    collected = Pieces(dag.read, home=node.file.removesuffix(".py").replace("/", "."))
    try:
        pieces["calls"] = hashed(collected.add(function))
        for name, value in getattr(function, "keywords", {}).items():  # of @parameterize
            collected.found[f"parameter {name}"] = shown(collected.add(value))
        for name, value in hung:
            collected.found[name] = shown(collected.add(value))
    except (Unhashable, RecursionError) as error:
        problem = str(error) if isinstance(error, Unhashable) else "it holds a value nested too deeply"
    pieces |= collected.found
    return Fingerprint("" if problem else _whole(pieces), pieces, node.code, problem)


def _whole(pieces: Mapping[str, str]) -> str:
    return hashed(*(text for pair in sorted(pieces.items()) for text in pair))


@cache
def _kernel(operator: str) -> str:
    return catalogue()[operator].source_hash()


@cache
def compiler() -> str:
    """A hash of everything between an expression and its values: lowering, execution, and what compiles the kernels."""
    digest = hashlib.blake2b(digest_size=16)
    for package in ("lower", "program"):
        for file in sorted(resources.files(f"candlewick.{package}").iterdir(), key=lambda file: file.name):
            if file.name.endswith(".py"):
                digest.update(f"\0{file.name}\0".encode() + file.read_bytes())
    digest.update(resources.files("candlewick.analyse").joinpath("simplify.py").read_bytes())
    digest.update(f"{metadata.version('numba')} {metadata.version('llvmlite')}".encode())
    return digest.hexdigest()


def _inputs_first(nodes: Mapping[str, Node]) -> list[str]:
    """Names, each after its inputs; iterative, for chains are long."""
    order: dict[str, None] = {}
    stack = list(nodes)[::-1]
    while stack:
        name = stack[-1]
        waiting = [each for each in nodes[name].inputs if each in nodes and each not in order]
        if name in order or not waiting:
            order.setdefault(name)
            stack.pop()
        else:
            stack += waiting
    return list(order)


def explained(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Why a column has another fingerprint, in words: what `record` kept of it, and what it is now."""
    before, after = dict(old["pieces"]), dict(new["pieces"])
    if before["engine"] != after["engine"]:
        return changes({"engine": before["engine"]}, {"engine": after["engine"]})
    words = []
    if before.get("expression") != after.get("expression"):
        words = _of_expression(old, new)
        for name in {"expression", *(name for name in before.keys() ^ after.keys() if name.startswith("operator "))}:
            before.pop(name, None)
            after.pop(name, None)
    words += changes(before, after)
    between = [each.get("through", {}) for each in (old, new)]
    for name in sorted(between[0].keys() & between[1].keys()):
        own = [word for word in explained(between[0][name], between[1][name]) if not word.startswith("its input ")]
        words += [f"in {name} {', '.join(own)}"] if own else []
    return words


def _of_expression(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What changed a traced feature: its own code, what that calls, or an input."""
    words = []
    if old.get("graph") != new["graph"] and "graph" in old:
        words.append("its code was edited" if old["code"] != new["code"] else "its expression changed")
    inputs = old.get("inputs", {})
    words += [f"its input {name} changed" for name, each in new["inputs"].items() if inputs.get(name, each) != each]
    return words or ["its expression changed"]


def changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """What is different between two collections of pieces, in words.

    >>> changes({"def f.sma": "1", ".WINDOW": "3"}, {"def f.sma": "2", ".WINDOW": "4"})
    ['WINDOW was 3 and is 4', 'def f.sma was edited']
    """
    different = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    named = [
        name for name in different if name != "calls"
    ]  # how the pieces are put together: said when all else is equal
    return [_change(name, old.get(name), new.get(name)) for name in named or different]


def _change(name: str, before: str | None, after: str | None) -> str:
    name = re.sub(r"^(def |class |)\.", r"\1", name)  # of the module the node is in
    if before is None or after is None:
        return f"{name} is {'new' if before is None else 'gone'}"
    if name == "compiler":
        return "what computes it changed: candlewick, numba or llvmlite"
    if name.startswith(("def ", "class ", "module ")):
        return f"{name} was edited"
    if name.startswith("input "):
        return f"its {name} changed"
    if len(before) == len(hashed()):
        return f"the {name} changed"
    return f"{name} was {before} and is {after}"

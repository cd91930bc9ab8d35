"""The fit's contract: which functions of the fit's modules learn from training rows, and which transform features.

``train`` is the frame of training rows, ``features`` the frame of every row. What is computed from ``train`` is fitted:
numbers, a Series by column, or a list of column names. What is computed from ``features`` transforms, and runs live.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from candlewick.errors import ConfigError, GraphError, Location, nearest
from candlewick.project.checks import argument_place
from candlewick.project.node import CANDLE_COLUMNS, FEATURES, TRAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from candlewick.project.node import Node
    from candlewick.project.source import Source

FRAME, COLUMN = "pd.DataFrame", "pd.Series"
FITTED_TYPES = ("float", "int", "bool", COLUMN, "list[str]")


@dataclass(frozen=True)
class Contract:
    """The two halves of the fit.

    ``fitting`` and ``transforms`` name the functions of each; ``parameters`` those fitted values that a transform
    reads; ``labels`` the labels that fitting asks for; ``output`` the frame that live trading emits.
    """

    fitting: tuple[str, ...]
    transforms: tuple[str, ...]
    parameters: tuple[str, ...]
    labels: tuple[str, ...]
    output: str


def check_reserved(nodes: Mapping[str, Node], settings: Mapping[str, object], sources: Mapping[str, Source]) -> None:
    """Refuse features and labels that read what only the fit is handed: its frames, its settings, its values.

    Errors: GraphError ``graph-fit-upstream``.
    """
    for node in nodes.values():
        for name in node.inputs if node.kind != "fit" else ():
            what = _only_for_the_fit(name, nodes, settings)
            if what:
                raise GraphError(
                    f"the {node.kind} '{node.name}' reads '{name}', {what}",
                    code="graph-fit-upstream",
                    where=[argument_place(node, name, sources)],
                    hint="features come before the fit: move this function to the fit, or rename its input",
                )


def _only_for_the_fit(name: str, nodes: Mapping[str, Node], settings: Mapping[str, object]) -> str:
    if name in nodes:
        return "a value of the fit" if nodes[name].kind == "fit" else ""
    if name in {TRAIN, FEATURES}:
        return "a frame that only functions of the fit are handed"
    return "a setting of the fit" if name in settings else ""


def read_contract(
    nodes: Mapping[str, Node], output: str, sources: Mapping[str, Source], place: Callable[[], Location | None]
) -> Contract | None:
    """The contract of a checked graph; None when the project has no fit. ``place`` finds fit.output in wick.yml.

    Errors: GraphError ``graph-fit-input`` (a fit function reads a feature or a candle column by name),
    ``graph-fit-needs-train`` (a transform reads training rows), ``graph-fit-reads-features`` (a transform returns what
    is no column), ``graph-fit-type``; ConfigError ``fit-output``.
    """
    mine = {name: node for name, node in nodes.items() if node.kind == "fit"}
    if not mine:
        return None
    transforms = _downstream(mine, FEATURES)
    for node in mine.values():
        _check_inputs(node, nodes, sources, transforms)
        _check_type(node, transforms)
    fitting = tuple(name for name in mine if name not in transforms)
    read = {name for each in transforms for name in mine[each].inputs}
    labels = {name for each in fitting for name in mine[each].inputs if name in nodes and nodes[name].kind == "label"}
    frames = [name for name in transforms if mine[name].type == FRAME and not mine[name].internal]
    if output not in frames:
        where = list(filter(None, [mine[output].location if output in mine else place()]))
        what = "does not transform `features` to a frame" if output in mine else "no function of the fit makes"
        hint = nearest(output, frames) or f"name one of {', '.join(frames) or 'your functions of `features`'}"
        raise ConfigError(f"fit.output is '{output}', which {what}", code="fit-output", where=where, hint=hint)
    return Contract(
        fitting, tuple(transforms), tuple(name for name in fitting if name in read), tuple(sorted(labels)), output
    )


def _downstream(nodes: Mapping[str, Node], source: str) -> dict[str, None]:
    """The nodes that read ``source``, directly or not, in their order."""
    found: set[str] = set()
    size = -1
    while len(found) != size:
        size = len(found)
        found |= {node.name for node in nodes.values() if source in node.inputs or found & set(node.inputs)}
    return dict.fromkeys(name for name in nodes if name in found)


def _check_inputs(
    node: Node, nodes: Mapping[str, Node], sources: Mapping[str, Source], transforms: Mapping[str, None]
) -> None:
    for name in node.inputs:
        kind = "candle column" if name in CANDLE_COLUMNS else nodes[name].kind if name in nodes else ""
        transforming = node.name in transforms
        what = hint = ""
        if kind in {"candle column", "feature"}:
            what, code = f"reads the {kind} '{name}' by its name", "graph-fit-input"
            hint = f'take {TRAIN} or {FEATURES}, and read {TRAIN}["{name}"]' if kind == "feature" else (
                "a fit reads features: make it one")  # fmt: skip
        elif transforming and kind == "label":
            what, code = (
                f"transforms `features` and reads the label '{name}', which no live candle has",
                "graph-fit-input",
            )
            hint = "read it where you fit, in a function of `train`"
        elif transforming and (
            name == TRAIN or (kind == "fit" and name not in transforms and nodes[name].type == FRAME)
        ):
            what, code = f"transforms `features` and reads '{name}', the training rows", "graph-fit-needs-train"
            hint = "fit what it needs in a function of `train`, and take that function's value"
        if what:
            raise GraphError(f"'{node.name}' {what}", code=code, where=[argument_place(node, name, sources)], hint=hint)


def _check_type(node: Node, transforms: Mapping[str, None]) -> None:
    if node.internal or node.type == FRAME:
        return
    if node.name in transforms and node.type != COLUMN:
        raise GraphError(
            f"'{node.name}' reads `features` and returns {node.type}: nothing may be fitted on them",
            code="graph-fit-reads-features",
            where=[node.location],
            hint=f"fit it on training rows: take {TRAIN}: pd.DataFrame",
        )
    if node.name not in transforms and node.type not in FITTED_TYPES:
        raise GraphError(
            f"'{node.name}' fits {node.type}, which cannot be handed to live trading",
            code="graph-fit-type",
            where=[node.location],
            hint=f"return a number, a pd.Series by column or a list[str] of columns: {', '.join(FITTED_TYPES)}",
        )

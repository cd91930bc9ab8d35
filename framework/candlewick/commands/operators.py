"""`wick operators`: what pandas and numpy spellings have a streaming form: the catalogue's and the tracer's own."""

from __future__ import annotations

import ast
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from candlewick.operators.catalogue import catalogue
from candlewick.trace import declared

if TYPE_CHECKING:
    from candlewick.operators.operator import Operator


@dataclass(frozen=True)
class Coverage:
    """One spelling: the operator it means, its class (S, B or R; ``-`` for one made of others), and what it is."""

    spelling: str
    operator: str
    klass: str
    definition: str


def operators() -> list[Coverage]:
    """Every spelling of the catalogue, in the order of its files, then those that the tracer takes apart itself."""
    table = [
        Coverage(_supported(text, operator), name, _class(operator), _definition(operator))
        for name, operator in catalogue().items()
        for text in operator.spellings
    ]
    known = {row.spelling for row in table}
    return table + [
        Coverage(route.spelling, route.function, "-", route.definition)
        for route in declared()
        if route.spelling not in known
    ]


def as_markdown(table: list[Coverage]) -> str:
    """The table as the documentation shows it."""
    lines = ["| write | operator | class | is |", "|---|---|---|---|"]
    for row in table:
        spelling = row.spelling.replace("|", "\\|")
        lines.append(f"| `{spelling}` | {row.operator} | {row.klass} | {row.definition} |")
    return "\n".join(lines) + "\n"


def _class(operator: type[Operator]) -> str:
    return "-" if operator.is_composite() else operator.klass


def _definition(operator: type[Operator]) -> str:
    return " ".join((operator.__doc__ or "").strip().split("\n\n")[0].split()).replace("|", "\\|")


def _supported(text: str, operator: type[Operator]) -> str:
    """The spelling with the keywords a user may choose; those accepted only at their default are left out."""
    free = {field.name for field in fields(operator)}
    tree = ast.parse(text, mode="eval")
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        call.keywords = [keyword for keyword in call.keywords if keyword.arg in free]
    return ast.unparse(tree)

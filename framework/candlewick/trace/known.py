"""Functions of a window that an operator computes: the catalogue says how one is written, the expressions decide.

What an operator shows as ``x.rolling(window).apply(lambda w: ...)`` is run on the same stand-in window as the author's
function. Two that give one expression are one function, however they are put: the operator takes the place of the
expression, which has a part for every candle of the window.
"""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.operators.catalogue import catalogue
from candlewick.operators.window import Window
from candlewick.trace.operands import use
from candlewick.trace.stand import node_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from candlewick.trace.rows import Rows

NAMES = {"np": np, "abs": abs}
"""What a function in the catalogue may use besides its window."""


def instead(value: Any, rows: Rows) -> Any:
    """The operator's column where a function of these candles gave what the operator computes; else ``value``."""
    found = node_of(value)
    for operator, function in shown():
        if found is not None and not isinstance(found.operator, Window) and node_of(function(rows)) == found:
            return use(operator(rows.length), rows.column)
    return value


@cache
def shown() -> tuple[tuple[type[Window], Callable[[Any], Any]], ...]:
    """Operators of one column that show a function of its last candles alone, each with that function."""
    found: list[tuple[type[Window], Callable[[Any], Any]]] = []
    for operator in catalogue().values():
        if not issubclass(operator, Window) or len(operator.operands) != 1:
            continue
        for function in (item for text in operator.recognised for item in ast.walk(ast.parse(text))):
            if isinstance(function, ast.Lambda) and _alone(function):
                made = eval(ast.unparse(function), dict(NAMES))  # noqa: S307 - the catalogue's own text
                found.append((operator, made))
    return tuple(found)


def _alone(function: ast.Lambda) -> bool:
    """Whether a function reads nothing but its window, no parameter of the operator."""
    used = {item.id for item in ast.walk(function.body) if isinstance(item, ast.Name)}
    return used <= {*NAMES, *(argument.arg for argument in function.args.args)}

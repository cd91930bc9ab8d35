"""Spellings whose shape no string of the catalogue can say: lists of columns, callables, dtypes, frames.

Each is declared where it is written, by `route`, under the words that `wick operators` shows.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Route:
    """One spelling that the tracer understands by itself, and what it means."""

    spelling: str
    function: str
    definition: str


ROUTES: dict[str, Callable[..., Any]] = {}
"""Methods of a column, by the path that leads to them: ``.rolling.apply``. Called with the column and the calls."""
FUNCTIONS: dict[str, Callable[..., Any]] = {}
"""Functions of numpy, by name: ``np.where``. Called as they are written."""
LISTS: dict[str, Callable[..., Any]] = {}
"""Functions of numpy on a list of columns, by name."""
FRAMES: dict[str, Callable[..., Any]] = {}
"""Methods of a frame, by name. Called with the frame and the arguments."""
PANDAS: dict[str, Callable[..., Any]] = {}
"""Functions of pandas on a list of columns, by name."""
ARRAYS = {"np.where", "np.select", "np.nan_to_num"}
"""Functions of numpy that give an array whatever they are given."""
DECLARED: list[Route] = []


def route(*texts: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare what a function of the tracer answers to, in the words of pandas or numpy."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        first = " ".join((function.__doc__ or "").strip().split("\n\n")[0].split())
        for text in texts:
            table, key = key_of(text)
            table[key] = function
            DECLARED.append(Route(text, function.__name__, first))
        return function

    return declare


def declared() -> tuple[Route, ...]:
    """Every spelling that the tracer takes apart itself, by name: modules declare them in whatever order they come."""
    from candlewick.trace import patches  # its imports declare them all

    del patches
    return tuple(sorted(DECLARED, key=lambda known: (known.spelling.lower(), known.spelling)))


def key_of(text: str) -> tuple[dict[str, Callable[..., Any]], str]:
    """The table a spelling belongs to, and its key there.

    >>> [key_of(text)[1] for text in ("x.rolling(n).apply(f)", "np.where(c, x, y)", "frame.copy()")]
    ['.rolling.apply', 'np.where', 'copy']
    """
    path: list[str] = []
    tree = ast.parse(text, mode="eval").body
    arguments: list[ast.expr] = tree.args if isinstance(tree, ast.Call) else []
    while not isinstance(tree, ast.Name):
        if isinstance(tree, ast.Call):
            tree = tree.func
        elif isinstance(tree, ast.Attribute):
            path.insert(0, tree.attr)
            tree = tree.value
        else:
            raise TypeError(f"{text} is no chain of attributes and calls")
    match tree.id:
        case "np" if arguments and isinstance(arguments[0], ast.List):
            return LISTS, f"np.{'.'.join(path)}"
        case "np":
            return FUNCTIONS, f"np.{'.'.join(path)}"
        case "pd":
            return PANDAS, ".".join(path)
        case "frame":
            return FRAMES, ".".join(path)
    return ROUTES, "." + ".".join(path)

"""Spellings: how pandas and numpy say an operator, as strings that are parsed here and run by the laws.

A spelling is valid Python over the operator's operands, its parameters and literals::

    "x + other"    "np.log(x)"    "x.dt.hour"    "x.rolling(window, min_periods=None).mean()"

A keyword whose name is a parameter may be given by the user; any other keyword (``center=False``) is accepted only with
the value shown. What is not shown is refused.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from candlewick.operators.operator import Unsupported

REQUIRED = object()


@dataclass(frozen=True)
class Stage:
    """One call of a spelling: its argument names in pandas' order, and their defaults."""

    name: str
    arguments: tuple[str, ...] = ()
    defaults: dict[str, Any] = field(default_factory=dict, hash=False)

    def bind(self, given: tuple[Any, ...], keywords: dict[str, Any]) -> dict[str, Any]:
        """Arguments by name, or `Unsupported` naming the one that is not covered."""
        if len(given) > len(self.arguments):
            raise Unsupported(
                f"{self.name}() got {len(given)} arguments here; {self} is covered", f"write {self} by keyword"
            )
        bound = dict(zip(self.arguments, given, strict=False))
        for name, value in keywords.items():
            if name not in self.arguments or name in bound:
                known = ", ".join(self.arguments) or "no arguments"
                raise Unsupported(f"{self.name}({name}=...) is not covered", f"{self.name}() takes {known} here")
            bound[name] = value
        for name in self.arguments:
            if name not in bound:
                if self.defaults[name] is REQUIRED:
                    raise Unsupported(f"{self.name}() is missing {name}", f"write {self}")
                bound[name] = self.defaults[name]
        return bound

    def __str__(self) -> str:
        parts = [n if self.defaults[n] is REQUIRED else f"{n}={self.defaults[n]!r}" for n in self.arguments]
        return f"{self.name}({', '.join(parts)})"


@dataclass(frozen=True)
class Spelling:
    """A parsed spelling: the key the tracer looks up, and the calls whose arguments it binds."""

    text: str
    key: str
    stages: tuple[Stage, ...]
    subject: str
    """The operand the method is called on; empty for functions."""

    def render(self, given: dict[str, Any]) -> str:
        """The spelling with each keyword in ``given`` passed by name instead of by its default.

        >>> parse("x.rolling(window, min_periods=None).mean()").render({"min_periods": 1})
        'x.rolling(window, min_periods=min_periods).mean()'
        """
        tree = ast.parse(self.text, mode="eval")
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            for keyword in call.keywords:
                if keyword.arg in given:
                    keyword.value = ast.Name(keyword.arg)
        return ast.unparse(tree)


def parse(text: str) -> Spelling:
    """Read a spelling.

    >>> spelling = parse("x.rolling(window, min_periods=None).mean()")
    >>> spelling.key, spelling.subject, [str(stage) for stage in spelling.stages]
    ('.rolling.mean', 'x', ['rolling(window, min_periods=None)', 'mean()'])
    >>> parse("x + other").key, parse("np.log(x)").key, parse("-x").key, parse("x.dt.hour").key
    ('Add', 'np.log', 'USub', '.dt.hour')
    """
    tree = ast.parse(text, mode="eval").body
    match tree:
        case ast.BinOp(op=op, left=ast.Name(id=left), right=ast.Name(id=right)):
            return Spelling(text, type(op).__name__, (_operands(left, right),), "")
        case ast.Compare(ops=[op], left=ast.Name(id=left), comparators=[ast.Name(id=right)]):
            return Spelling(text, type(op).__name__, (_operands(left, right),), "")
        case ast.UnaryOp(op=op, operand=ast.Name(id=operand)):
            return Spelling(text, type(op).__name__, (_operands(operand),), "")
    path, stages = _walk(tree)
    subject = path[0] if path[0] not in {"np", "pd", "abs"} else ""
    key = "." + ".".join(path[1:]) if subject else ".".join(path)
    return Spelling(text, key, tuple(stages), subject)


def _operands(*names: str) -> Stage:
    return Stage("operator", names, dict.fromkeys(names, REQUIRED))


def _walk(node: ast.expr) -> tuple[list[str], list[Stage]]:
    """The dotted path of a chain of attributes and calls, and its calls in order."""
    match node:
        case ast.Name(id=name):
            return [name], []
        case ast.Attribute(value=value, attr=attribute):
            path, stages = _walk(value)
            return [*path, attribute], stages
        case ast.Call(func=function, args=args, keywords=keywords):
            path, stages = _walk(function)
            defaults: dict[str, Any] = {argument.id: REQUIRED for argument in args if isinstance(argument, ast.Name)}
            defaults |= {keyword.arg: _literal(keyword.value) for keyword in keywords if keyword.arg}
            return path, [*stages, Stage(path[-1], tuple(defaults), defaults)]
    raise ValueError(f"not a spelling: {ast.unparse(node)}")


def _literal(node: ast.expr) -> Any:
    if isinstance(node, ast.Name) and node.id == "nan":
        return float("nan")
    return ast.literal_eval(node)

"""Questions to whole columns that must not matter: ``if (x == 0).any():`` and ``if x.isna().all():``.

The function is run once with the usual answers (any: yes, all: no; the opposite where it complains about those), and
for every question once with the other answer.
What it builds then must be what it built before with the condition put in as never (always) true, but for numbers below
`SPECK` that are added against division by zero: those are added always.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from candlewick.errors import TraceError
from candlewick.operators.arithmetic import Add
from candlewick.operators.choice import Where
from candlewick.operators.logic import And, Not, Or
from candlewick.operators.source import Constant
from candlewick.trace.graph import Node, ancestors, node
from candlewick.trace.history import expressions, nothing, pretending

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from candlewick.trace.tracing import Guess, Trace

SPECK = 1e-15


def guarded(run: Trace, function: Callable[..., Any], given: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """What a function returns, once it is certain that no answer of a whole column matters to it.

    Errors: TraceError ``trace-whole-column`` where the column was asked
    """
    try:
        result = function(*given, **keywords)
    except Exception as error:
        complains = not isinstance(error, TraceError) or error.code == "trace-raised"
        if not (complains and run.guesses):
            raise
        run.refusals.clear()
        run.guesses.clear()
        run.unusual = True
        result = function(*given, **keywords)
    if not run.guesses:
        return result
    asked, usual = dict(run.guesses), expressions(result)
    for key, guess in asked.items():
        run.answers = {key: not guess.usual}
        other: dict[str, Any] | None
        try:
            with pretending(run, run.history):
                other = expressions(function(*given, **keywords))
        except TraceError as error:
            other = None if error.code == "trace-raised" else {"": "a refusal"}
        except Exception:  # noqa: BLE001 - the author's own complaint about such values: there is nothing to compare
            other = None
        finally:
            run.answers = {}
        without_values = other is not None and not guess.usual and is_missing(guess.condition) and nothing(other)
        if other is not None and not without_values and settled(other, guess) != settled(usual, guess):
            raise _refused(run, guess)
    run.guesses.clear()
    run.unusual = False
    return result


def is_missing(condition: Node | None) -> bool:
    """Whether a condition asks whether there is no value."""
    return condition is not None and condition.operator.operator_name() == "missing"


def settled(found: dict[str, Any], guess: Guess) -> dict[str, Any]:
    """The expressions with the condition as it would be for the other answer, and without specks."""
    made: dict[str, Node] = {}
    for item in ancestors([each for each in found.values() if isinstance(each, Node)]):
        inputs = tuple(made[child.hash] for child in item.inputs)
        if guess.condition is not None and item == guess.condition:
            made[item.hash] = node(Constant(not guess.usual))
        else:
            made[item.hash] = _reduced(item, inputs)
    return {name: made[each.hash] if isinstance(each, Node) else each for name, each in found.items()}


def _reduced(item: Node, inputs: tuple[Node, ...]) -> Node:
    """A node whose constant conditions are decided and whose specks are dropped."""
    numbers = [each.operator.number if isinstance(each.operator, Constant) else None for each in inputs]
    match item.operator:
        case Where() if isinstance(numbers[1], bool):
            return inputs[0] if numbers[1] else inputs[2]
        case Not() if isinstance(numbers[0], bool):
            return node(Constant(not numbers[0]))
        case And() | Or() if any(isinstance(number, bool) for number in numbers):
            place = 0 if isinstance(numbers[0], bool) else 1
            decided = numbers[place] is isinstance(item.operator, Or)
            return inputs[place] if decided else inputs[1 - place]
        case Add() if any(number is not None and abs(number) <= SPECK for number in numbers):
            return inputs[1] if numbers[0] is not None and abs(numbers[0]) <= SPECK else inputs[0]
    return item if inputs == item.inputs else node(item.operator, *inputs)


def _refused(run: Trace, guess: Guess) -> TraceError:
    error = TraceError(
        "one answer of a whole column, candles still to come included, decides what is computed: it looks ahead",
        code="trace-whole-column",
        where=[guess.place] if guess.place else [],
        hint="choose per candle: np.where(condition, x, y), x.where(condition, y), x.replace(0, np.nan)",
    )
    run.refusals.append(error)
    return error

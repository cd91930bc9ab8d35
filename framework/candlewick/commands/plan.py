"""`wick plan`: what a run would reuse, continue and build, and why, without computing anything."""

from __future__ import annotations

import contextlib
import difflib
import sys
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from candlewick.candles import COLUMNS
from candlewick.commands.ingest import candle_source
from candlewick.errors import CandleError
from candlewick.run.planning import plan_run, read_project
from candlewick.run.report import model_inputs, model_order
from candlewick.store.ingest import unread
from candlewick.store.snapshots import since

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from candlewick.project.node import Node
    from candlewick.project.project import Project
    from candlewick.run.decide import Decision
    from candlewick.run.options import Options
    from candlewick.run.planning import Reading, RunPlan
    from candlewick.store.ledger import Recipe

Action = Literal["REUSED", "APPEND", "BUILD", "HIDE", "DROP"]
_NAMES: dict[str, Action] = {"REUSED": "REUSED", "APPENDED": "APPEND", "BUILT": "BUILD"}


@dataclass(frozen=True)
class Step:
    """What would be done with one model and group, for the symbols for which it is the same.

    ``rows`` are to be computed; ``why`` says what is different from what is stored, ``diff`` shows it line by line;
    ``downstream`` are the models that read this one.
    """

    action: Action
    model: str
    group: str | None
    symbols: tuple[str, ...]
    rows: int
    why: tuple[str, ...] = ()
    diff: tuple[str, ...] = ()
    downstream: tuple[str, ...] = ()


@dataclass(frozen=True)
class Waiting:
    """Candles that no run of the arm has seen.

    ``new`` counts those that are ingested and not computed yet, by symbol; ``changed`` are the symbols with other old
    ones. ``unread`` are files of the source that are not even ingested: `wick build` reads them, `wick run` does not.
    ``problem`` says why the source cannot be looked at.
    """

    new: Mapping[str, int]
    changed: tuple[str, ...]
    unread: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class PlanResult:
    """The steps of a run in its order; ``arm`` is where it would publish."""

    arm: str
    steps: tuple[Step, ...]
    candles: Waiting

    @property
    def changes(self) -> bool:
        """Whether a run would change what users query."""
        return any(step.action != "REUSED" or step.why for step in self.steps)

    @property
    def rows(self) -> int:
        """Rows to be computed."""
        return sum(step.rows for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """The plan as plain data."""
        return {
            "schema_version": 1,
            "arm": self.arm,
            "changes": self.changes,
            "rows": self.rows,
            "candles": asdict(self.candles),
            "steps": [asdict(step) for step in self.steps],
        }


def plan(project: Project, options: Options) -> PlanResult:
    """What `wick run` with the same options would do.

    Errors: those of reading the project and the store; CandleError ``candles-none``.
    """
    with contextlib.redirect_stdout(sys.stderr):  # what the project's own modules print is not the plan
        reading = read_project(project, options, tests=False)
        run = plan_run(project, reading, options)
    steps = [*_steps(reading, run), *_leftovers(reading, run, options.arm)]
    order = {model: place for place, model in enumerate(model_order(reading.dag.nodes))}
    steps.sort(key=lambda step: order.get(step.model, len(order)))
    return PlanResult(options.arm, tuple(steps), _waiting(project, run, options.arm))


def _waiting(project: Project, run: RunPlan, arm: str) -> Waiting:
    """What is in the store and in no column of the arm, and what is at the source and not in the store."""
    seen: dict[str, set[str]] = defaultdict(set)
    for holding in run.ledger.holdings.get(arm, ()):
        seen[holding.symbol] |= {holding.snapshot} if holding.shown else set()
    new: dict[str, int] = {}
    changed: list[str] = []
    for symbol, now in run.ledger.now.items():
        before = [run.ledger.snapshots[key] for key in seen[symbol] if key != now.id]
        if before or not seen[symbol]:
            new[symbol] = max(now.candles - min((each.candles for each in before), default=0), 0)
        if any(since(each, now, COLUMNS, run.ledger.began.get(each.id)).kind == "changed" for each in before):
            changed.append(symbol)
    new = {symbol: count for symbol, count in new.items() if count}
    try:
        return Waiting(new, tuple(changed), tuple(unread(candle_source(project), project.store)))
    except CandleError as error:
        return Waiting(new, tuple(changed), problem=error.what)


def _steps(reading: Reading, run: RunPlan) -> Iterator[Step]:
    alike: dict[tuple[str, str | None, str, tuple[str, ...]], list[Decision]] = defaultdict(list)
    for decisions in run.decisions.values():
        for decision in decisions:
            why = tuple(sentence.replace(f" of {decision.symbol}", "") for sentence in decision.why)
            alike[decision.unit.model, decision.unit.group, decision.action, why].append(decision)
    below = _downstream(model_inputs(reading.dag.nodes))
    for (model, group, action, _), found in alike.items():
        first = found[0]
        old = run.ledger.recipes.get(first.held.recipe, {}) if first.held is not None else {}
        busy = action != "REUSED"
        yield Step(
            _NAMES[action],
            model,
            group,
            tuple(decision.symbol for decision in found),
            sum(decision.rows for decision in found),
            first.why,
            tuple(_diff(old, first.unit.recipe, reading.dag.nodes)) if action == "BUILT" else (),
            tuple(sorted(below[model])) if busy else (),
        )


def _leftovers(reading: Reading, run: RunPlan, arm: str) -> Iterator[Step]:
    """What the arm shows and would show no longer: groups that are off, models and symbols that are gone."""
    on = {(node.model, node.group) for node in reading.dag.columns}
    models = {node.model for node in (*reading.dag.columns, *reading.dag.disabled.values())}
    gone: dict[tuple[str, str | None], list[str]] = defaultdict(list)
    bare: dict[tuple[str, str | None], list[str]] = defaultdict(list)
    for holding in run.ledger.holdings.get(arm, ()):
        if holding.shown and (holding.model, holding.group) not in on:
            gone[holding.model, holding.group].append(holding.symbol)
        elif holding.shown and holding.symbol not in run.ledger.now:
            bare[holding.model, holding.group].append(holding.symbol)
    for (model, group), symbols in bare.items():
        yield Step("DROP", model, group, tuple(symbols), 0, ("there are no such candles any more",))
    for (model, group), symbols in gone.items():
        if model in models:
            why = f"the group {group} is off" if group else "it has no such columns any more"
            yield Step("HIDE", model, group, tuple(symbols), 0, (why,))
        else:
            yield Step("DROP", model, group, tuple(symbols), 0, ("there is no such model any more",))


def _diff(old: Recipe, new: Recipe, nodes: Mapping[str, Node]) -> Iterator[str]:
    """Every edited column before and after: its code, or where that is the same, what its expression is.

    A column that only follows another is not shown: that one is, where it is edited.
    """
    held, now = _with_what_is_between(old), _with_what_is_between(new)
    shown: set[tuple[str, str]] = set()  # @parameterize makes many columns of one function
    for name in sorted(held.keys() & now.keys()):
        before, after = held[name], now[name]
        if before["hash"] == after["hash"] or "code" not in before:
            continue
        edited = before.get("graph") != after.get("graph") if "graph" in before.keys() & after.keys() else True
        code = before["code"], after["code"]
        if edited and code[0] != code[1]:
            yield from _changed(*code, nodes[name].file, nodes[name].first_line) if code not in shown else ()
            shown.add(code)
        elif edited and "graph" in before and "graph" in after:
            yield from _changed(before["graph"], after["graph"], f"the expression of {name}")


def _with_what_is_between(recipe: Recipe) -> Recipe:
    """The columns of a recipe, and the inputs that are none."""
    return {name: one for each in recipe.values() for name, one in each.get("through", {}).items()} | recipe


def _changed(before: str, after: str, where: str, first: int | None = None) -> Iterator[str]:
    """The lines that are different, under ``where`` they are: in a file, at a line of it."""
    for line in list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1))[2:]:
        if line.startswith("@@"):
            offset = int(line.split("+")[1].split(" ")[0].split(",")[0]) - 1
            yield f"@@ {where}{'' if first is None else f':{first + offset}'} @@"
        else:
            yield line


def _downstream(inputs: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The models below each model."""
    below: dict[str, set[str]] = {}
    for model in inputs:
        found: set[str] = set()
        queue: Sequence[str] = [model]
        while queue:
            queue = [reader for reader, above in inputs.items() if above & set(queue) and reader not in found]
            found |= set(queue)
        below[model] = found - {model}
    return below

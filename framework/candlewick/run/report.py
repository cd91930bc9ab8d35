"""What a run says about each model and each test, rolled up from its symbols in the order of the graph."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from candlewick.run.data_tests import SAME_COLUMNS, Offending

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from candlewick.errors import WickError
    from candlewick.project.node import Node
    from candlewick.run.work import SymbolRun, Work

MOST_NAMED = 5
Status = Literal["BUILT", "APPENDED", "REUSED", "PASS", "WARN", "FAIL", "ERROR", "SKIP"]

DONE = frozenset({"BUILT", "APPENDED", "REUSED"})
"""What a model is when nothing went wrong."""


@dataclass(frozen=True)
class Result:
    """One line of the run: a model or a test."""

    kind: Literal["model", "test"]
    name: str
    model: str
    status: Status
    seconds: float = 0.0
    rows: int = 0
    columns: int = 0
    message: str = ""
    errors: tuple[WickError, ...] = ()
    offending: tuple[Offending, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the run as a whole fails with it."""
        return self.status in {"FAIL", "ERROR"}


def model_inputs(nodes: Mapping[str, Node]) -> dict[str, set[str]]:
    """The other models each model reads."""
    inputs: dict[str, set[str]] = {node.model: set() for node in nodes.values()}
    for node in nodes.values():
        inputs[node.model] |= {nodes[name].model for name in node.inputs if name in nodes} - {node.model}
    return inputs


def model_order(nodes: Mapping[str, Node]) -> list[str]:
    """The models, each after those it reads; where models read each other, in the order of the project."""
    inputs = model_inputs(nodes)
    rank = {model: place for place, model in enumerate(inputs)}
    order: dict[str, None] = {}

    def visit(model: str, path: frozenset[str]) -> None:
        for above in sorted(inputs[model] - path, key=rank.__getitem__):
            if above not in order:
                visit(above, path | {model})
        order.setdefault(model)

    for model in inputs:
        visit(model, frozenset({model}))
    return list(order)


def roll_up(work: Work, runs: Sequence[SymbolRun]) -> Iterator[Result]:
    """A result per model, each followed by its tests; below a model that failed, or failed a test, all is skipped."""
    inputs = model_inputs(work.dag.nodes)
    tests = _tests_of(work)
    broken: set[str] = set()
    tables = work.tables()
    for model in model_order(work.dag.nodes):
        if model not in tables:
            continue
        cause = next((above for above in sorted(inputs[model]) if above in broken), None)
        outcomes = [_model(work, model, runs, f"{cause} failed" if cause else "")]
        built = outcomes[0].status in DONE
        if any(test.model == model for test in work.tripwires):
            outcomes.append(_tripwires(work, model, runs) if built else _skipped(f"tripwires_{model}", model))
        for title, severity, name in tests[model]:
            if name == SAME_COLUMNS and built:
                outcomes.append(_same_columns(title, severity, model, tables[model], runs))
            else:
                outcomes.append(_test(title, severity, model, runs, skip=not built))
        if not built or any(outcome.failed for outcome in outcomes):
            broken.add(model)
        yield from outcomes


def roll_up_tests(work: Work, runs: Sequence[SymbolRun]) -> Iterator[Result]:
    """A result per test of what is published, look-ahead among them, in the order of the models."""
    tests = _tests_of(work)
    for model in model_order(work.dag.nodes):
        nodes = work.tables().get(model, ())
        if any(node.kind == "feature" for node in nodes):
            yield from _evidence(work, model, nodes, runs)
        if any(test.model == model for test in work.tripwires):
            yield _tripwires(work, model, runs)
        for title, severity, name in tests[model] if nodes else ():
            if name == SAME_COLUMNS:
                yield _same_columns(title, severity, model, nodes, runs)
            else:
                yield _test(title, severity, model, runs, skip=False)


def _evidence(work: Work, model: str, nodes: Sequence[Node], runs: Sequence[SymbolRun]) -> Iterator[Result]:
    """Whether the features of a model look ahead, and whether the program gives the reference's values."""
    names = {node.name for node in nodes}
    errors = {name: error for run in runs for name, error in run.errors.items() if name in names}
    unequal = {name for name, error in errors.items() if error.code == "node-parity"}
    kinds = {"causality": errors.keys() - unequal}
    if work.program is not None:
        kinds["parity"] = unequal
    for kind, guilty in kinds.items():
        found = tuple(error for name, error in errors.items() if name in guilty)
        status: Status = "ERROR" if found else "PASS"
        yield Result("test", f"{kind}_{model}", model, status, message=found[0].what if found else "", errors=found)


def _tests_of(work: Work) -> dict[str, list[tuple[str, str, str]]]:
    """Title, severity and name of every test, under the last model it needs."""
    tests: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for test in work.tests:
        tests[test.model].append((test.title, test.severity, test.name))
    order = [model for model in model_order(work.dag.nodes) if model in work.tables()]
    for each in work.python_tests:
        models = [work.dag.nodes[name].model for name in each.inputs if name in work.dag.nodes]
        if order and set(models) <= set(order):
            tests[max(models, key=order.index, default=order[0])].append((each.title, "error", each.title))
    return tests


def _model(work: Work, model: str, runs: Sequence[SymbolRun], cause: str) -> Result:
    """A model is an error where one of its own nodes failed, or one that belongs to no table."""
    columns = work.tables()[model]
    names = {node.name for node in columns}
    errors: dict[str, WickError] = {}
    for run in runs:  # equal causes under many symbols are one fact: the first symbol's error is kept
        needed = {run.blocked[name] for name in names if name in run.blocked}
        for name, error in run.errors.items():
            owner = work.dag.nodes[name].model if name in work.dag.nodes else model
            if owner == model or (name in needed and owner not in work.tables()):
                errors.setdefault(name, error)
    own = {node.name for node in work.dag.nodes.values() if node.model == model}
    seconds = sum(seconds for run in runs for name, seconds in run.seconds.items() if name in own)
    if errors:
        first = next(iter(errors.values()))
        return Result("model", model, model, "ERROR", seconds, message=first.what, errors=tuple(errors.values()))
    foreign = next((run.blocked[name] for run in runs for name in names if name in run.blocked), None)
    if cause or foreign:
        return Result("model", model, model, "SKIP", message=cause or f"'{foreign}' failed")
    status, rows = _done(model, runs)
    return Result("model", model, model, status, seconds, rows, len(columns))


def _done(model: str, runs: Sequence[SymbolRun]) -> tuple[Status, int]:
    """What was done with a model, and the rows that were computed; of one that is reused, all it has."""
    computed = [
        max((rows for (owner, _), (_, rows) in run.actions.items() if owner == model), default=0) for run in runs
    ]
    kinds = {action for run in runs for (owner, _), (action, _) in run.actions.items() if owner == model}
    if kinds == {"REUSED"}:
        return "REUSED", sum(run.rows for run in runs)
    return "BUILT" if "BUILT" in kinds else "APPENDED", sum(computed)


def _skipped(title: str, model: str) -> Result:
    return Result("test", title, model, "SKIP", message=f"{model} was not built")


def _test(title: str, severity: str, model: str, runs: Sequence[SymbolRun], *, skip: bool) -> Result:
    if skip:
        return _skipped(title, model)
    errors = tuple(run.test_errors[title] for run in runs if title in run.test_errors)
    if errors:
        return Result("test", title, model, "ERROR", message=errors[0].what, errors=errors[:1])
    if not all(title in run.offending for run in runs):  # it reads another model as well, and that one was not built
        return Result("test", title, model, "SKIP", message="a column it reads was not built")
    return judge(title, severity, model, [run.offending[title] for run in runs if title in run.offending])


def _tripwires(work: Work, model: str, runs: Sequence[SymbolRun]) -> Result:
    """The tripwires of a model as one line: which columns tripped, where."""
    tests = [test for test in work.tripwires if test.model == model]
    found = [(test, run.offending[test.title]) for test in tests for run in runs if run.offending[test.title].rows]
    if not found:
        return Result("test", f"tripwires_{model}", model, "PASS")
    facts: dict[str, list[str]] = defaultdict(list)
    for test, each in found:
        facts[f"'{test.columns[0]}' is {'all NaN' if test.name == 'all_nan' else 'constant'}"].append(each.symbol)
    message = "; ".join(f"{fact} ({_few(symbols)})" for fact, symbols in facts.items())
    return Result(
        "test", f"tripwires_{model}", model, "WARN", message=message, offending=tuple(each for _, each in found)
    )


def _few(symbols: Sequence[str]) -> str:
    more = len(symbols) - MOST_NAMED
    return ", ".join(symbols[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def judge(title: str, severity: str, model: str, found: Iterable[Offending]) -> Result:
    """The result of a test, given what it found per symbol."""
    bad = tuple(each for each in found if each.rows)
    if not bad:
        return Result("test", title, model, "PASS")
    rows, first = sum(each.rows for each in bad), bad[0]
    message = f"{rows} row{'s' if rows > 1 else ''}"
    message += (
        f" in {len(bad)} symbol{'s' if len(bad) > 1 else ''}, first {first.symbol}" if first.symbol else ", first"
    )
    message += f" at {first.first_ts}" if first.first_ts else ""
    message += f": {first.first_value}" if first.first_value else ""
    status: Status = "FAIL" if severity == "error" else "WARN"
    return Result("test", title, model, status, rows=rows, message=message, offending=bad)


def _same_columns(title: str, severity: str, model: str, nodes: Sequence[Node], runs: Sequence[SymbolRun]) -> Result:
    """Every symbol has values in the same columns."""
    names = {node.name for node in nodes}
    common = set[str]().union(*(run.valued & names for run in runs))
    found = [
        Offending(run.symbol, run.rows, "", f"no value in {', '.join(sorted(common - run.valued))}")
        for run in runs
        if common - run.valued
    ]
    return judge(title, severity, model, found)

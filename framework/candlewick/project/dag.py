"""The project as a Hamilton DAG. This is the one file that imports Hamilton.

Everything else sees plain `Node` records and the functions below, so that Hamilton's rules (its decorators, its
resolution of ``config.when``, its execution) hold in one place and are what a user of Hamilton expects.
"""

from __future__ import annotations

import inspect
import logging
import os
import sys
import threading
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

os.environ.setdefault("HAMILTON_AUTOLOAD_EXTENSIONS", "0")  # loading every plugin costs a second
os.environ.setdefault("HAMILTON_TELEMETRY_ENABLED", "false")

import pandas as pd
from hamilton import driver, lifecycle, registry
from hamilton.data_quality.base import ValidationResult
from hamilton.function_modifiers import base as modifiers
from hamilton.function_modifiers.validation import IS_DATA_VALIDATOR_TAG
from hamilton.graph_utils import find_functions
from hamilton.htypes import get_type_as_string, types_match

from candlewick.declare import opaque_lookback
from candlewick.errors import GraphError, WickError
from candlewick.project import checks, definitions
from candlewick.project.config import FILENAME, place_of
from candlewick.project.contract import Contract, check_reserved, read_contract
from candlewick.project.decorators import (
    CONFIG_KEY,
    EnabledGroups,
    Probe,
    at_function,
    config_keys,
    group_of,
    variants_of,
)
from candlewick.project.modules import load_modules
from candlewick.project.node import CANDLE_COLUMNS, FEATURES, TRAIN, Node
from candlewick.project.project import is_own
from candlewick.project.purity import check_globals
from candlewick.project.settings import check_settings, fits_annotation
from candlewick.project.source import as_utf8, first_line, read_source, said
from candlewick.project.toggles import Toggles, resolve_toggles

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path
    from types import FunctionType

    from hamilton.node import Node as HamiltonNode

    from candlewick.errors import Location
    from candlewick.project.modules import Module
    from candlewick.project.project import Project
    from candlewick.project.source import Source

    NodeCall = Callable[[str, Callable[..., Any], dict[str, Any]], Any]

registry.load_extension("pandas")
logging.getLogger("hamilton").setLevel(logging.CRITICAL + 1)  # its errors are raised as well, and shown better


class _Execution(lifecycle.NodeExecutionMethod):  # type: ignore[misc]
    """Hands every node's call to the function the current thread executes with."""

    def __init__(self) -> None:
        self._local = threading.local()
        self.stopped = False

    def using(self, call: NodeCall) -> None:
        self._local.call = call

    def run_to_execute_node(
        self, *, node_name: str, node_callable: Callable[..., Any], node_kwargs: dict[str, Any], **_: Any
    ) -> Any:
        if self.stopped:
            raise CancelledError
        return self._local.call(node_name, node_callable, node_kwargs)


@dataclass(frozen=True)
class Dag:
    """A project's graph under one resolved set of toggles, ready to execute.

    ``nodes`` are what this set computes; ``disabled`` what it leaves out; ``sources`` the modules' text by file;
    ``contract`` the halves of the fit, None when the project has none; ``read`` gives the text of any file of the
    project, None for others.
    """

    project: Project
    toggles: Toggles
    nodes: Mapping[str, Node]
    disabled: Mapping[str, Node]
    sources: Mapping[str, Source]
    contract: Contract | None
    read: Callable[[Path], Source | None]
    _driver: driver.Driver
    _execution: _Execution

    def execute(
        self,
        names: Collection[str],
        inputs: Mapping[str, Any],
        call: NodeCall,
        given: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Compute ``names`` from the candle columns, or the frames of the fit, in ``inputs``.

        ``call(name, function, arguments)`` runs each node: it may time it, check what it returns, or catch what it
        raises. Nodes in ``given`` have their value already. Several threads may execute one graph at a time.
        """
        self._execution.using(call)
        needed = {name: value for name, value in inputs.items() if name in self._driver.graph.nodes}
        return dict(self._driver.execute(list(names), inputs=needed, overrides=dict(given or {})))

    def function(self, name: str) -> Callable[..., Any]:
        """What Hamilton calls to compute a node, with everything its decorators have bound."""
        function: Callable[..., Any] = self._driver.graph.nodes[name].callable
        return function

    def stop(self) -> None:
        """End every execution, in whatever thread, before its next node."""
        self._execution.stopped = True

    @staticmethod
    def passing_check() -> ValidationResult:
        """What a validator of ``@check_output`` says when there are no values to look at."""
        return ValidationResult(passes=True, message="not run while tracing")

    @property
    def columns(self) -> list[Node]:
        """The nodes that are stored, in the order of the modules' text."""
        return [node for node in self.nodes.values() if node.is_column]

    def dot(self, names: Collection[str]) -> str:
        """The canonical lineage: DOT text of Hamilton's own picture of executing ``names``."""
        inputs = {name: None for name in (*CANDLE_COLUMNS, TRAIN, FEATURES) if name in self._driver.graph.nodes}
        picture = self._driver.visualize_execution(list(names), inputs=inputs, bypass_validation=True)
        return str(picture.source)


def load_dag(
    project: Project,
    *,
    environ: Mapping[str, str] = os.environ,
    enable: Iterable[str] = (),
    disable: Iterable[str] = (),
) -> Dag:
    """Import the project's modules, resolve its toggles and check its graph.

    Errors: those of `load_modules`, `resolve_toggles` and ``checks``; each before anything is computed.
    """
    modules = load_modules(project)
    sources = {module.source.file: module.source for module in modules}
    functions = [(module, function) for module in modules for function in _public_functions(module)]
    read = _reader(project)
    _check_functions(read, modules, functions)
    groups = {function: _group(function, module) for module, function in functions}
    checks.check_groups(_first_places(functions, groups))
    toggles = resolve_toggles(
        {group for group in groups.values() if group},
        project.config.groups.baseline,
        toggle_env=project.config.groups.toggle_env,
        environ=environ,
        enable=enable,
        disable=disable,
        place=lambda: place_of(project.root / FILENAME, ["groups", "baseline"]),
    )
    config = {**project.config.fit.settings, CONFIG_KEY: EnabledGroups(toggles.enabled)}
    resolved = _resolved(functions, groups, config)
    contract = _checked(project, functions, resolved, sources)
    execution = _Execution()
    config |= _whole_floats(resolved.made, project.config.fit.settings)
    made_driver = _build_driver(modules, config, execution, resolved.nodes)
    return Dag(project, toggles, resolved.nodes, resolved.disabled, sources, contract, read, made_driver, execution)


@dataclass(frozen=True)
class _Resolved:
    """What Hamilton makes of the functions under one set of toggles: its nodes and ours, and those it leaves out.

    ``keys`` are the settings that chose between variants of a function.
    """

    made: list[HamiltonNode]
    nodes: dict[str, Node]
    left_out: list[Node]
    keys: set[str]

    @property
    def disabled(self) -> dict[str, Node]:
        """What is left out by name, where no other variant of it is there."""
        return {node.name: node for node in self.left_out if node.name not in self.nodes}


def _resolved(
    functions: Iterable[tuple[Module, FunctionType]], groups: Mapping[FunctionType, str | None], config: dict[str, Any]
) -> _Resolved:
    made: list[HamiltonNode] = []
    enabled: list[Node] = []
    left_out: list[Node] = []
    keys: set[str] = set()
    for module, function in functions:
        chosen = _resolve(function, config, module.source)
        made += chosen
        enabled += _records(chosen, module, function, groups[function], enabled=True)
        deciding = config_keys(_resolvers(function))
        if chosen:
            keys.update(deciding)
        else:
            anything = dict.fromkeys((CONFIG_KEY, *deciding), Probe(answer=True))
            others = _resolve(function, anything, module.source)
            left_out += _records(others, module, function, groups[function], enabled=False)
    checks.check_names(enabled)
    return _Resolved(made, {node.name: node for node in enabled}, left_out, keys)


def _checked(
    project: Project,
    functions: Iterable[tuple[Module, FunctionType]],
    resolved: _Resolved,
    sources: Mapping[str, Source],
) -> Contract | None:
    """The contract of the fit, once the graph holds what it must; what a user can mend in one place comes first."""
    file, settings, nodes = project.root / FILENAME, project.config.fit.settings, resolved.nodes
    every = [*nodes.values(), *resolved.left_out]
    variants = variants_of((each, _resolvers(each)) for module, each in functions if module.kind == "fit")

    def place(key: str | None) -> Location | None:
        return place_of(file, ["fit", "settings", *filter(None, [key])])

    check_settings(settings, variants, resolved.keys, every, place)
    check_reserved(nodes, settings, sources)
    checks.check_inputs(nodes, resolved.disabled, sources, settings)
    checks.check_uses(every)
    _check_types(resolved.made, nodes, sources, settings)
    checks.check_kinds(nodes)
    checks.check_cycles(nodes)
    return read_contract(nodes, project.config.fit.output, sources, lambda: place_of(file, ["fit", "output"]))


def _first_places(
    functions: Iterable[tuple[Module, FunctionType]], groups: Mapping[FunctionType, str | None]
) -> dict[str, Location]:
    """Each group with the first function that names it."""
    places: dict[str, Location] = {}
    for module, function in functions:
        group = groups[function]
        if group:
            places.setdefault(group, module.source.of(function))
    return places


def _public_functions(module: Module) -> list[FunctionType]:
    """Hamilton's own choice of functions, in the order they are written."""
    found = {function for _, function in find_functions(module.python)}
    return sorted(found, key=first_line)


def _check_functions(
    read: Callable[[Path], Source | None],
    modules: Iterable[Module],
    functions: Iterable[tuple[Module, FunctionType]],
) -> None:
    for module in modules:
        definitions.check_duplicate_functions(module.source)
        definitions.check_definitions(module.source, dict(find_functions(module.python)))
        definitions.check_callables(module.source, vars(module.python))
    seen: set[Any] = set()
    for module, function in functions:
        syntax = module.source.function(first_line(function))
        if syntax is not None:
            definitions.check_signature(syntax, module.source)
        for each in {function, inspect.unwrap(function)}:
            check_globals(each, read, seen)


def _reader(project: Project) -> Callable[[Path], Source | None]:
    texts: dict[Path, Source | None] = {}

    def read(path: Path) -> Source | None:
        if path not in texts:
            texts[path] = read_source(project, path) if is_own(path, project.root) else None
        return texts[path]

    return read


def _resolvers(function: FunctionType) -> list[Any]:
    return list(modifiers.get_node_decorators(function, {})[modifiers.NodeResolver.get_lifecycle_name()])


def _group(function: FunctionType, module: Module) -> str | None:
    try:
        resolvers = _resolvers(function)
    except Exception as error:
        raise _unreadable(function, module.source, error) from error
    return group_of(function, module, resolvers)


def _resolve(function: FunctionType, config: dict[str, Any], source: Source) -> list[HamiltonNode]:
    try:
        return list(modifiers.resolve_nodes(function, config))
    except WickError:
        raise
    except Exception as error:
        raise _unreadable(function, source, error) from error


def _unreadable(function: FunctionType, source: Source, error: Exception) -> GraphError:
    what = f"Hamilton cannot read '{function.__name__}': {said(error)}"
    return at_function(function, source, what, "graph-hamilton", "check its annotations and its decorators")


def _records(
    made: list[HamiltonNode], module: Module, function: FunctionType, group: str | None, *, enabled: bool
) -> list[Node]:
    source = module.source
    syntax = source.function(first_line(function))
    names = {each.name for each in made}
    return [
        Node(
            name=each.name,
            kind=module.kind,
            model=module.model,
            type=_type_name(each.type),
            inputs=tuple(each.input_types),
            optional=frozenset(name for name in each.input_types if not each.requires(name)),
            file=source.file,
            line=syntax.lineno if syntax else first_line(function),
            group=group,
            enabled=enabled,
            doc=as_utf8((each.documentation or "").strip()),
            code=source.code(syntax) if syntax else "",
            tags={key: as_utf8(str(value)) for key, value in each.tags.items() if key != "module"},
            internal="." in each.name or IS_DATA_VALIDATOR_TAG in each.tags or _is_raw(each.name, names),
            opaque=opaque_lookback(function),
        )
        for each in made
    ]


def _is_raw(name: str, names: Collection[str]) -> bool:
    """``@check_output`` computes ``x_raw`` and the checks, and hands on ``x``."""
    return name.endswith("_raw") and name.removesuffix("_raw") in names


def _type_name(type_: Any) -> str:
    generic = getattr(type_, "__origin__", None) is not None
    name = (None if generic else get_type_as_string(type_)) or str(type_).removeprefix("typing.")
    return {"Series": "pd.Series", "DataFrame": "pd.DataFrame"}.get(name, name)


def _check_types(
    made: Iterable[HamiltonNode],
    nodes: Mapping[str, Node],
    sources: Mapping[str, Source],
    settings: Mapping[str, Any],
) -> None:
    """Refuse a reader that takes a node for something it is not, by Hamilton's own rule."""
    types = {each.name: each.type for each in made} | dict.fromkeys(CANDLE_COLUMNS, pd.Series)
    types |= dict.fromkeys((TRAIN, FEATURES), pd.DataFrame)
    for reader in made:
        for name, (expected, _) in reader.input_types.items():
            if name in settings and name not in types and not fits_annotation(settings[name], _type_name(expected)):
                kind = type(settings[name]).__name__
                raise GraphError(
                    f"'{reader.name}' takes '{name}' for {_type_name(expected)}, and it is {settings[name]!r}",
                    code="graph-type-mismatch",
                    where=[checks.argument_place(nodes[reader.name], name, sources)],
                    hint=f"correct fit.settings.{name} in wick.yml, or annotate it: {name}: {kind}",
                )
            if name in types and not types_match(expected, types[name]):
                given = _type_name(types[name])
                raise GraphError(
                    f"'{reader.name}' takes '{name}' for {_type_name(expected)}, but it is {given}",
                    code="graph-type-mismatch",
                    where=[checks.argument_place(nodes[reader.name], name, sources)],
                    hint=f"annotate it: {name}: {given}",
                )


def _whole_floats(made: Iterable[HamiltonNode], settings: Mapping[str, Any]) -> dict[str, float]:
    """Settings that are written without a point and read as float: Hamilton takes no int for one."""
    read = {name for reader in made for name, (expected, _) in reader.input_types.items() if expected is float}
    return {name: float(value) for name, value in settings.items() if name in read and type(value) is int}


def _build_driver(
    modules: Iterable[Module], config: dict[str, Any], execution: _Execution, nodes: Mapping[str, Node]
) -> driver.Driver:
    # Hamilton walks the graph by recursion, a few frames per node of a chain.
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 1_000 + 20 * len(nodes)))
    builder = driver.Builder().with_config(config).with_modules(*(module.python for module in modules))
    try:
        return builder.with_adapters(execution).build()
    except Exception as error:
        name = next((each for each in nodes if f"{each} " in str(error)), None)
        where = [nodes[name].location] if name else []
        raise GraphError(
            f"Hamilton cannot build the graph: {str(error).splitlines()[0]}",
            code="graph-hamilton",
            where=where,
            hint="give a node and its readers one type",
        ) from error

"""What an artifact says: the program, the state of every symbol, the schema, and where all of it came from."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.artifact.strict import canonical, mapping, record, texts, typed
from candlewick.candles import COLUMNS, LATEST, Interval
from candlewick.errors import ArtifactError, ConfigError
from candlewick.operators.catalogue import primitives
from candlewick.program import FEATURES, OUTPUT, Program

if TYPE_CHECKING:
    from collections.abc import Mapping

    Floats = np.ndarray[Any, np.dtype[np.float64]]

INPUTS = (*COLUMNS, "ts")
"""The numbers of a candle in the order the program reads them."""

_POLICIES = {"gaps": ("allow", "warn", "error"), "volume": ("required", "optional")}
_MOST_CANDLES = 2**53


@dataclass(frozen=True)
class Column:
    """One column of a stage: its dtype, what is known of it, and what it is computed from.

    ``inputs`` are the names it reads: nodes of the project for a feature, features for a column of the fit's output;
    ``candles`` the candle columns it reaches. None as ``lookback`` means unbounded, as ``warm_up`` never settled.
    """

    name: str
    dtype: str
    klass: str
    lookback: int | None
    warm_up: int | None
    candles: tuple[str, ...]
    inputs: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True, eq=False)
class SymbolState:
    """The state of a symbol after its last candle at ``ts``; ``version`` is the hash of the candles it has seen.

    ``longest_step`` is the longest time between two of its candles, in milliseconds; 0 when it has fewer.
    """

    ts: int
    longest_step: int
    version: str
    vector: Floats


@dataclass(frozen=True, eq=False)
class Payload:
    """Everything that trades. No clock time is in it: two exports of one store are equal byte for byte."""

    project: str
    program: Program
    kernels: Mapping[str, str]
    """The hash of every kernel the program runs, by operator."""
    interval: str
    gaps: str
    volume: str
    stages: Mapping[str, tuple[Column, ...]]
    lineage: Mapping[str, tuple[str, ...]]
    """Every node of the project that a column comes from, and what it reads."""
    enabled: tuple[str, ...]
    toggle_sources: Mapping[str, str]
    fit: Mapping[str, Any] | None
    """Its output, settings, fitted parameters, window of training rows and findings; None without fit modules."""
    git_commit: str | None
    versions: Mapping[str, str]
    symbols: Mapping[str, SymbolState]

    def columns(self, stage: str = OUTPUT) -> tuple[Column, ...]:
        """The columns of a stage in order; without a fit the output is the features."""
        return self.stages.get(stage) or self.stages[FEATURES]

    def warm_up(self, stage: str = OUTPUT) -> int:
        """Candles before every column of a stage that settles has settled."""
        return max((column.warm_up or 0 for column in self.columns(stage)), default=0)

    def text(self) -> str:
        """All but the state, as canonical JSON."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)} | {
            "program": self.program.to_plain(),
            "stages": {stage: [asdict(column) for column in columns] for stage, columns in self.stages.items()},
            "symbols": [
                {"symbol": name, "longest_step": state.longest_step, "version": state.version}
                for name, state in sorted(self.symbols.items())
            ],
        }
        return canonical(plain)

    def tensors(self) -> dict[str, np.ndarray[Any, Any]]:
        """The state of every symbol: ``states`` (symbols, numbers) and ``times`` (symbols), in the order of names."""
        ordered = [state for _, state in sorted(self.symbols.items())]
        states = np.array([state.vector for state in ordered], dtype="<f8").reshape(-1, self.program.state_size)
        return {"states": states, "times": np.array([state.ts for state in ordered], dtype="<i8")}


def kernel_hashes(program: Program) -> dict[str, str]:
    """The hash of every kernel a program runs, as this version of candlewick has them."""
    known = primitives()
    names = sorted({item.operator.operator_name() for item in program.instructions})
    return {name: known[name].source_hash() for name in names}


def program_hash(payload: Payload) -> str:
    """What a state belongs to: the program and its kernels. Two artifacts that share it can share snapshots."""
    text = canonical({"program": payload.program.to_plain(), "kernels": dict(payload.kernels)})
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def is_state(ts: int, vector: Floats) -> bool:
    """Whether a state has seen candles, and the last one at a time there is."""
    candles = float(vector[0])
    return 1 <= candles < _MOST_CANDLES and candles.is_integer() and abs(ts) <= LATEST


def payload_of(plain: Any, tensors: Mapping[str, np.ndarray[Any, Any]]) -> Payload:
    """The payload of `Payload.text` and `Payload.tensors`.

    Errors: ArtifactError ``artifact-schema``, ``artifact-unknown-field``, ``artifact-kernels`` and those of the program
    """
    plain = record(plain, {field.name for field in fields(Payload)}, "the payload")
    program = Program.from_plain(plain["program"])
    payload = Payload(
        project=typed(plain["project"], str, "project"),
        program=program,
        kernels=mapping(plain["kernels"], str, "kernels"),
        interval=_interval(plain["interval"]),
        gaps=_choice(plain["gaps"], "gaps"),
        volume=_choice(plain["volume"], "volume"),
        stages=_stages(plain["stages"], program),
        lineage={name: texts(value, f"lineage.{name}") for name, value in typed(plain["lineage"], dict, "l").items()},
        enabled=texts(plain["enabled"], "enabled"),
        toggle_sources=mapping(plain["toggle_sources"], str, "toggle_sources"),
        fit=_fit(plain["fit"]),
        git_commit=typed(plain["git_commit"], (str, type(None)), "git_commit"),
        versions=mapping(plain["versions"], str, "versions"),
        symbols=_symbols(plain["symbols"], tensors, program),
    )
    if program.columns != INPUTS:
        raise ArtifactError(f"the program reads {program.columns}, not {INPUTS}", code="artifact-schema")
    if set(payload.kernels) != set(kernel_hashes(program)):
        raise ArtifactError("the kernels listed are not those the program runs", code="artifact-schema")
    changed = sorted(name for name, found in kernel_hashes(program).items() if payload.kernels[name] != found)
    if changed:
        raise ArtifactError(
            f"this candlewick computes {', '.join(changed[:5])} by other kernels than the one that wrote the artifact",
            code="artifact-kernels",
            hint=f"export again, or install what wrote it: candlewick {payload.versions.get('candlewick', '')}",
        )
    return payload


def _fit(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    fit = record(value, {"output", "settings", "fingerprint", "parameters", "window", "findings"}, "fit")
    kinds = {"output": str, "fingerprint": str, "settings": dict, "parameters": dict, "window": dict, "findings": list}
    for name, kind in kinds.items():
        typed(fit[name], kind, f"fit.{name}")
    for name in ("rows", "train_end"):
        typed(fit["window"].get(name), int, f"fit.window.{name}")
    return fit


def _interval(value: Any) -> str:
    try:
        return Interval.parse(typed(value, str, "interval")).name
    except ConfigError as error:
        raise ArtifactError(error.what, code="artifact-schema") from None


def _choice(value: Any, name: str) -> str:
    if value not in _POLICIES[name]:
        raise ArtifactError(f"{name} is {value!r:.80}, not one of {_POLICIES[name]}", code="artifact-schema")
    return str(value)


def _stages(value: Any, program: Program) -> dict[str, tuple[Column, ...]]:
    staged = len({result.stage for result in program.results}) > 1
    plain = record(value, {FEATURES, OUTPUT} if staged else {FEATURES}, "stages")
    found = {}
    for stage in plain:
        found[stage] = tuple(_column(item, stage) for item in typed(plain[stage], list, f"stages.{stage}"))
        listed = [(column.name, column.dtype) for column in found[stage]]
        if listed != [(result.name, result.dtype) for result in program.stage(stage)]:
            raise ArtifactError(f"the schema of stage {stage} is not the program's", code="artifact-schema")
    return found


def _column(value: Any, stage: str) -> Column:
    what = f"a column of {stage}"
    plain = record(value, {field.name for field in fields(Column)}, what)
    for name in ("name", "dtype", "klass", "fingerprint"):
        typed(plain[name], str, f"{name} of {what}")
    for name in ("lookback", "warm_up"):
        typed(plain[name], (int, type(None)), f"{name} of {what}")
        if (plain[name] or 0) < 0:
            raise ArtifactError(f"{name} of {plain['name']} is negative", code="artifact-schema")
    return Column(**{**plain, **{name: texts(plain[name], f"{name} of {what}") for name in ("candles", "inputs")}})


def _symbols(value: Any, tensors: Mapping[str, np.ndarray[Any, Any]], program: Program) -> dict[str, SymbolState]:
    plain = [record(item, {"symbol", "longest_step", "version"}, "a symbol") for item in typed(value, list, "symbols")]
    names = [typed(item["symbol"], str, "a symbol") for item in plain]
    if names != sorted(set(names)):
        raise ArtifactError("the symbols are not sorted, or not unique", code="artifact-schema")
    states, times = tensors["states"], tensors["times"]
    if states.shape != (len(names), program.state_size) or times.shape != (len(names),):
        raise ArtifactError(f"states of the shape {states.shape} and {times.shape}", code="artifact-schema")
    found = {}
    for item, name, ts, vector in zip(plain, names, times.tolist(), states, strict=True):
        if not is_state(ts, vector):
            raise ArtifactError(f"the state of {name!r} counts no candles or has no time", code="artifact-schema")
        step = typed(item["longest_step"], int, "longest_step")
        found[name] = SymbolState(ts, step, typed(item["version"], str, "version"), vector)
    return found

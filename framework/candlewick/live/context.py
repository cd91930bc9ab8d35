"""What passes from step to step: the candle, the symbol's state, and the features once a step has put them there."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from candlewick.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(slots=True)
class PipelineState:
    """What the steps of a pipeline remember of one symbol: a name for each thing, plain values behind it."""

    symbol: str = ""
    memory: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class CandleContext:
    """One candle on its way through the steps; ``features`` is None until a step emits them."""

    candle: Any
    state: PipelineState
    features: Floats | None = None


@dataclass(frozen=True, slots=True)
class SkipReason:
    """Why a candle stopped: a stable code, and a sentence for people."""

    code: str
    detail: str = ""


class Step(Protocol):
    """One stage of a pipeline. It relies on ``ctx.candle``, ``ctx.state`` and ``ctx.features`` only."""

    def process(self, ctx: Any, /) -> Any:
        """The context, to go on; or a `SkipReason`, to stop here."""


def memory(state: Any) -> MutableMapping[str, Any]:
    """Where a step keeps what it remembers: ``state.memory``, or the state itself where that is a mapping.

    A state of the user's own class is given a ``memory`` when it has none.

    Errors: UsageError ``usage-state`` when it takes no attributes
    """
    if type(state) is PipelineState:  # the usual one first: this runs on every candle
        return state.memory
    if isinstance(state, MutableMapping):
        return state
    found: MutableMapping[str, Any] | None = getattr(state, "memory", None)
    if found is None:
        found = {}
        try:
            state.memory = found
        except AttributeError:
            raise UsageError(
                f"ctx.state is a {type(state).__name__}, in which a step cannot remember anything",
                code="usage-state",
                hint="give it a dict as attribute `memory`, or use a dict as state",
            ) from None
    return found

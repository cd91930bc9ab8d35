"""Loading an artifact for live use: the file is judged, the program is compiled, and nothing is compiled later."""

from __future__ import annotations

import importlib.metadata
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from candlewick.artifact import Artifact, read
from candlewick.errors import ArtifactError, UsageError, WickWarning
from candlewick.live.features import Features

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from candlewick.artifact import Payload

COMPILERS = ("llvmlite", "numba")
"""What decides on the bits, besides the machine and candlewick's own kernels."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """A sound artifact, compiled."""

    artifact: Artifact

    @property
    def payload(self) -> Payload:
        """Program, schema, states, and where they came from."""
        return self.artifact.payload

    @property
    def certificate(self) -> dict[str, Any] | None:
        """The evidence that what was trained is what trades; None in a file without one."""
        return self.artifact.certificate

    def open(
        self, symbols: Iterable[str] | None = None, *, interval: str | None = None, toggles: Iterable[str] | None = None
    ) -> Features:
        """The features of these symbols, each at its state in the artifact or, when it has none there, without a past.

        ``symbols=None`` takes every symbol that comes. ``interval`` and ``toggles`` say what the caller expects.

        Errors: ArtifactError ``artifact-interval``, ``artifact-toggles`` when the artifact has others; UsageError
        ``usage-symbols`` for one text, whose letters would be the symbols
        """
        if isinstance(symbols, str):
            raise UsageError(
                f"symbols={symbols!r} is one text, not a list of them",
                code="usage-symbols",
                hint=f"open(symbols=[{symbols!r}])",
            )
        if interval is not None and interval != self.payload.interval:
            raise ArtifactError(
                f"the artifact was made for candles of {self.payload.interval}, not of {interval}",
                code="artifact-interval",
                hint="feed it candles of its own interval, or export again",
            )
        expected = None if toggles is None else tuple(sorted(set(toggles)))
        if expected is not None and expected != tuple(sorted(self.payload.enabled)):
            raise ArtifactError(
                f"the artifact was made with the groups {', '.join(self.payload.enabled) or 'none'}, "
                f"not with {', '.join(expected) or 'none'}",
                code="artifact-toggles",
                hint="export again with these groups enabled",
            )
        return Features(self.artifact, symbols)


def load(path: str | os.PathLike[str]) -> Loaded:
    """The artifact in a file, judged whole, compiled or taken from this machine's cache.

    A `WickWarning` says when another compiler wrote it: equal bits are promised for one version.

    Errors: ArtifactError, by its ``code``, for everything that is not a sound artifact: see `candlewick.artifact.read`
    """
    loaded = Loaded(read(path))
    wrote = {name: version for name, version in loaded.payload.versions.items() if name in COMPILERS}
    other = [name for name, version in wrote.items() if importlib.metadata.version(name) != version]
    if other:
        named = ", ".join(f"{name} {wrote[name]} (here {importlib.metadata.version(name)})" for name in other)
        warnings.warn(
            f"the artifact was written with {named}; equal bits are promised for one version: run `wick certify`",
            WickWarning,
            stacklevel=2,
        )
    loaded.payload.program.native.compile_steps()
    return loaded

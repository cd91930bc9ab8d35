"""A node of the project's DAG as candlewick sees it: plain data, no Hamilton."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from candlewick.errors import Location

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["feature", "label", "fit"]

CANDLE_COLUMNS = ("open", "high", "low", "close", "volume", "ts")
TRAIN, FEATURES = "train", "features"  # the frames that functions of the fit are handed


@dataclass(frozen=True)
class Node:
    """One function's worth of the DAG.

    ``type`` is the annotation as users write it (``pd.Series``, ``float``); a feature or label whose type is
    ``pd.Series`` is a column of its model's table. ``group`` is the toggle that switches it, or None for a node that is
    always on. ``inputs`` are names of other nodes or of candle columns; ``optional`` those with a default. ``internal``
    marks a node that a decorator made on the way to the one the user named. ``opaque`` is the declared lookback of a
    node that has no streaming form.
    """

    name: str
    kind: Kind
    model: str
    type: str
    inputs: tuple[str, ...]
    file: str
    line: int
    group: str | None = None
    optional: frozenset[str] = frozenset()
    enabled: bool = True
    doc: str = ""
    code: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    internal: bool = False
    opaque: int | None = None

    @property
    def is_column(self) -> bool:
        """Whether the node is stored: one value per candle. A Series of the fit is by column, and no column."""
        return self.type == "pd.Series" and not self.internal and self.kind != "fit"

    @property
    def is_number(self) -> bool:
        """Whether the node promises one number for the whole of a symbol."""
        return self.type in {"float", "int", "bool"}

    @property
    def horizon(self) -> int | None:
        """The candles after this one that a label reads, by its ``@tag(horizon="10")``; None when it does not say."""
        return _count(self.tags.get("horizon")) if self.kind == "label" else None

    @property
    def lookback(self) -> int | None:
        """The candles before this one that a node says it reads: ``@opaque(lookback=...)``, a label's ``@tag``."""
        return self.opaque if self.kind == "feature" else _count(self.tags.get("lookback"))

    @property
    def first_line(self) -> int:
        """The line of its file that ``code`` begins at: that of its first decorator, if it has any."""
        return self.line - self._head[0]

    @property
    def location(self) -> Location:
        """Where the user wrote it: the line of its ``def``, the name underlined."""
        _, source = self._head
        before, _, signature = source.partition("def ")
        name, start = signature.partition("(")[0], len(before) + len("def ")
        return (
            Location(self.file, self.line, source, start, start + len(name)) if name else Location(self.file, self.line)
        )

    @property
    def _head(self) -> tuple[int, str]:
        """The line of ``code`` that says ``def``, and its place from the first."""
        lines = enumerate(self.code.split("\n"))
        return next(((k, line) for k, line in lines if line.lstrip().startswith(("def ", "async def "))), (0, ""))


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None

"""What has fooled people when they fitted: looked for in every fit, refused or reported with names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.errors import NodeError
from candlewick.fit.fitted import Finding
from candlewick.fit.fitting import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from candlewick.fit.training import Training
    from candlewick.project.dag import Dag

_EQUAL = 1e-6  # how far a scaled column's spread may lie from the scaler's


def inspect_rows(dag: Dag, training: Training) -> list[Finding]:
    """What is odd about the training rows: constant columns, symbols that have no rows or lack a column.

    Errors: NodeError ``fit-all-missing`` for columns without any value.
    """
    rows = training.features
    present = rows.notna()
    empty = [str(name) for name in rows.columns[~present.any()]]
    if empty:
        raise NodeError(
            f"no training row has a value of {listed(empty)}",
            code="fit-all-missing",
            where=[dag.nodes[empty[0]].location],
            hint="check the feature and the columns it reads, or disable its group",
        )
    return [
        *_constant(rows),
        *_absent(present),
        *(
            Finding("fit-symbol-without-rows", f"{symbol} has no training row", (symbol,))
            for symbol, count in training.window.symbols.items()
            if not count
        ),
    ]


def _constant(rows: pd.DataFrame) -> list[Finding]:
    constant = [str(name) for name in rows.columns[rows.min() == rows.max()]]
    what = f"constant over the training rows: {listed(constant)}"
    return [Finding("fit-constant", what, tuple(constant))] if constant else []


def _absent(present: pd.DataFrame) -> list[Finding]:
    """Columns that hold values for some symbols and none for others."""
    has = present.groupby(level="symbol").any()
    return [
        Finding("fit-columns-differ", f"{symbol} has no value of {listed(names)}, other symbols have", tuple(names))
        for symbol, row in has.iterrows()
        if (names := [str(name) for name in has.columns[~row]])
    ]


@dataclass
class Selections:
    """Watches the functions that choose columns: what they are given, what stands before it, and what they keep."""

    dag: Dag
    findings: list[Finding] = field(default_factory=list)
    _scaled: dict[str, str] = field(default_factory=dict)
    """How each frame that was fitted on is scaled, by the function that made it."""

    def seen(self, name: str, arguments: dict[str, Any], value: Any) -> None:
        """Judge one function's call.

        Errors: NodeError ``fit-selection-after-scaling``, ``fit-selection-empty``.
        """
        node = self.dag.nodes[name]
        if isinstance(value, pd.DataFrame):
            self._scaled[name] = _frame_scaling(value)
        if node.type != "list[str]":
            return
        for given, scaling in self._scalings(name, arguments):
            raise NodeError(
                f"'{name}' selects columns after scaling: of '{given}' {scaling}",
                code="fit-selection-after-scaling",
                where=[node.location],
                hint="select before scaling: scaled columns vary alike, so that nothing tells them apart",
            )
        if not value:
            raise NodeError(
                f"'{name}' keeps no column",
                code="fit-selection-empty",
                where=[node.location],
                hint="loosen the selection, or correct its settings in wick.yml",
            )
        if len(value) in {_width(each) for each in arguments.values()}:
            what = f"'{name}' keeps all {len(value)} columns: it selects nothing"
            self.findings.append(Finding("fit-selection-idle", what, (name,)))

    def _scalings(self, name: str, arguments: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """The scaled frames and the telling Series a function selects by, directly or through other functions."""
        for given, argument in arguments.items():
            if _variances_are_one(argument):
                yield given, "all values are 1"
        stack, passed = list(self.dag.nodes[name].inputs), set[str]()
        while stack:
            each = stack.pop()
            if each in self._scaled:
                if self._scaled[each]:
                    yield each, self._scaled[each]
            elif each in self.dag.nodes and each not in passed:
                passed.add(each)
                stack += self.dag.nodes[each].inputs


def _width(argument: Any) -> int | None:
    if isinstance(argument, pd.DataFrame):
        return len(argument.columns)
    by_column = isinstance(argument, pd.Series) and not isinstance(argument.index, pd.MultiIndex)
    return len(argument) if by_column else None


def _variances_are_one(argument: Any) -> bool:
    if _width(argument) is None or not isinstance(argument, pd.Series):
        return False
    values = argument.to_numpy(np.float64)
    return int((values != 0).sum()) > 1 and _all(values[values != 0], 1.0)


def _frame_scaling(rows: pd.DataFrame) -> str:
    """How the columns of a frame are scaled: a standard, a min-max or a robust scaler's mark; empty for none."""
    varied = rows.loc[:, (rows.min() < rows.max()).to_numpy()]
    if len(varied.columns) < 2 or len(varied) < 2:  # noqa: PLR2004 - one column, or one row, shows nothing
        return ""
    for described, mark in _MARKS.items():
        # quantiles of every column take long: most frames show by a few columns that they are not scaled
        if mark(varied.iloc[:, :3]) and mark(varied):
            return described
    return ""


_MARKS: dict[str, Callable[[pd.DataFrame], bool]] = {
    "every variance is 1": lambda rows: _all(rows.var(ddof=0), 1.0) or _all(rows.var(), 1.0),
    "every column runs from 0 to 1": lambda rows: _all(rows.min(), 0.0) and _all(rows.max(), 1.0),
    "every median is 0 and every interquartile range 1": lambda rows: (
        _all(rows.median(), 0.0) and _all(rows.quantile(0.75) - rows.quantile(0.25), 1.0)
    ),
}


def _all(values: Any, number: float) -> bool:
    return bool(np.allclose(np.asarray(values, np.float64), number, rtol=0.0, atol=_EQUAL))

"""When the label of a row is known: the touch time, or the end of its horizon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from candlewick.candles import short_moment
from candlewick.errors import GraphError, NodeError, nearest

if TYPE_CHECKING:
    from candlewick.project.dag import Dag

TOUCH_TIME, HORIZON = "touch_time", "horizon"


def touch_column(dag: Dag, label: str) -> str | None:
    """The column of a label's touch times, which its tag ``touch_time`` names; None without the tag.

    Errors: GraphError ``label-touch-time`` when there is no such label.
    """
    node = dag.nodes[label]
    name = node.tags.get(TOUCH_TIME)
    if name is not None and (name not in dag.nodes or dag.nodes[name].kind != "label"):
        labels = [each.name for each in dag.nodes.values() if each.kind == "label"]
        raise GraphError(
            f"the label '{label}' names '{name}' as its touch time, and no label has that name",
            code="label-touch-time",
            where=[node.location],
            hint=nearest(name, labels) or f"name one of {', '.join(labels)}",
        )
    return name


def touch_times(dag: Dag, label: str, table: pd.DataFrame) -> pd.Series:
    """The open time of the candle whose close makes each row's label known; NaT where none has.

    Shape: UTC timestamps under the index of ``table``, which holds the label and its touch column for one symbol

    A label without a touch column is known after its horizon, whatever happens before.

    Errors: GraphError ``label-touch-time``, ``label-horizon`` when it states neither; NodeError ``label-touch``.
    """
    column = touch_column(dag, label)
    if column is not None:
        return _checked(dag, column, table[column])
    horizon = min(_horizon(dag, label), len(table))
    return pd.Series(table.index, index=table.index).shift(-horizon)


def _checked(dag: Dag, name: str, moments: pd.Series) -> pd.Series:
    """Touch times that are times, none of them before its row."""
    if not isinstance(moments.dtype, pd.DatetimeTZDtype):
        what, hint = f"is {moments.dtype}, and a touch time is a time", "return the ts of the candle that was touched"
    elif (early := moments < moments.index).any():
        at = moments.index[int(early.to_numpy().argmax())]
        what = f"is {short_moment(moments[at])} at {short_moment(at)}: known before its row"
        hint = "return the ts of a candle that is not older than the row"
    else:
        return moments
    raise NodeError(f"the touch time '{name}' {what}", code="label-touch", where=[dag.nodes[name].location], hint=hint)


def _horizon(dag: Dag, label: str) -> int:
    """The candles after a row that its label reads."""
    node = dag.nodes[label]
    stated = node.tags.get(HORIZON, "")
    if not stated.isdecimal():
        raise GraphError(
            f"the label '{label}' does not say when it is known",
            code="label-horizon",
            where=[node.location],
            hint='tag it with the candles it looks ahead, @tag(horizon="10"), or with the column of its touch times',
        )
    return int(stated)

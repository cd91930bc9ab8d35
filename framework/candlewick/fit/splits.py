"""Walk-forward and k-fold splits whose training rows share no candle with what they are tested on.

A row's label runs from its own candle to its touch, both included. Beside a test span a training row is

* purged, when its label runs into the span of the test's labels: it would be learned from what is tested;
* embargoed, when its candle comes so soon after the test's last touch that its features look back into the test.

The test span's labels end with the latest touch of any symbol: symbols move together.
Source: Lopez de Prado 2018, sections 7.4 and 12.4
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from candlewick.fit.uniqueness import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Times = NDArray[np.int64]

Scheme = Literal["walk_forward", "kfold"]
ROLES = ("unused", "train", "test", "purged", "embargo")
UNUSED, TRAIN, TEST, PURGED, EMBARGO = range(len(ROLES))


@dataclass(frozen=True)
class Fold:
    """A test span: rows whose candle opens from ``first`` to ``last``, whose last label is known at ``end``.

    Units: milliseconds since 1970, all included.
    """

    first: int
    last: int
    end: int


def spans_to_test(times: Times, folds: int, scheme: Scheme) -> list[tuple[int, int]]:
    """First and last open time of each test span: blocks of equally many distinct candle times.

    Walking forward, the first block is only learned from, and each one after it is tested once.

    >>> spans_to_test(np.arange(10), 4, "walk_forward")
    [(2, 3), (4, 5), (6, 7), (8, 9)]
    """
    distinct = np.unique(times)
    blocks = np.array_split(distinct, folds + (scheme == "walk_forward"))
    tested = blocks[1:] if scheme == "walk_forward" else blocks
    if any(not len(block) for block in blocks):
        raise ValueError(f"{len(distinct)} candle times do not make {folds} folds")
    return [(int(block[0]), int(block[-1])) for block in tested]


def make_folds(rows: Iterable[tuple[Times, Times]], spans: Sequence[tuple[int, int]]) -> list[Fold]:
    """The spans with the end of their labels, over the rows (open times, touch times) of every symbol."""
    ends = [last for _, last in spans]
    for times, touch in rows:
        for number, (first, last) in enumerate(spans):
            inside = touch[(times >= first) & (times <= last)]
            ends[number] = max(ends[number], int(inside.max(initial=ends[number])))
    return [Fold(first, last, end) for (first, last), end in zip(spans, ends, strict=True)]


def roles(times: Times, touch: Times, fold: Fold, embargo: int, scheme: Scheme) -> NDArray[np.int8]:
    """What each row of one symbol is for a fold, as numbers of ROLES; ``embargo`` counts the symbol's candles.

    Shape: ``times`` are the sorted open times of all its candles, ``touch`` each row's touch time or NEVER; rows
    without a label are unused

    >>> fold = Fold(first=4, last=5, end=6)
    >>> found = roles(np.arange(10), np.arange(10) + 1, fold, 2, "kfold")
    >>> [ROLES[role] for role in found]
    ['train', 'train', 'train', 'purged', 'test', 'test', 'purged', 'embargo', 'embargo', 'train']
    """
    result = np.full(len(times), TRAIN if scheme == "kfold" else UNUSED, dtype=np.int8)
    result[times < fold.first] = TRAIN
    after = int(np.searchsorted(times, fold.end, side="right"))
    result[after : after + embargo] = EMBARGO
    result[(touch >= fold.first) & (times <= fold.end)] = PURGED
    result[(times >= fold.first) & (times <= fold.last)] = TEST
    result[touch == NEVER] = UNUSED
    return result

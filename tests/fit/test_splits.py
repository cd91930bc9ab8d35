"""Roles of rows in folds against loops over pairs of labels, and what no split may let through."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candlewick.fit.splits import ROLES, Fold, make_folds, roles, spans_to_test
from candlewick.fit.uniqueness import NEVER

from ..effort import examples


@st.composite
def symbols(draw):
    """One to three symbols on a common clock with holes of their own, labels up to eight ticks long."""
    found = []
    for _ in range(draw(st.integers(1, 3))):
        times = np.array(sorted(draw(st.sets(st.integers(0, 60), min_size=12, max_size=50))), dtype=np.int64)
        lengths = draw(st.lists(st.none() | st.integers(0, 8), min_size=len(times), max_size=len(times)))
        touch = [NEVER if each is None else int(t) + each for t, each in zip(times, lengths, strict=True)]
        found.append((times, np.array(touch, dtype=np.int64)))
    return found


def by_loop(rows, symbol, spans, number, embargo, scheme):
    """The role of each row of a symbol, from the sentences of the module, one pair of labels at a time."""
    first, last = spans[number]
    tested = [(t0, t1) for times, touch in rows for t0, t1 in zip(times, touch, strict=True) if first <= t0 <= last]
    end = max([last, *(t1 for _, t1 in tested)])
    times, touch = rows[symbol]
    after = [t for t in times if t > end]
    found = []
    for t0, t1 in zip(times, touch, strict=True):
        if t1 == NEVER:
            found.append("unused")
        elif first <= t0 <= last:
            found.append("test")
        elif t0 <= end and t1 >= first:  # closed intervals [t0, t1] and [first, end] meet
            found.append("purged")
        elif t0 in after[:embargo]:
            found.append("embargo")
        else:
            found.append("train" if t0 < first or scheme == "kfold" else "unused")
    return found


@examples(50)
@given(symbols(), st.integers(1, 4), st.integers(0, 12), st.sampled_from(["walk_forward", "kfold"]))
def test_roles_are_what_a_loop_says(rows, folds, embargo, scheme):
    spans = spans_to_test(np.concatenate([times for times, _ in rows]), folds, scheme)
    for number, fold in enumerate(make_folds(rows, spans)):
        for symbol, (times, touch) in enumerate(rows):
            found = [ROLES[role] for role in roles(times, touch, fold, embargo, scheme)]
            assert found == by_loop(rows, symbol, spans, number, embargo, scheme)


@examples(50)
@given(symbols(), st.integers(1, 4), st.integers(0, 12), st.sampled_from(["walk_forward", "kfold"]))
def test_no_training_label_meets_a_tested_one_and_none_reads_into_it(rows, folds, embargo, scheme):
    spans = spans_to_test(np.concatenate([times for times, _ in rows]), folds, scheme)
    for fold in make_folds(rows, spans):
        parts = [(times, touch, roles(times, touch, fold, embargo, scheme)) for times, touch in rows]
        tested = [
            (t0, t1) for times, touch, role in parts for t0, t1 in zip(times[role == 2], touch[role == 2], strict=True)
        ]
        for times, touch, role in parts:
            for row in np.flatnonzero(role == 1):
                assert not any(t0 <= touch[row] and times[row] <= t1 for t0, t1 in tested)
                if tested and times[row] > fold.last:  # its features read the candles before it, embargo of them
                    assert times[max(row - embargo, 0)] > max(t1 for _, t1 in tested) or row < embargo


@given(st.sets(st.integers(0, 500), min_size=12, max_size=200), st.integers(1, 10))
def test_spans_cover_all_candles_once_in_order(times, folds):
    ordered = np.array(sorted(times), dtype=np.int64)
    for scheme, skipped in (("kfold", 0), ("walk_forward", 1)):
        spans = spans_to_test(ordered, folds, scheme)
        inside = [t for first, last in spans for t in ordered if first <= t <= last]
        assert inside == ordered[len(ordered) - len(inside) :].tolist()
        assert (len(inside) < len(ordered)) == bool(skipped)
        sizes = [sum(first <= t <= last for t in ordered) for first, last in spans]
        assert max(sizes) - min(sizes) <= 1


def test_too_few_candles_for_the_folds():
    with pytest.raises(ValueError, match="do not make 5 folds"):
        spans_to_test(np.arange(5), 5, "walk_forward")


def test_walking_forward_nothing_after_the_test_is_learned_from():
    found = roles(np.arange(10), np.arange(10), Fold(4, 5, 5), 1, "walk_forward")
    assert [ROLES[role] for role in found] == ["train"] * 4 + ["test"] * 2 + ["embargo"] + ["unused"] * 3

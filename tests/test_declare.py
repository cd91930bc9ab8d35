from __future__ import annotations

import pytest

from candlewick.declare import opaque, opaque_lookback
from candlewick.errors import GraphError


@pytest.mark.parametrize("lookback", [-1, 1.5, True, "3", None])
def test_a_lookback_is_a_whole_number_of_candles(lookback):
    with pytest.raises(GraphError, match="declares the lookback"):
        opaque(lookback=lookback)


def test_what_declares_nothing_has_none():
    assert opaque_lookback(len) is None

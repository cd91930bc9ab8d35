"""Publishing parts without a run around them."""

from __future__ import annotations

from collections import defaultdict

from candlewick.store.connection import read
from candlewick.store.ledger import Holding, read_holdings
from candlewick.store.publish import Edition, publish
from candlewick.store.snapshots import Snapshot

CANDLES = {symbol: Snapshot(symbol, ()) for symbol in "ABC"}


def publish_parts(target, store, parts, run, columns, *, drop_others=False, arm="main", **more):
    """Publish parts as what their models, groups and symbols hold; ``drop_others`` as a run of everything does."""
    found = defaultdict(list)
    for part in parts:
        found[part.model, part.group, part.symbol].append(part)
    holdings = [Holding(*key, f"recipe of {key[0]}", CANDLES[key[2]].id, tuple(each)) for key, each in found.items()]
    before = () if drop_others else held(store, arm)
    symbols = {one.symbol for one in (*holdings, *before)}
    edition = Edition(
        holdings,
        columns,
        shown={(one.model, one.group) for one in (*holdings, *before)},
        models={one.model for one in (*holdings, *before)},
        seen={},
        symbols=symbols,
        recipes={one.recipe: {} for one in holdings},
        **more,
    )
    return publish(target, store, edition, run, arm)


def held(store, arm):
    """What an arm holds."""
    if not store.exists():
        return ()
    with read(store) as connection:
        return read_holdings(connection).get(arm, ())

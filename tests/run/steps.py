"""What can happen to a project between two builds: each step a small function of the world, in one table."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from candlewick.store.source import symbol_of

from .functions import FIXED, FUNCTIONS, OTHERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from .world import World


def append(world: World) -> None:
    """New candles of some symbols or of all, one or many, some after a hole."""
    symbols = world.every_symbol()
    some = symbols if world.rng.random() < 0.4 else world.rng.sample(symbols, world.rng.randint(1, len(symbols)))
    for symbol in some:
        first = max(world.rows(symbol), default=0) + world.rng.choice((1, 1, 1, 3))
        for day in range(first, first + world.rng.choice((1, 1, 2, 5, 17, 40))):
            world.put(symbol, day, world.candle())


def restate_price(world: World) -> None:
    """Another price in one old candle."""
    _restate(world, lambda row, new: (*new[:4], row[4]))


def restate_close(world: World) -> None:
    """Another close and nothing else."""
    _restate(world, lambda row, new: (*row[:3], row[2] + (row[1] - row[2]) * world.rng.random(), row[4]))


def restate_volume(world: World) -> None:
    """Another volume, or none, and nothing else."""
    _restate(world, lambda row, new: (*row[:4], new[4]))


def _restate(world: World, how: Callable[..., tuple]) -> None:
    symbol = world.rng.choice(world.every_symbol())
    rows = world.rows(symbol)
    days = sorted(rows)
    day = world.rng.choice(days[-9:] if world.rng.random() < 0.5 else days)  # the last ones are in a window's state
    world.put(symbol, day, how(rows[day], world.candle()))


def insert(world: World) -> None:
    """A candle that was missing: in a hole, or before all others."""
    symbol = world.rng.choice(world.every_symbol())
    rows = world.rows(symbol)
    missing = sorted(set(range(min(rows) - 2, max(rows))) - rows.keys())
    world.put(symbol, world.rng.choice(missing), world.candle())


def new_symbol(world: World) -> None:
    """A symbol nobody knew, with few candles or many."""
    name = f"seeds/N{len(world.files):02}{world.rng.choice('ABCDEF')}.csv"
    if name not in world.files:
        first = world.rng.randint(0, 40)
        world.files[name] = {day: world.candle() for day in range(first, first + world.rng.choice((1, 3, 30)))}


def lose_file(world: World) -> None:
    """A source file that is no longer there; its candles stay in the store."""
    if len(world.every_symbol()) > 1:
        symbol = world.rng.choice(world.every_symbol())
        for name in world.symbol_files(symbol):
            del world.files[name]


def shrink_file(world: World) -> None:
    """A source file without its first or last candles; they stay in the store."""
    days = world.files[world.rng.choice(sorted(world.files))]
    if len(days) > 10:
        gone = sorted(days)[:3] if world.rng.random() < 0.5 else sorted(days)[-3:]
        for day in gone:
            del days[day]


def split_file(world: World) -> None:
    """The last candles of a file in a file of their own, some of them in both."""
    name = world.rng.choice(sorted(world.files))
    days, symbol = world.files[name], symbol_of(name)
    other = f"seeds/symbol={symbol}/{len(world.files)}.csv"
    if len(days) > 8 and other not in world.files:
        last = sorted(days)[-6:]
        world.files[other] = {day: days[day] for day in last}
        for day in last[world.rng.choice((0, 3, 6)) :]:
            del days[day]


def other_layout(world: World) -> None:
    """The same candles in another order, or with other line ends."""
    world.layout[world.rng.choice(sorted(world.files))] = world.rng.choice(("shuffled", "windows", ""))


def other_stamp(world: World) -> None:
    """Times mean the close of a candle now, or its open again: every candle is another one."""
    world.text.settings["stamp"] = "close" if world.text.settings["stamp"] == "open" else "open"


def edit(world: World) -> None:
    """Another body of a function."""
    key = world.rng.choice(sorted(world.functions))
    world.change(key, body=world.rng.randrange(len(world.functions[key].bodies)))


def comment(world: World) -> None:
    """Another comment in a function."""
    world.change(world.rng.choice(sorted(world.functions)), comment=f"said for the {world.rng.randrange(10**6)}th time")


def rename(world: World) -> None:
    """Another name of a function, here and where it is used."""
    key = world.rng.choice(sorted(world.functions.keys() - FIXED))
    world.change(key, name=world.rng.choice((key, f"{key}_{world.rng.randrange(9)}")))


def move(world: World) -> None:
    """A function in another file: a model that is there, or a new one."""
    key = world.rng.choice(sorted(world.functions.keys() - FIXED))
    folder = world.functions[key].module.split("/")[0]
    there = sorted({each.module for each in world.functions.values() if each.module.startswith(folder)})
    world.change(key, module=world.rng.choice((*there, f"{folder}/own_{key}")))


def reorder(world: World) -> None:
    """The functions in another order."""
    order = sorted(world.functions, key=lambda _: world.rng.random())
    world.text.functions = {key: world.functions[key] for key in order}


def remove(world: World) -> None:
    """A function that no other needs is gone."""
    leaves = world.leaves()
    if len(leaves) > 4:
        del world.functions[world.rng.choice(leaves)]


def restore(world: World) -> None:
    """A function that was removed is there again."""
    gone = [each for each in FUNCTIONS if each.name not in world.functions and each.needs() <= world.functions.keys()]
    if gone:
        back = world.rng.choice(gone)
        world.functions[back.name] = back
        for key in back.needs():  # what is needed cannot be switched off
            world.change(key, group="")


def regroup(world: World) -> None:
    """A leaf is in a group, in another, or in none."""
    keys = [key for key in world.leaves() if world.functions[key].module.startswith("features")]
    if keys:
        world.change(world.rng.choice(keys), group=world.rng.choice(("", "extra", "rare")))


def setting(world: World) -> None:
    """Another constant of a module, of a helper or in wick.yml."""
    name = world.rng.choice(sorted(OTHERS))
    world.text.settings[name] = world.rng.choice(OTHERS[name])


def toggle(world: World) -> None:
    """Another set of groups."""
    world.asked = world.rng.choice(((), ("extra",), ("rare",), ("extra", "rare")))


def engine(world: World) -> None:
    """The other engine."""
    world.engine = "hamilton" if world.engine == "program" else "program"


def checkout(world: World) -> None:
    """The project as it was some steps ago; now and then the candle files too."""
    if world.history:
        text, files = world.rng.choice(world.history)
        world.text = text.copy()
        if world.rng.random() < 0.3:
            world.files = {name: dict(days) for name, days in files.items()}


def old_times(world: World) -> None:
    """Files as old as if a backup had brought them back."""
    for path in world.write():
        os.utime(path, (1e9, 1e9))


def nothing(world: World) -> None:
    """Nothing at all."""


CHANGES: dict[Callable[[World], None], int] = {
    append: 8, restate_price: 2, restate_close: 1, restate_volume: 3, insert: 2, new_symbol: 1, lose_file: 1,
    shrink_file: 1, split_file: 1, other_layout: 1, other_stamp: 1, edit: 5, comment: 1, rename: 2, move: 2, reorder: 1,
    remove: 2, restore: 3, regroup: 2, setting: 4, toggle: 2, engine: 1, checkout: 2, old_times: 1, nothing: 1,
}  # fmt: skip
"""Every change, and how often it is drawn."""

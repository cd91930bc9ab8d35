"""What can happen to the candles of a project: each step a small function of the world, in one table."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from .candle_files import KINDS, STYLES, symbol_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .candle_files import Row
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
    name = name.replace(".csv", world.rng.choice(KINDS))
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
    """The same candles in another order, with other line ends, or without the last one."""
    world.layout[world.rng.choice(world.paths())] = world.rng.choice(STYLES)


def other_stamp(world: World) -> None:
    """Times mean the close of a candle now, or its open again: every candle is another one."""
    world.text.settings["stamp"] = "close" if world.text.settings["stamp"] == "open" else "open"


def grow(world: World) -> str:
    """A file to which lines are added, and nothing else; some come late, and go back in time."""
    path = world.rng.choice(world.paths())
    world.layout[path] = "arrived"
    for name in world.in_file(path):
        days = world.files[name]
        last = max(world.rows(symbol_of(name)))
        late = sorted(set(range(min(days), last)) - world.rows(symbol_of(name)).keys())
        fresh = range(last + 1, last + world.rng.choice((1, 2, 2, 6)))
        for day in (*fresh, *(late[:1] if world.rng.random() < 0.3 else ())):
            days[day] = world.candle()
    return path


def grow_and_edit(world: World) -> None:
    """A file to which lines are added, and in which an old line is another one."""
    path = grow(world)
    name = world.rng.choice(world.in_file(path))
    day = world.rng.choice(sorted(world.files[name]))
    row = world.files[name][day]
    alike = _as_long(row)
    world.put(symbol_of(name), day, alike if alike and world.rng.random() < 0.5 else (*row[:4], world.candle()[4]))


def _as_long(row: Row) -> Row | None:
    """Another candle that is written with as many characters."""
    close = repr(row[3])
    others = (float(f"{close[:-1]}{digit}") for digit in "123456789" if digit != close[-1])
    return next((
        (*row[:3], other, row[4])
        for other in others if len(repr(other)) == len(close) and other != row[3] and row[2] <= other <= row[1]
    ), None)  # fmt: skip


def grow_and_repeat(world: World) -> None:
    """A file to which lines are added, some of which it has already."""
    path = grow(world)
    names = world.in_file(path)
    world.write()
    world.lines[path] += [(name, max(world.files[name]) - back) for name in names for back in (0, 1)]
    world.lines[path] = [(name, day) for name, day in world.lines[path] if day in world.files[name]]


def cut_line(world: World) -> None:
    """A file that ends in the middle of a number: so far it is a smaller one. Or one whose last line is whole now."""
    world.write()
    cut = [path for path in world.paths() if world.layout.get(path) == "cut"]
    path = cut[0] if cut and world.rng.random() < 0.7 else world.rng.choice(world.paths())
    name, day = world.lines[path][-1]
    row = world.files[name][day]
    if path in cut:
        world.layout[path] = "arrived"
        volume = f"{row[4] or 1.5}{world.rng.randint(11, 99)}"
    else:
        world.layout[path] = "cut"
        volume = f"{world.rng.randint(100, 999)}.{world.rng.randint(1, 9)}"
    world.put(symbol_of(name), day, (*row[:4], float(volume)))


def same_size_and_time(world: World) -> None:
    """A file in which a candle is another one, with the size and the time that it had; now and then a file in its place."""
    world.write()
    name = world.rng.choice(sorted(world.files))
    day = world.rng.choice(sorted(world.files[name]))
    times = {path: (world.root / path).stat().st_mtime_ns for path in world.paths()}
    world.put(symbol_of(name), day, _as_long(world.files[name][day]) or world.files[name][day])
    for path in world.write():
        if world.rng.random() < 0.5:
            shutil.copy(path, path.with_suffix(".new")).replace(path)
        time = times[path.relative_to(world.root).as_posix()]
        os.utime(path, ns=(time, time))


def another_file(world: World) -> None:
    """New candles of a symbol in a file of their own, which overlaps the others or not."""
    symbol = world.rng.choice(world.every_symbol())
    name = f"seeds/symbol={symbol}/more{len(world.files)}.csv"
    if name not in world.files:
        rows = world.rows(symbol)
        first = max(rows) + world.rng.choice((1, 1, 0, -4))
        world.files[name] = {day: rows.get(day) or world.candle() for day in range(first, max(rows) + 3)}


def one_file(world: World) -> None:
    """The candles of two symbols in one file, as they come; or in a file each again."""
    shared = [name for name in world.files if "#" in name]
    if shared:
        for name in shared:
            world.files[f"seeds/symbol={symbol_of(name)}/own{len(world.files)}.csv"] = world.files.pop(name)
    elif len(world.every_symbol()) > 1:
        world.layout["seeds/both.csv"] = world.rng.choice(("arrived", "", "turned"))
        for symbol in world.rng.sample(world.every_symbol(), 2):
            world.files[f"seeds/both.csv#{symbol}"] = world.files.pop(world.symbol_files(symbol)[0])


def rename_file(world: World) -> None:
    """A file of another name, and of another kind now and then."""
    name = world.rng.choice(sorted(world.files))
    if "#" not in name:
        ending = world.rng.choice(KINDS)
        world.files[f"seeds/symbol={symbol_of(name)}/again{world.rng.randrange(9)}{ending}"] = world.files.pop(name)


CHANGES: dict[Callable[[World], object], int] = {
    append: 8, restate_price: 2, restate_close: 1, restate_volume: 3, insert: 2, new_symbol: 1, lose_file: 1,
    shrink_file: 1, split_file: 1, other_layout: 1, other_stamp: 1, grow: 4, grow_and_edit: 2, grow_and_repeat: 1, cut_line: 2,
    same_size_and_time: 2, another_file: 1, one_file: 1, rename_file: 2,
}  # fmt: skip
"""Every change of candles, and how often it is drawn."""

"""What happens to a store between two builds: other commands, other arms, deaths, losses; one table."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING

import pytest

from candlewick.commands.clean import clean
from candlewick.project.project import open_project
from candlewick.store import publish as publishing

from ..store.aged import make_older
from .artifacts import compared, exported, judged
from .candle_files import KINDS, path_of, put_down, symbol_of, written
from .candle_steps import append
from .seen import candles_of, queried, unlike

if TYPE_CHECKING:
    from collections.abc import Callable

    from .walk import Walk
    from .world import World


def nothing(walk: Walk) -> None:
    """Nothing."""


def run_first(walk: Walk) -> None:
    """A run without an ingest: what changed in the candles is not seen."""
    walk.build("run")


def ingest_first(walk: Walk) -> None:
    """An ingest by itself."""
    walk.world.write()
    assert walk.start("ingest", groups=False).end() == 0
    walk.world.ingested()


def often(walk: Walk) -> None:
    """Some appends, one after the other."""
    for _ in range(walk.world.rng.choice((2, 6))):
        append(walk.world)
        walk.world.write()
        if not walk.command().refused:
            walk.world.ingested()
    walk.shown["main"] = queried(walk.world.root)


def part_of_it(walk: Walk) -> None:
    """A build of some models only."""
    rng, functions = walk.world.rng, walk.world.functions
    name = rng.choice(sorted(each.name for each in functions.values() if not each.group and "fit" not in each.module))
    walk.build(**{rng.choice(("select", "exclude")): (rng.choice((name, f"+{name}", f"{name}+")),)})


def other_arm(walk: Walk) -> None:
    """A build of an arm with other groups, which shares what is equal."""
    world = walk.world
    kept = world.asked, world.named, world.engine
    world.asked = world.rng.choice(((), ("extra",), ("extra", "rare")))
    world.named = world.rng.choice((world.named, ("+rare",), ()))
    world.engine = world.rng.choice((world.engine, "program"))
    walk.build(arm=world.rng.choice(("b", "c")))
    world.asked, world.named, world.engine = kept


def full_refresh(walk: Walk) -> None:
    """A build that reuses nothing, and reads the source anew: what it lacks is gone."""
    walk.build(full_refresh=True)


class Killed(BaseException):
    """What nothing catches."""


def _die(*_arguments, **_options):
    raise Killed


def killed_inside(walk: Walk) -> None:
    """A build that dies somewhere between its first part and its catalog."""
    world = walk.world
    world.write()
    point = world.rng.choice(
        ("make_durable", "write_holdings", "write_states", "_insert_run", "succeed", "write_catalog")
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publishing, point, _die)
        with contextlib.suppress(Killed):
            walk.command()
    walk.is_old_or_new()


def killed(walk: Walk) -> None:
    """A command that is killed, or interrupted, at any moment."""
    rng = walk.world.rng
    walk.world.write()
    words = rng.choice(
        (("build",), ("build",), ("run",), ("ingest",), ("build", "--select", "ema"), ("build", "--full-refresh"))
    )
    child = walk.start(*words, groups=words != ("ingest",))
    child.end(after=1.5 * walk.seconds * rng.random(), by=rng.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGINT)))
    if "--full-refresh" in words and candles_of(walk.world.root) != walk.world.known:
        walk.world.ingested(anew=True)
    if words == ("build",):  # a run may publish the new code over the old candles
        walk.is_old_or_new()


def side_by_side(walk: Walk) -> None:
    """Two commands at once, of one arm or of two."""
    walk.world.write()
    words = walk.world.rng.choice((("build",), ("run",), ("build", "--arm=b"), ("plan",)))
    first = walk.start("build")
    second = walk.start(*words)
    for child in (first, second):
        code = child.end()
        assert code in {0, 1, 2}, child.said
        assert "Traceback" not in child.said.replace("[internal]", "Traceback"), child.said
    walk.shown.pop("b", None)
    if candles_of(walk.world.root) != walk.world.known:  # a project that cannot be read ingests nothing
        walk.world.ingested()
    if words != ("run",):
        walk.is_old_or_new()


def readers(walk: Walk) -> None:
    """Commands that publish nothing."""
    world, rng = walk.world, walk.world.rng
    words = rng.choice((
        ("plan",), ("plan", "--json"), ("show", "ema"), ("ls", "--output", "json"), ("debug",), ("test",), ("fit",),
        ("diff", "main", "main~1"), ("diff", "--list"), ("ingest", "--check-drift"), ("lineage", "ret"), ("export",),
        ("dataset",), ("cost",),
    ))  # fmt: skip
    world.write()
    child = walk.start(*words, groups=False)
    assert child.end() in {0, 1, 2}, child.said
    assert "Traceback" not in child.said.replace("[internal]", "Traceback"), child.said
    assert not unlike(queried(world.root), walk.shown["main"]), f"{words} has changed what is shown"


def failing_test(walk: Walk) -> None:
    """A data test that fails, and is mended."""
    settings = walk.world.text.settings
    key = walk.world.rng.choice(("limit", "most", "wild_limit"))
    kept, settings[key] = settings[key], -1e9
    walk.build()
    settings[key] = kept


def failing_function(walk: Walk) -> None:
    """A function that raises, and is mended."""
    world = walk.world
    key = world.rng.choice(sorted(world.functions))
    kept = world.functions[key]
    world.change(key, bodies=("[][1]",), body=0)
    walk.build()
    world.functions[key] = kept


def unsound_candle(walk: Walk) -> None:
    """A candle that cannot be, old or new, and is mended."""
    world = walk.world
    symbol = world.rng.choice(world.every_symbol())
    rows = world.rows(symbol)
    day = world.rng.choice((*sorted(rows), max(rows) + 1, max(rows) + 1))
    sound = rows.get(day) or world.candle()
    world.put(symbol, day, (sound[0], 1.0, *sound[2:]))  # a high below the low
    world.write()
    _is_refused(walk)
    world.put(symbol, day, sound)


def contradiction(walk: Walk) -> None:
    """A candle that a file has twice, or two files, with two values; and it is mended."""
    walk.world.write()
    contradicted(walk.world)
    _is_refused(walk)


def contradicted(world: World) -> None:
    """Write a candle with another value beside one that is there."""
    name = world.rng.choice(sorted(world.files))
    day, row = world.rng.choice(sorted(world.files[name].items()))
    other = {day: (*row[:4], (row[4] or 0.0) + 1.5)}
    path, style = path_of(name), world.layout.get(path_of(name), "")
    if path.endswith(".csv") and world.rng.random() < 0.5:
        line = written([(name, day)], {name: other}, style).partition(b"\n")[2]
        with (world.root / path).open("ab") as file:
            file.write(b"\n" + line if style == "cut" else line)
    else:
        against = f"seeds/symbol={symbol_of(name)}/against{world.rng.choice(KINDS)}"
        put_down(world.root / against, written([(against, day)], {against: other}, "", against))


def _is_refused(walk: Walk) -> None:
    """The candles are refused, unless the project is before they are read; and the store is as it was."""
    world = walk.world
    assert walk.command().refused.startswith(("candles-", "graph-", "trace-"))
    assert candles_of(world.root) == world.known
    assert not unlike(queried(world.root), walk.shown["main"])


def cleaned(walk: Walk) -> None:
    """Reports, receipt and index are removed, and now and then what was published before."""
    clean(open_project(walk.world.root), store=False, history=walk.world.rng.random() < 0.5)


def all_cleaned(walk: Walk) -> None:
    """Everything is removed that can be rebuilt."""
    clean(open_project(walk.world.root), store=True)
    walk.world.known.clear()
    walk.shown = {"main": {}}


def lost_catalog(walk: Walk) -> None:
    """The catalog is gone."""
    (walk.world.root / "target" / "catalog.json").unlink(missing_ok=True)


def lost_store(walk: Walk) -> None:
    """The store is gone, and the parts are there."""
    (walk.world.root / "target" / "candlewick.duckdb").unlink(missing_ok=True)
    walk.world.known.clear()
    walk.only_main()


def older_store(walk: Walk) -> None:
    """The store is one of an earlier version."""
    make_older(open_project(walk.world.root), walk.world.rng.choice((1, 2, 3)))
    walk.shown = {"main": walk.shown["main"]}


def lost_part(walk: Walk) -> None:
    """A file of what is published is gone."""
    walk.world.rng.choice(_files(walk)).unlink()
    walk.only_main()


def damaged_part(walk: Walk) -> None:
    """A file of what is published ends early, or has another byte somewhere."""
    rng, path = walk.world.rng, walk.world.rng.choice(_files(walk))
    content = bytearray(path.read_bytes())
    if rng.random() < 0.5:
        del content[rng.randrange(len(content)) :]
    else:
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)
    walk.only_main()


def _files(walk: Walk):
    return sorted((walk.world.root / "target" / "parts").rglob("*.parquet"))


INCIDENTS: dict[Callable[[Walk], None], int] = {
    nothing: 14, run_first: 2, ingest_first: 1, often: 1, part_of_it: 4, other_arm: 4, full_refresh: 1, killed_inside: 3,
    killed: 4, side_by_side: 2, readers: 3, failing_test: 2, failing_function: 2, unsound_candle: 1, contradiction: 2,
    cleaned: 1, all_cleaned: 1, lost_catalog: 1, lost_store: 1, older_store: 1, lost_part: 1, damaged_part: 1,
    exported: 1, judged: 1, compared: 1,
}  # fmt: skip
"""Every incident, and how often it is drawn."""

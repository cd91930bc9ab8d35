"""What can happen to a project between two builds: each step a small function of the world, in one table."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from . import candle_steps
from .functions import FIXED, FUNCTIONS, OTHERS, WRITINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from .world import World


def edit(world: World) -> None:
    """Another body of a function."""
    key = world.rng.choice(sorted(world.functions))
    world.change(key, body=world.rng.randrange(len(world.functions[key].bodies)))


def comment(world: World) -> None:
    """Another comment in a function."""
    world.change(world.rng.choice(sorted(world.functions)), comment=f"said for the {world.rng.randrange(10**6)}th time")


def rewrite(world: World) -> None:
    """A function that says the same in another layout or with another name of a variable."""
    world.change(world.rng.choice(sorted(world.functions)), writing=world.rng.randrange(len(WRITINGS)))


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
    """Another set of groups: by options, by the variable, or by both."""
    some = ((), ("extra",), ("rare",), ("extra", "rare"))
    how = world.rng.choice(("asked", "asked", "denied", "named", "named"))
    groups = world.rng.choice(some)
    if how == "named" and world.rng.random() < 0.5:
        groups = tuple(world.rng.choice("+-") + group for group in groups)
    setattr(world, how, groups)


def library(world: World) -> None:
    """Another version of a library that a feature imports, or another text of one that is not installed."""
    if world.rng.random() < 0.5:
        world.libraries.install(world.rng.choice((2.0, 3.0)))
    else:
        world.libraries.edit(world.rng.choice((1.0, 2.0)))


def version(world: World) -> None:
    """Another version of pandas, or of candlewick itself."""
    world.libraries.pandas = world.rng.choice(("", "9.9.1"))
    world.libraries.candlewick = world.rng.choice(("", "9.9.1"))


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
    **candle_steps.CHANGES,
    edit: 5, comment: 1, rewrite: 2, rename: 2, move: 2, reorder: 1, remove: 2, restore: 3, regroup: 2, setting: 4, toggle: 3,
    engine: 1, library: 2, version: 1, checkout: 2, old_times: 1, nothing: 1,
}  # fmt: skip
"""Every change, and how often it is drawn."""

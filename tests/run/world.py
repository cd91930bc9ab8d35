"""A small project on disk that random steps change: its text, its settings, its candles, and what they should become."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .candle_files import arranged, path_of, put_down, symbol_of, written
from .functions import FAR, FIXED, FUNCTIONS, HEADER, OTHERS, SHARED, YML, Function
from .outside import Libraries

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from .candle_files import Days, Line, Row


@dataclass
class Text:
    """Everything that is written in the project but candles: what a checkout of an older version brings back."""

    functions: dict[str, Function]
    settings: dict[str, object]

    def copy(self) -> Text:
        return Text(dict(self.functions), dict(self.settings))


@dataclass
class World:
    """The project in ``root``. ``files`` are the source's candles; ``known`` those a store that saw them all holds.

    ``asked`` and ``denied`` are the groups that commands enable and disable where there are such, ``named`` those in the
    variable, each with its sign or all without; ``engine`` is theirs. ``history`` is what was before.
    """

    root: Path
    rng: random.Random
    symbols: int = 2
    text: Text = field(init=False)
    files: dict[str, Days] = field(default_factory=dict)
    known: dict[str, Days] = field(default_factory=dict)
    layout: dict[str, str] = field(default_factory=dict)
    lines: dict[str, list[Line]] = field(default_factory=dict)
    stamp: str = "open"
    asked: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    engine: str = "program"
    history: list[tuple[Text, dict[str, Days]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        first = {name: values[0] for name, values in OTHERS.items()}
        first |= {"stamp": "open", "limit": 1e9, "wild_limit": 1e9}
        self.libraries = Libraries(self.root.parent / "libraries")
        self.libraries.install(2.0)
        self.libraries.edit(1.0)
        self.text = Text({each.name: each for each in FUNCTIONS}, first)
        for number in range(self.symbols):
            symbol = f"S{number:02}"
            name = f"seeds/symbol={symbol}/1.csv" if number == 1 else f"seeds/{symbol}.csv"
            self.files[name] = {day: self.candle() for day in range(60 + number % 7)}

    @property
    def functions(self) -> dict[str, Function]:
        return self.text.functions

    @property
    def groups(self) -> set[str]:
        return {each.group for each in self.functions.values()} - {""}

    @property
    def variable(self) -> str | None:
        """What the variable of the groups says; None where it is not set."""
        return ",".join(word for word in self.named if word.strip("+-") in self.groups) or None

    @property
    def options(self) -> dict[str, Any]:
        """The groups and the engine, as commands take them besides the variable."""
        enable, disable = ([group for group in some if group in self.groups] for some in (self.asked, self.denied))
        return {"enable": tuple(enable), "disable": tuple(set(disable) - set(enable)), "engine": self.engine}

    @property
    def resolved(self) -> dict[str, Any]:
        """The groups that this comes to, as options without a variable."""
        baseline = {self.text.settings["baseline"]} & self.groups
        words = (self.variable or "").split(",")
        found = baseline if not words[0] or words[0][0] in "+-" else set(words)
        found = found | {word[1:] for word in words if word[:1] == "+"}
        found -= {word[1:] for word in words if word[:1] == "-"}
        found = (found | set(self.options["enable"])) - set(self.options["disable"])
        return {"enable": tuple(found - baseline), "disable": tuple(baseline - found), "engine": self.engine}

    @property
    def names(self) -> dict[str, str]:
        return {key: each.name for key, each in self.functions.items()}

    def candle(self) -> Row:
        low = 50 + 10 * self.rng.random()
        volume = None if self.rng.random() < 0.05 else round(1000 * self.rng.random(), 3)
        return low + self.rng.random() / 2, low + 1 + self.rng.random(), low, low + self.rng.random(), volume

    def change(self, key: str, **how: object) -> None:
        """Write a function otherwise."""
        self.functions[key] = replace(self.functions[key], **how)

    def leaves(self) -> list[str]:
        """The functions that no other needs."""
        needed = set().union(*(each.needs() for each in self.functions.values()))
        return sorted(self.functions.keys() - needed - FIXED)

    def symbol_files(self, symbol: str) -> list[str]:
        return sorted(name for name in self.files if symbol_of(name) == symbol)

    def every_symbol(self) -> list[str]:
        return sorted({symbol_of(name) for name in self.files})

    def rows(self, symbol: str) -> Days:
        """The candles of a symbol in all its files."""
        return {day: row for name in self.symbol_files(symbol) for day, row in self.files[name].items()}

    def put(self, symbol: str, day: int, row: Row) -> None:
        """Give a candle another value wherever it stands, or add it to the symbol's last file."""
        names = [name for name in self.symbol_files(symbol) if day in self.files[name]]
        for name in names or self.symbol_files(symbol)[-1:]:
            self.files[name][day] = row

    def ingested(self, *, anew: bool = False) -> None:
        """What the store knows after an ingest: candles that the source no longer has are kept, unless ``anew``.

        When times mean something else, nothing is kept either.
        """
        stamp = self.text.settings["stamp"]
        if anew or stamp != self.stamp:
            self.known, self.stamp = {}, stamp
        early = 1 if stamp == "close" else 0
        for name, days in self.files.items():
            found = self.known.setdefault(symbol_of(name), {})
            found.update({day - early: row for day, row in days.items()})
        self.known = {symbol: days for symbol, days in self.known.items() if days}

    def write(self) -> list[Path]:
        """Bring the folder up to date; the files that were written."""
        wanted = self.project_files() | {path: self._candle_file(path) for path in self.paths()}
        return _written(self.root, wanted)

    def paths(self) -> list[str]:
        """The files that candles lie in."""
        return sorted({path_of(name) for name, days in self.files.items() if days})

    def in_file(self, path: str) -> list[str]:
        """The names of the candles in a file."""
        return sorted(name for name in self.files if path_of(name) == path)

    def write_rebuilt(self, root: Path) -> None:
        """The same project in an empty folder, with the known candles as its source."""
        shutil.rmtree(root, ignore_errors=True)
        early = 1 if self.text.settings["stamp"] == "close" else 0
        seeds = {f"seeds/symbol={symbol}/known.csv": _plain(days, early) for symbol, days in self.known.items()}
        _written(root, self.project_files() | seeds)

    def project_files(self) -> dict[str, str]:
        settings, names = self.text.settings, self.names
        found = {"features/_shared.py": SHARED.format(**settings), "features/_far.py": FAR, "wick.yml": self._yml()}
        for each in self.functions.values():
            path = f"{each.module}.py"
            found[path] = found.get(path, HEADER.format(**settings)) + "\n\n" + each.text(names)
        if "ema" in names:
            found["data_tests/checks.py"] = (
                f"def reasonable({names['ema']}, close, volume):\n"
                f"    return ({names['ema']} > {settings['limit']}) | (volume > {settings['limit']})\n"
            )
        if "gap" in names:
            model = self.functions["gap"].module.split("/")[1]
            query = f"SELECT symbol, ts FROM {model} WHERE {names['gap']} > {settings['wild_limit']}\n"
            found["data_tests/gaps.sql"] = query
        return found

    def _yml(self) -> str:
        models = sorted({each.module.split("/")[1] for each in self.functions.values() if "fit" not in each.module})
        tests = [
            f"  {model}: [monotonic_ts, unique, {{same_columns_per_symbol: {{severity: warn}}}}]" for model in models
        ]
        most = self.text.settings["most"]
        tests += [f"  {self.names[key]}: [{_CHECKS[key].format(most=most)}]" for key in _CHECKS if key in self.names]
        baseline = self.text.settings["baseline"] if self.text.settings["baseline"] in self.groups else ""
        label = f", label: {self.names['up']}" if "up" in self.names else ""
        settings = {**self.text.settings, "baseline": baseline, "label": label}
        return YML.format(**settings, tests="\n".join(tests))

    def _candle_file(self, path: str) -> bytes:
        style = self.layout.get(path, "")
        lines = [(name, day) for name in self.in_file(path) for day in self.files[name]]
        self.lines[path] = arranged(lines, self.lines.get(path, []), style)
        return written(self.lines[path], self.files, style, path)

    def remember(self) -> None:
        """Keep what is written now, for a checkout."""
        self.history.append((self.text.copy(), {name: dict(days) for name, days in self.files.items()}))


_CHECKS = {
    "ema": "not_null, {{range: {{min: 0, max: {most}}}}}",
    "bulk": "finite, {{range: {{max: {most}}}}}",
    "ret": "finite",
    "month": "not_null, {{accepted_values: {{values: [1, 2, 3, 4, 5, 6], severity: warn}}}}",
    "loop": "finite",
    "count": "not_null",
}


def _plain(days: Days, later: int) -> bytes:
    moved = {day + later: row for day, row in days.items()}
    return written(arranged([("", day) for day in moved], [], ""), {"": moved}, "")


def _written(root: Path, wanted: dict[str, str | bytes]) -> list[Path]:
    """Write what differs, and remove what is not wanted."""
    contents = {root / name: each.encode() if isinstance(each, str) else each for name, each in wanted.items()}
    changed = [path for path, content in contents.items() if put_down(path, content)]
    for folder in ("features", "labels", "fit", "data_tests", "seeds"):
        for path in (root / folder).rglob("*.*"):
            if path.is_file() and path.relative_to(root).as_posix() not in wanted and path.suffix != ".pyc":
                path.unlink()
    return changed

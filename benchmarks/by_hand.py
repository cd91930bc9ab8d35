"""The same features by plain pandas, as a script does it: read every file, compute everything, write every table.

Run as ``python benchmarks/by_hand.py FOLDER``; the functions are those of the project in that folder.
"""

from __future__ import annotations

import inspect
import sys
from importlib import util
from pathlib import Path

import pandas as pd


def main(root: Path, *, extra: bool) -> None:
    modules = {path.stem: _module(path) for path in sorted((root / "features").glob("*.py"))}
    if not extra:
        modules.pop("extra")
    functions = {
        name: (model, function)
        for model, module in modules.items()
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__
    }
    tables: dict[str, list[pd.DataFrame]] = {model: [] for model in modules}
    for path in sorted((root / "seeds").glob("*.parquet")):
        candles = pd.read_parquet(path).set_index("ts")
        done = {str(name): column for name, column in candles.items()}
        for name in functions:
            _value(name, functions, done)
        for model, frames in tables.items():
            names = [name for name, (owner, _) in functions.items() if owner == model]
            frames.append(pd.DataFrame({name: done[name] for name in names}).assign(symbol=path.stem))
    out = root.parent / "pandas"  # not among the project's files, any of which a feature might read
    out.mkdir(exist_ok=True)
    for model, frames in tables.items():
        pd.concat(frames).to_parquet(out / f"{model}.parquet")


def _value(name: str, functions: dict, done: dict[str, pd.Series]) -> pd.Series:
    if name not in done:
        function = functions[name][1]
        done[name] = function(*(_value(each, functions, done) for each in inspect.signature(function).parameters))
    return done[name]


def _module(path: Path):
    spec = util.spec_from_file_location(path.stem, path)
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main(Path(sys.argv[1]), extra="--extra" in sys.argv)

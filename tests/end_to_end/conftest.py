"""A project that was built once, for tests that break it and put it back."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

YML = """
name: broken
candles: {path: seeds/*.csv, interval: 1d, gaps: allow}
groups: {baseline: [trend]}
tests:
  ret: [finite]
"""
MOVES = """import pandas as pd
from hamilton.function_modifiers import config


def ret(close: pd.Series) -> pd.Series:
    return close.pct_change()


@config.when(enabled="trend")
def sma(close: pd.Series) -> pd.Series:
    return close.rolling(3).mean()


@config.when(enabled="extra")
def mom(close: pd.Series) -> pd.Series:
    return close.diff(2)
"""
CHILD = """import pandas as pd


def ret_mean(ret: pd.Series) -> pd.Series:
    return ret.rolling(4).mean()
"""
FILES = {
    "wick.yml": YML,
    "features/moves.py": MOVES,
    "features/child.py": CHILD,
    "seeds/candles.csv": "symbol,ts,open,high,low,close,volume\n" + "".join(
        f"{symbol},{day:%Y-%m-%d},{base + i},{base + i + 2},{base + i - 1},{base + i + (i % 3) - 0.5},{1000 + 7 * i}\n"
        for symbol, base in (("AAA", 100), ("BBB", 50))
        for i, day in enumerate(pd.date_range("2020-01-01", periods=40, freq="D"))
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Built:
    """A built project: ``write`` changes its sources, ``restore`` puts them back; target/ stays as it is."""

    root: Path

    def write(self, files: dict[str, str | bytes]) -> None:
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def restore(self) -> None:
        for path in self.root.iterdir():
            if path.name != "target":
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        self.write(FILES)


@pytest.fixture(scope="module")
def built_once(tmp_path_factory, wick) -> Built:
    project = Built(tmp_path_factory.mktemp("built"))
    project.restore()
    result = wick(project.root, "build")
    assert result.returncode == 0, result.stdout + result.stderr
    return project


@pytest.fixture
def built(built_once) -> Iterator[Built]:
    yield built_once
    built_once.restore()

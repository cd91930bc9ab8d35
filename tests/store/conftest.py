"""What the tests of the store share: a source of candles on disk, and the moment it is read at."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field, replace

import pytest

from candlewick.candles import Interval
from candlewick.store.ingest import ingest
from candlewick.store.source import Source

HEADER = "ts,open,high,low,close,volume\n"
NOW = 1_900_000_000_000  # March 2030: everything the tests write is long finished


def day(number: int, values: str = "10,12,9,11,5") -> str:
    """One CSV row of January 2020."""
    return f"2020-01-{number:02d},{values}\n"


@dataclass
class Folder:
    """A project folder with a candle source and a store."""

    source: Source
    store: object
    now: int = NOW
    results: list = field(default_factory=list)

    def write(self, name, content):
        path = self.source.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
        return path

    def set(self, **settings):
        self.source = replace(self.source, **settings)
        return self

    def ingest(self, **options):
        return ingest(self.source, self.store, now=self.now, **options)


@pytest.fixture
def folder(tmp_path):
    source = Source(tmp_path, ("seeds/*",), Interval.parse("1d"))
    (tmp_path / "seeds").mkdir()
    return Folder(source, tmp_path / "target" / "candlewick.duckdb")

"""What tests of every folder share: small projects on disk, and a real Chromium with a guard on what its pages do."""

from __future__ import annotations

import functools
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from candlewick.cli import main
from candlewick.commands.ingest import ingest
from candlewick.project.project import Project, open_project

from .effort import FAST, FULL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

HEADER = "import numpy as np\nimport pandas as pd\nfrom hamilton.function_modifiers import config\n"
MINIMAL = """
name: tiny
candles: {path: seeds/*.csv, interval: 1d, gaps: allow}
groups: {baseline: []}
"""


def pytest_configure(config: pytest.Config) -> None:
    """Examples are fewer in the fast tier, and where CI says so the same each time: they judge the change then."""
    fast = "not slow" in config.option.markexpr
    hypothesis.settings.register_profile(
        "candlewick", max_examples=FAST if fast else FULL, derandomize=bool(os.environ.get("CI"))
    )
    hypothesis.settings.load_profile("candlewick")


def write_project(root: Path, files: dict[str, str], yml: str = MINIMAL, *, header: bool = True) -> Project:
    """A project: ``yml`` is its wick.yml; files are given by path, Python ones get the usual imports."""
    root.mkdir(exist_ok=True)
    (root / "wick.yml").write_text(textwrap.dedent(yml))
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        prefix = HEADER if header and name.endswith(".py") else ""
        path.write_text(prefix + textwrap.dedent(text).lstrip("\n"))
    return open_project(root)


def write_tiny(root: Path, features: str | dict[str, str], yml: str = MINIMAL) -> Project:
    """A project with two symbols of forty daily candles and the given feature module(s)."""
    files = {"features/moves.py": features} if isinstance(features, str) else features
    return write_project(root, {"seeds/candles.csv": CANDLES, **files}, yml)


def copy_example(root: Path) -> Project:
    """The example project, without what it has published, and with its candles in the store."""
    example = Path(__file__).parents[1] / "feature_project"
    shutil.copytree(example, root, ignore=shutil.ignore_patterns("target", "__pycache__"))
    project = open_project(root)
    ingest(project)
    return project


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[..., Project]:
    """`write_project` in the test's own folder."""
    return lambda files=None, yml=MINIMAL, **how: write_project(tmp_path, files or {}, yml, **how)


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[..., Project]:
    """`write_tiny` in the test's own folder."""
    return functools.partial(write_tiny, tmp_path)


@pytest.fixture(scope="module")
def lent(tmp_path_factory) -> Callable[[Path], AbstractContextManager[Path]]:
    """Lend a module's folder to one test after the other: each finds it, in its place, as it was made."""

    @contextmanager
    def lent(folder: Path) -> Iterator[Path]:
        kept = tmp_path_factory.mktemp("kept") / folder.name
        shutil.copytree(folder, kept, symlinks=True)
        yield folder
        shutil.rmtree(folder)
        shutil.move(kept, folder)

    return lent


CANDLES = "symbol,ts,open,high,low,close,volume\n" + "".join(
    f"{symbol},{day:%Y-%m-%d},{base + i},{base + i + 2},{base + i - 1},{base + i + (i % 3) - 0.5},{1000 + 7 * i}\n"
    for symbol, base in (("AAA", 100), ("BBB", 50))
    for i, day in enumerate(__import__("pandas").date_range("2020-01-01", periods=40, freq="D"))
)


@pytest.fixture
def call(capsys, monkeypatch) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a ``wick`` command in this process: what it printed, and its exit code."""

    def call(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["wick", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main()
        logger = logging.getLogger("candlewick")
        for log in list(logger.handlers):
            logger.removeHandler(log)
            log.close()
        return subprocess.CompletedProcess(words, stop.value.code or 0, *capsys.readouterr())

    return call


@pytest.fixture(scope="session")
def wick() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a ``wick`` command in a process of its own: what it printed, and its exit code."""

    def wick(folder: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "candlewick", *words]
        environ = {**os.environ, **environ}
        return subprocess.run(
            command, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=120
        )

    return wick


@pytest.fixture(scope="session")
def store_hashes() -> Callable[[Path], dict[str, str]]:
    """Hash every file under target/ that users can query, by path: all but logs, reports and the listing."""

    def store_hashes(project: Path) -> dict[str, str]:
        target = project / "target"
        return {
            path.relative_to(target).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(target.rglob("*"))
            if path.is_file() and path.name not in REPORTS and "logs" not in path.parts
        }

    return store_hashes


REPORTS = ("index.json", "receipt.json", "run_results.json", "lineage.json", "lineage.dot", "lineage.html")

CHROMIUM_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="session")
def chromium():
    """A browser for the whole session; tests that need one are skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def browse(chromium):
    """Open a URL in a fresh page; when the test ends, no request has left this machine and no script has failed."""
    pages, problems = [], []

    def leaves(request) -> bool:
        return not request.url.startswith(("file:", "data:", "blob:", "about:", "http://127.0.0.1:"))

    def failed(message) -> bool:
        """Streamlit asks below a page's own path for its server before it asks at the root."""
        looked_for = message.location.get("url", "").endswith(("/_stcore/health", "/_stcore/host-config"))
        return message.type == "error" and not looked_for

    def browse(url: str, **context):
        page = chromium.new_context(viewport={"width": 1440, "height": 900}, **context).new_page()
        page.on("request", lambda request: problems.append(f"request to {request.url}") if leaves(request) else None)
        page.on("websocket", lambda socket: problems.append(socket.url) if "//127.0.0.1:" not in socket.url else None)
        page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
        page.on("console", lambda message: problems.append(message.text) if failed(message) else None)
        page.goto(url)
        pages.append(page)
        return page

    yield browse
    for page in pages:
        page.context.close()
    assert problems == []


@pytest.fixture(scope="session")
def make_payload():
    """A payload of traced columns: ``columns`` and ``output`` map stand-in candles to named results."""
    from candlewick.artifact import Column, Payload, SymbolState
    from candlewick.artifact.payload import INPUTS, kernel_hashes
    from candlewick.lower import lower
    from candlewick.program import run
    from candlewick.trace import tracing

    def make(columns, output=None, symbols=None, **given) -> Payload:
        with tracing() as trace:
            features = columns(trace.inputs())
            graphs = {"features": trace.graph(features)}
            if output:
                graphs["output"] = trace.graph(output(features))
        program = lower(graphs["features"], INPUTS, graphs.get("output"))
        states = {
            name: SymbolState(int(x[5, -1]), int(max(x[5, 1:] - x[5, :-1])), "0" * 32, run(program, {"": x})[1][""])
            for name, x in (symbols or {}).items()
        }
        stages = {
            stage: tuple(Column(n, o.node.dtype, "B", 0, 0, (), (), "") for n, o in graph.outputs.items())
            for stage, graph in graphs.items()
        }
        known = {
            "project": "tiny", "interval": "1m", "gaps": "allow", "volume": "optional", "lineage": {}, "enabled": (),
            "toggle_sources": {}, "fit": None, "git_commit": None, "versions": {},
        }  # fmt: skip
        return Payload(program=program, kernels=kernel_hashes(program), stages=stages, symbols=states, **known | given)

    return make


@pytest.fixture(scope="session")
def make_candles():
    """Sound candles of one minute as the program reads them: (open, high, low, close, volume, ts) by candles."""
    import numpy as np

    def make(n: int, seed: int = 0, start: int = 0) -> np.ndarray:
        moves, volumes, absent = (np.random.default_rng([seed, k]) for k in range(3))  # longer is the same and more
        close = 100 * np.exp(np.cumsum(moves.normal(0, 0.01, n)))
        opened = np.concatenate([[100.0], close[:-1]])
        high, low = np.maximum(opened, close) * 1.001, np.minimum(opened, close) * 0.999
        volume = np.where(absent.random(n) < 0.05, np.nan, volumes.lognormal(8, 1, n))
        return np.stack([opened, high, low, close, volume, 60_000.0 * np.arange(start, start + n)])

    return make


@pytest.fixture(scope="session")
def sight():
    """What somebody sees of a page: its texts with contrast and size, and what can be pressed but has no name."""
    script = Path(__file__).with_name("sight.js").read_text(encoding="utf-8")
    return lambda page: page.evaluate(script)

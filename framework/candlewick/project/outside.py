"""What a function can follow from that no hash sees: files, clocks, the environment, names found as it runs."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from candlewick.project.written import attributes_read, names_read, strings_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from types import CodeType

MODULES = frozenset({
    "os", "posix", "nt", "posixfile", "sys", "io", "_io", "pathlib", "glob", "shutil", "tempfile", "fileinput", "mmap",
    "subprocess", "socket", "urllib", "http", "ftplib", "sqlite3", "importlib", "_frozen_importlib", "pkgutil", "runpy",
    "linecache", "time", "locale", "_locale", "platform", "getpass", "inspect", "gc", "ctypes", "multiprocessing",
})  # fmt: skip
"""Modules of Python that look outside of the program, or into it."""
_BUILTINS = frozenset({"open", "input", "eval", "exec", "compile", "__import__", "globals"})
_ATTRIBUTES = frozenset({
    "environ", "getenv", "now", "utcnow", "today", "read_text", "read_bytes", "load", "loadtxt", "genfromtxt",
    "fromfile", "memmap", "urlopen", "import_module", "dotenv_values", "f_globals",
})  # fmt: skip
"""Attributes that say so whatever they are of, ``read_csv`` and all that begins as it does besides."""
_CLOCKS = frozenset({"now", "utcnow", "today"})
_MOMENTS = frozenset({"now", "today"})
"""Texts that pandas and numpy take for the present."""
_RESTLESS = frozenset({
    "time", "subprocess", "socket", "urllib", "http", "ftplib", "sqlite3", "requests", "httpx", "aiohttp", "urllib3",
    "duckdb", "sqlalchemy", "psycopg", "psycopg2", "pymysql", "redis", "boto3", "s3fs", "fsspec", "ccxt", "yfinance",
})  # fmt: skip
"""Libraries by which a module may find something else every time that it is imported."""


def is_restless(tree: ast.Module, imports: Collection[str]) -> bool:
    """Whether a module may hold other constants next time though no file has changed: it asks a clock, or a server."""
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return not (_RESTLESS.isdisjoint(imports) and _CLOCKS.isdisjoint(names) and _MOMENTS.isdisjoint(texts))


def looks_outside(code: CodeType, known: Collection[str]) -> str | None:
    """What a function uses that looks outside of its inputs; None when it uses nothing of the kind.

    ``known`` are the names of its module: a function of the project's own may be called like a built-in one.
    """
    builtins = [name for name in names_read(code) if name in _BUILTINS and name not in known]
    attributes = [name for name in attributes_read(code) if name in _ATTRIBUTES or re.match(r"(read|scan)_", name)]
    moments = [repr(text) for text in strings_of(code) if text in _MOMENTS]
    return next(iter((*builtins, *attributes, *moments)), None)

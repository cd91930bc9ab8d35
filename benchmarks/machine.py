"""The machine that was measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from benchmarks.rivals import versions


def describe() -> str:
    """Processor, cores, system, Python, and the versions of all that takes part."""
    packages = ", ".join(f"{name} {version}" for name, version in versions().items())
    system = f"{platform.system()} {platform.release().partition('-')[0]}"
    return f"{_processor()}, {os.cpu_count()} cores; {system}; Python {platform.python_version()}; {packages}."


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()

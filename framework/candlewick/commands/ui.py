"""`wick ui`: the browser, served to this machine only."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
from pathlib import Path

from candlewick.errors import UsageError, WickError

ADDRESS = "127.0.0.1"
PROJECT_VARIABLE = "WICK_UI_PROJECT"
SETTINGS = {
    "server.address": ADDRESS,  # Streamlit has no log-in: nobody but this machine may connect,
    "server.allowedHosts": ADDRESS,  # nor a web page that renames itself to this machine
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "browser.gatherUsageStats": "false",
    "server.showEmailPrompt": "false",
    "server.fileWatcherType": "none",
    "server.runOnSave": "false",
    "ui.hideTopBar": "true",
    "theme.baseFontSize": "15",
    "theme.codeFontSize": "13px",
}
PALETTE = {  # light, dark: the colours of lineage/canvas.css
    "primaryColor": ("#2f55d4", "#8ca6ff"),
    "linkColor": ("#2f55d4", "#8ca6ff"),
    "backgroundColor": ("#ffffff", "#14171c"),
    "secondaryBackgroundColor": ("#f6f7f9", "#1c2027"),
    "codeBackgroundColor": ("#f6f7f9", "#1c2027"),
    "dataframeHeaderBackgroundColor": ("#f6f7f9", "#1c2027"),
    "borderColor": ("#dfe3e8", "#313843"),
    "dataframeBorderColor": ("#dfe3e8", "#313843"),
    "textColor": ("#1f2530", "#e7eaef"),
    "grayTextColor": ("#5b6472", "#9ca5b3"),
    "greenTextColor": ("#23795a", "#56b892"),
    "redTextColor": ("#c8334a", "#f27a8a"),
    "orangeTextColor": ("#8f5600", "#dba347"),
}


def ui(project_root: Path, port: int | None = None, *, headless: bool = False) -> None:
    """Serve the browser of a project until interrupted.

    Without ``port`` the server takes the first free one from 8501; ``headless`` opens no window.

    Errors: UsageError ``ui-missing-library`` and ``ui-port-taken``; WickError ``ui-stopped`` when the server fails.
    """
    if port is not None and not _is_free(port):
        raise UsageError(
            f"port {port} is taken or not allowed", code="ui-port-taken", hint="leave --port out to use a free one"
        )
    command = server_command(port, headless=headless)
    environment = os.environ | {PROJECT_VARIABLE: str(project_root.resolve())}
    if os.name == "posix":  # this process becomes the server: whatever ends it leaves nothing behind
        os.chdir(project_root)
        os.execve(command[0], command, environment)  # noqa: S606 - no shell: the words are ours
    code = subprocess.call(command, env=environment, cwd=project_root)
    if code != 0:
        raise WickError(f"the server stopped with exit code {code}", code="ui-stopped", hint="its last lines say why")


def server_command(port: int | None, *, headless: bool) -> list[str]:
    """The command line of the server: the app and every setting that keeps it private.

    Without ``port`` the server looks for a free one as it binds: two that start at once do not meet at one.

    Errors: UsageError ``ui-missing-library``.
    """
    package = importlib.util.find_spec("candlewick_ui")
    if importlib.util.find_spec("streamlit") is None or package is None or not package.submodule_search_locations:
        raise UsageError(
            "the browser needs Streamlit, which is not installed",
            code="ui-missing-library",
            hint='pip install "candlewick[ui]"',
        )
    app = Path(package.submodule_search_locations[0]) / "app.py"
    settings = {**SETTINGS, "server.headless": str(headless).lower()}
    for name, colours in PALETTE.items():
        settings |= {f"theme.{scheme}.{name}": each for scheme, each in zip(("light", "dark"), colours, strict=True)}
    if port is not None:
        settings["server.port"] = str(port)
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(app),
        *(f"--{key}={value}" for key, value in settings.items()),
    ]


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        if os.name == "posix":  # as the server does: a port that was just left is free
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((ADDRESS, port))
        except (OSError, OverflowError):
            return False
        return True

from __future__ import annotations

import importlib.util
import socket

import pytest

from candlewick.commands import ui as module
from candlewick.errors import UsageError


def test_the_server_is_private():
    command = module.server_command(8600, headless=True)
    assert command[-1] == "--server.headless=true"
    for setting in (
        "--server.address=127.0.0.1",
        "--server.allowedHosts=127.0.0.1",
        "--client.showErrorDetails=none",
        "--browser.gatherUsageStats=false",
        "--server.port=8600",
    ):
        assert setting in command


def test_without_streamlit_the_error_says_what_to_install(monkeypatch, tmp_path):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "streamlit" else real(name))
    with pytest.raises(UsageError) as error:
        module.ui(tmp_path, None, headless=True)
    assert error.value.code == "ui-missing-library"
    assert 'pip install "candlewick[ui]"' in error.value.hint


def test_a_taken_port_is_passed_over_or_refused_when_it_was_asked_for():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert module._choose_port(None) != port
        with pytest.raises(UsageError) as error:
            module._choose_port(port)
    assert error.value.code == "ui-port-taken"


@pytest.mark.parametrize("port", [-1, 70000])
def test_a_port_that_does_not_exist_is_refused(port):
    with pytest.raises(UsageError):
        module._choose_port(port)

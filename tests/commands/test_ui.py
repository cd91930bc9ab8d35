from __future__ import annotations

import importlib.util
import socket

import pytest

from candlewick.commands import ui as module
from candlewick.errors import UsageError


@pytest.fixture
def streamlit():
    """Streamlit, where it is installed."""
    return pytest.importorskip("streamlit")


@pytest.mark.usefixtures("streamlit")
def test_the_server_is_private():
    command = module.server_command(8600, headless=True)
    assert "--server.headless=true" in command
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


@pytest.mark.usefixtures("streamlit")
def test_a_free_port_is_the_servers_to_find(tmp_path):
    assert not any("server.port" in word for word in module.server_command(None, headless=True))


def test_a_taken_port_is_refused_when_it_was_asked_for(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError) as error:
            module.ui(tmp_path, taken.getsockname()[1], headless=True)
    assert error.value.code == "ui-port-taken"


@pytest.mark.parametrize("port", [-1, 70000])
def test_a_port_that_does_not_exist_is_refused(tmp_path, port):
    with pytest.raises(UsageError):
        module.ui(tmp_path, port, headless=True)

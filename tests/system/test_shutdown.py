"""Shutdown in three phases: drain, close sockets, stop services."""

import pytest

from app import create_app, drain
from config import load
from handlers.headers import create_runner
from services.container import Services
from socket_engine import SocketServer

SETTINGS = {"STUDYHALL_SERVER_ENVIRONMENT": "test", "STUDYHALL_STORAGE_URL": "memory://"}
PHASES = {"drain": (SocketServer, "drain"), "sockets": (SocketServer, "close"), "services": (Services, "stop")}


async def shut_down(monkeypatch, failing=None):
    """Start a server, stop it as `python server.py` does, and return the phases in the order they ran."""
    ran = []

    def record(phase, owner, name):
        work = getattr(owner, name)

        async def run(self):
            if phase not in ran:  # closing sockets drains once more
                ran.append(phase)
            await work(self)
            if phase == failing and ran[-1] == phase:
                raise RuntimeError("broken")

        monkeypatch.setattr(owner, name, run)

    for phase, (owner, name) in PHASES.items():
        record(phase, owner, name)
    app = create_app(load(None, SETTINGS, {}))
    runner = await create_runner(app, 1)
    await drain(app)
    await runner.cleanup()
    return ran


async def test_phases_run_in_order(monkeypatch, caplog):
    assert await shut_down(monkeypatch) == ["drain", "sockets", "services"]
    assert not caplog.records


@pytest.mark.parametrize("failing", ["drain", "sockets"])
async def test_failed_phase_is_logged_and_the_next_one_runs(monkeypatch, caplog, failing):
    assert await shut_down(monkeypatch, failing) == ["drain", "sockets", "services"]
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "failed" in record.getMessage()
    assert "broken" in record.exc_text

"""Signals at every moment of a start, also as PID 1, for which the kernel has no default actions."""

import asyncio
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from tests.support.paths import ROOT
from tests.support.process import SECRET, START_WITHIN

UNSHARE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]


def may_unshare():
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


as_pid_1 = pytest.mark.skipif(not may_unshare(), reason="only root may make a PID namespace here")


@asynccontextmanager
async def running(*arguments, before=(), program=None):
    """Start the server, or the text of a program; kill what is left of it, which the event loop would wait for."""
    process = await asyncio.create_subprocess_exec(
        *before,
        sys.executable,
        *(["-c", program] if program else [ROOT / "server.py"]),
        *arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={"STUDYHALL_AUTH_SECRET": SECRET, "PATH": "/usr/bin:/bin"},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def child_of(process):
    """Return the process that is PID 1 in the namespace, once it is there."""
    while not (children := psutil.Process(process.pid).children()):
        await asyncio.sleep(0.01)
    return children[0]


def catches(pid, number):
    found = re.search(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return bool(int(found[1], 16) >> (number - 1) & 1)


async def left_by(process):
    said, errors = await process.communicate()
    return process.returncode, said.decode(), errors.decode()


@as_pid_1
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_pid_1_ends_in_order_while_it_waits_for_its_database(number):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        url = f"postgresql://ada@127.0.0.1:{silent.getsockname()[1]}/studyhall"
        async with asyncio.timeout(START_WITHIN), running("--storage", url, before=UNSHARE) as process:
            connection, _ = await asyncio.get_running_loop().sock_accept(silent)
            with connection:
                (await child_of(process)).send_signal(number)
                code, said, errors = await left_by(process)
    assert (code, errors) == (0, "")
    assert "Stopping before the start was complete" in said


@as_pid_1
async def test_pid_1_ends_during_its_imports():
    async with (
        asyncio.timeout(START_WITHIN),
        running("--storage", "memory://", "--port", "0", before=UNSHARE) as process,
    ):
        server = await child_of(process)
        while not catches(server.pid, signal.SIGTERM):
            await asyncio.sleep(0.001)
        assert "server.py" in " ".join(server.cmdline())
        server.send_signal(signal.SIGTERM)
        code, said, errors = await left_by(process)
    assert (code, errors) in {(128 + signal.SIGTERM, ""), (0, "")}
    assert "Server running" not in said


async def test_second_interrupt_does_no_harm():
    async with asyncio.timeout(START_WITHIN), running("--storage", "memory://", "--port", "0") as process:
        said = b""
        while b"Open http" not in said:
            said += await process.stdout.readline()
        for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM):
            process.send_signal(number)
        code, rest, errors = await left_by(process)
    assert (code, errors) == (0, "")
    assert rest.count("Stopping") == 1


async def test_hangup_of_the_terminal_leaves_what_nohup_started():
    async with (
        asyncio.timeout(START_WITHIN),
        running("--storage", "memory://", "--port", "0", before=["env", "--ignore-signal=HUP"]) as process,
    ):
        said = b""
        while b"Open http" not in said:
            said += await process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGUSR1)
        while b"gauges: " not in said:
            said += await process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert (await left_by(process))[0] == 0


async def test_command_that_waits_for_its_database_is_ended_in_silence():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        url = f"postgresql://ada@127.0.0.1:{silent.getsockname()[1]}/studyhall"
        async with (
            asyncio.timeout(START_WITHIN),
            running("create-admin", "ada@example.org", "--storage", url) as process,
        ):
            connection, _ = await asyncio.get_running_loop().sock_accept(silent)
            with connection:
                process.send_signal(signal.SIGTERM)
                assert await left_by(process) == (128 + signal.SIGTERM, "", "")


# the signal comes while the connection is made: what makes it has no name for it yet
SIGNAL_WHILE_CONNECTING = """
import os, signal, sys
import aiopg
import server

def connect(*arguments, **options):
    made = connect_unchanged(*arguments, **options)
    os.kill(os.getpid(), signal.SIGTERM)
    return made

connect_unchanged, aiopg.connect = aiopg.connect, connect
sys.exit(server.main(sys.argv[1:]))
"""


async def test_command_that_is_ended_while_it_makes_a_connection_closes_it():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://ada@127.0.0.1:{silent.getsockname()[1]}/studyhall"
        async with (
            asyncio.timeout(START_WITHIN),
            running("create-admin", "ada@example.org", "--storage", url, program=SIGNAL_WHILE_CONNECTING) as process,
        ):
            assert await left_by(process) == (128 + signal.SIGTERM, "", "")

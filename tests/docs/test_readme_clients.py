"""Clients in README.md and docs/clients.md survive a killed server without losing messages."""

import asyncio
import re
import signal
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.official import NODE, SCRIPTS, look_for_npms
from tests.support.paths import ROOT
from tests.support.ports import lasting_port
from tests.support.process import START_WITHIN, started

PRINTED_AS = "http://localhost:5000"
PAGES = {"js": "README.md", "python": "docs/clients.md"}


def client(language: str, url: str) -> str:
    """Return the only block in `language` on its page, for the server at `url`."""
    page = (ROOT / PAGES[language]).read_text("utf-8")
    [code] = re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert PRINTED_AS in code
    return code.replace(PRINTED_AS, url)


def write(language: str, url: str, folder: Path) -> list[str]:
    """Write the client into `folder` and return the command that runs it."""
    if language == "python":
        file = folder / "client.py"
        command = [sys.executable, "-W", "error", str(file)]
    else:
        look_for_npms()
        (folder / "node_modules").symlink_to(SCRIPTS / "node_modules")
        file = folder / "client.mjs"
        command = [NODE, str(file)]
    file.write_text(client(language, url), "utf-8")
    return command


async def answered(request) -> Any:
    async with request as response:
        assert response.ok, await response.text()
        return await response.json()


@asynccontextmanager
async def running(command: list[str]):
    """Run the client and give a function that waits for its next line."""
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)

    async def line() -> str:
        async with asyncio.timeout(START_WITHIN):
            return (await process.stdout.readline()).decode().rstrip("\n")

    try:
        yield line
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("language", ["js", "python"])
async def test_a_client_of_the_readme_misses_nothing_when_the_server_is_killed(language, tmp_path):
    port, data = lasting_port(), {"STUDYHALL_STORAGE_URL": f"sqlite:///{tmp_path / 'studyhall.db'}"}
    async with AsyncExitStack() as until_the_client_ends, aiohttp.ClientSession() as http:
        async with started("--port", port, environ=data) as server:
            await server.port()
            url = f"http://127.0.0.1:{port}"
            line = await until_the_client_ends.enter_async_context(running(write(language, url, tmp_path)))
            first = {await line(), await line()}
            [stored] = [said for said in first if said.startswith("stored as 1 in ")]
            assert first - {stored} == {"1 Ada Okafor Hello"}
            room = f"{url}/api/study-rooms/{stored.rpartition(' ')[2]}"

            ben = {"firstName": "Ben", "lastName": "Diaz", "email": "ben@example.org", "password": "ten or more"}
            token = (await answered(http.post(f"{url}/api/auth/register", json=ben)))["token"]
            bearer = {"Authorization": f"Bearer {token}"}
            await answered(http.post(f"{room}/join", headers=bearer))
            await answered(http.post(f"{room}/messages", json={"content": "while you listen"}, headers=bearer))
            assert await line() == "2 Ben Diaz while you listen"
            await server.stop(signal.SIGKILL)

        async with started("--port", port, environ=data) as server:
            await server.port()
            await answered(http.post(f"{room}/messages", json={"content": "while you were away"}, headers=bearer))
            assert await line() == "3 Ben Diaz while you were away"

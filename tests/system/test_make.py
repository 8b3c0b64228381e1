"""`make run` and `make dev`: without npm, or if a build fails, the API starts with one warning."""

import asyncio
import os
import re
import shutil
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.support.bundle import bundle
from tests.support.node import find_node
from tests.support.paths import ROOT
from tests.support.process import Process

pytestmark = [pytest.mark.slow, pytest.mark.processes]

_NOT_COPIED = shutil.ignore_patterns(".*", "data", "dist", "tests", "bench", "docs", "node_modules", "__pycache__")
FAILS = "#!/bin/sh\necho npm is broken >&2\nexit 1\n"
WITHIN = 60.0


@pytest.fixture
def checkout(tmp_path):
    """A checkout whose Python packages are installed, and nothing of the page."""
    if shutil.which("make") is None:
        pytest.skip("there is no make")
    folder = shutil.copytree(ROOT, tmp_path / "checkout", ignore=_NOT_COPIED)
    environment = folder / ".venv"
    environment.mkdir()
    (environment / "pyvenv.cfg").write_text((Path(sys.prefix) / "pyvenv.cfg").read_text("utf-8"))
    (environment / "lib").symlink_to(Path(sys.prefix) / "lib")
    (environment / "bin").symlink_to(Path(sys.prefix) / "bin")
    for stamp in ("run.stamp", "install.stamp", "npm.stamp"):
        (environment / stamp).touch()
    return folder


@pytest.fixture
def stubs(tmp_path):
    """A folder of programs that come before all others."""
    folder = tmp_path / "stubs"
    folder.mkdir()
    return folder


def write(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(script)
    (folder / name).chmod(0o755)


def with_packages(checkout: Path) -> None:
    """Install the packages of the page, as npm does."""
    bundle()  # is there if the packages are
    shutil.copytree(ROOT / "web" / "node_modules", checkout / "web" / "node_modules", symlinks=True)
    (checkout / "web" / "node_modules" / ".package-lock.json").touch()


@asynccontextmanager
async def making(checkout: Path, stubs: Path, target: str = "run", **environ: str):
    """Run a target of make that starts the server."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("STUDYHALL_", "MAKE"))}
    make = await asyncio.create_subprocess_exec(
        "make", target, "ARGS=--port 0 --storage memory://",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=checkout,
        env={**inherited, "PATH": f"{stubs}:{os.environ['PATH']}", **environ},
        start_new_session=True,
    )  # fmt: skip
    process = Process(make)
    try:
        yield process
    finally:
        if make.returncode is None:
            os.killpg(make.pid, signal.SIGTERM)
        await process.ends()


async def page_status(port: int) -> int:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"http://127.0.0.1:{port}/", headers={"Accept": "text/html"}) as answer,
    ):
        return answer.status


async def healthy(port: int) -> bool:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/healthz") as answer:
        return answer.status == 200


def warnings(process: Process) -> list[str]:
    return [
        line for line in [*process.said, *process.errors] if re.search("warn|error|broken|fail", line, re.IGNORECASE)
    ]


async def starts_with_one_warning(checkout, stubs):
    async with making(checkout, stubs) as server:
        port = await server.port()
        await server.says("Storing data")
        assert await healthy(port)
        [warning] = warnings(server)
        assert "Serving without the page, which `make install` builds" in warning
        assert await page_status(port) == 503


async def test_failing_npm_leaves_the_api_with_one_warning(checkout, stubs):
    write(stubs, "npm", FAILS)
    await starts_with_one_warning(checkout, stubs)
    assert "npm is broken" in (checkout / ".venv" / "page.log").read_text()


async def test_failing_pip_for_npm_leaves_the_api_with_one_warning(checkout, stubs):
    (checkout / ".venv" / "npm.stamp").unlink()
    (checkout / ".venv" / "bin").unlink()
    (checkout / ".venv" / "bin").mkdir()
    python = Path(sys.prefix) / "bin" / "python"
    write(
        checkout / ".venv" / "bin",
        "python",
        f'#!/bin/sh\ncase "$*" in *pip*) echo pip is broken >&2; exit 1;; esac\nexec {python} "$@"\n',
    )
    for program in ("make", "sh", "env", "touch", "grep", "cat"):
        found = shutil.which(program)
        assert found, program
        (stubs / program).symlink_to(found)
    async with making(checkout, stubs, PATH=str(stubs)) as server:
        port = await server.port()
        await server.says("Storing data")
        assert await healthy(port)
        [warning] = warnings(server)
        assert "Serving without the page" in warning
    assert "pip is broken" in (checkout / ".venv" / "page.log").read_text()


async def test_failing_build_leaves_the_api_with_one_warning(checkout, stubs):
    with_packages(checkout)
    write(stubs, "npm", FAILS)
    (checkout / "web" / "app" / "main.tsx").write_text("const !")
    await starts_with_one_warning(checkout, stubs)
    assert "main.tsx" in (checkout / ".venv" / "page.log").read_text()


async def test_run_builds_without_npm_and_serves_an_older_page_if_a_build_fails(checkout, stubs):
    with_packages(checkout)
    write(stubs, "npm", FAILS)
    async with making(checkout, stubs) as server:
        assert await page_status(await server.port()) == 200
        assert warnings(server) == []
    built = (checkout / "web" / "dist" / "manifest.json").stat().st_mtime_ns
    async with making(checkout, stubs) as server:
        assert await page_status(await server.port()) == 200
        assert warnings(server) == []
    assert (checkout / "web" / "dist" / "manifest.json").stat().st_mtime_ns == built, "nothing was built again"

    (checkout / "web" / "app" / "main.tsx").write_text("const !")
    async with making(checkout, stubs) as server:
        assert await page_status(await server.port()) == 200
        [warning] = warnings(server)
        assert "the page could not be built" in warning
        assert "see .venv/page.log" in warning


async def test_dev_builds_on_change_and_its_builder_ends_with_the_server(checkout, stubs):
    with_packages(checkout)
    node = find_node()
    assert node
    write(stubs, "node", f'#!/bin/sh\necho $$ >>{stubs}/pids\nexec {node} "$@"\n')
    async with making(checkout, stubs, "dev") as server:
        port = await server.port()
        await server.says("in development mode")
        assert await page_status(port) == 200
        style = checkout / "web" / "style" / "base.css"
        before = style.read_text("utf-8")
        async with asyncio.timeout(WITHIN), aiohttp.ClientSession() as http:
            old = await page_text(http, port)
            while await page_text(http, port) == old:
                style.write_text(before + "\n.added { color: red }\n")
                await asyncio.sleep(0.2)
        builder = int((stubs / "pids").read_text().split()[-1])
        os.kill(builder, 0)
        for child in children_of(server.pid):  # the server, which exec has put in the place of the shell
            os.kill(child, signal.SIGTERM)
        await server.ends()
    async with asyncio.timeout(WITHIN):
        while is_running(builder):
            await asyncio.sleep(0.05)


async def page_text(http: aiohttp.ClientSession, port: int) -> str:
    async with http.get(f"http://127.0.0.1:{port}/", headers={"Accept": "text/html"}) as answer:
        return await answer.text()


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except FileNotFoundError:
        return False
    return state != "Z"

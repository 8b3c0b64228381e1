"""Schemathesis tries every route as /api/openapi.json describes it, on a real server: what is answered is described.

Four of its checks are left out. `positive_data_acceptance`: a rule refuses more than JSON Schema can say, such as a
name that hides something. `negative_data_rejection`: an empty value of a query is as absent, and so is `null`.
`unsupported_method` and `allow_header_conformance`: PATCH is the same as PUT, and not described;
tests/security/test_bad_input.py has all methods of all paths.
"""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.process import started

pytestmark = pytest.mark.slow

LEFT_OUT = "allow_header_conformance,negative_data_rejection,positive_data_acceptance,unsupported_method"
WITHIN = 300.0
"""Seconds: alone it takes some twenty, and the machine may be busy with other tests."""


async def test_what_schemathesis_sends_is_answered_as_described(tmp_path):
    environ = {"STUDYHALL_SERVER_ENVIRONMENT": "test", "STUDYHALL_LIMITS_ENABLED": "false"}
    async with started("--port", 0, "--storage", "memory://", environ=environ) as server:
        url = f"http://127.0.0.1:{await server.port()}"
        code, said = await tried(url, tmp_path)
        ended = await server.stop()

    assert code == 0, said[-10_000:]
    assert " generated, " in said
    assert " 0 generated, " not in said
    assert [line for line in [*ended.said, *ended.errors] if "ERROR" in line or "Traceback" in line] == []


async def tried(url: str, folder: Path) -> tuple[int, str]:
    """Run Schemathesis on a server; return its exit code and output. Its files are in `folder`."""
    arguments = [
        "run", f"{url}/api/openapi.json", "--checks", "all", "--exclude-checks", LEFT_OUT,
        "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "3", "--generation-deterministic",
        "--continue-on-failure", "--warnings", "off", "--no-color",
        "--workers", "1",  # more would share CPython's parser, which some releases do not survive
    ]  # fmt: skip
    hooks = {"SCHEMATHESIS_HOOKS": "tests.http.schemathesis_hooks", "STUDYHALL_TRIED_URL": url, "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=folder,
        env=os.environ | hooks,
    )  # fmt: skip
    try:
        async with asyncio.timeout(WITHIN):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, said.decode()

"""`make audit` with all answers of a service, and without one. npm is real; its registry is simulated."""

import asyncio
import importlib.util

import pytest
from aiohttp import web

from tests.support.paths import ROOT, find_files

ADVISORY = "https://github.com/advisories/GHSA-0000"


def _script():
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


audit = _script()


@pytest.fixture
async def registry(monkeypatch, tmp_path):
    """A simulated registry for npm; the test sets its advisories by package, or a status."""
    known = {}

    async def answer(request):
        if "status" in known:
            return web.Response(status=known["status"])
        return web.json_response(known)

    app = web.Application()
    app.router.add_post("/-/npm/v1/security/advisories/bulk", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{runner.addresses[0][1]}")
    monkeypatch.setenv("npm_config_cache", str(tmp_path))
    monkeypatch.setattr(audit, "FOLDERS", ("tests/official_client",))
    yield known
    await runner.cleanup()


async def _findings():
    return list(await asyncio.to_thread(lambda: list(audit.npm_findings())))


async def test_a_package_that_is_known_to_be_vulnerable_is_found(registry):
    registry["ws"] = [
        {
            "id": 1,
            "url": ADVISORY,
            "title": "Bad",
            "severity": "high",
            "vulnerable_versions": "*",
            "cwe": [],
            "cvss": {},
        }
    ]

    found = await _findings()

    assert any(line.startswith("tests/official_client/: ws ") and ADVISORY in line for line in found)


async def test_nothing_known_is_said_with_how_much_was_looked_at(registry, capsys):
    assert await _findings() == []
    assert "npm: no known vulnerability in " in capsys.readouterr().out


@pytest.mark.parametrize("status", [404, 405, 500, 503])
async def test_a_registry_that_says_nothing_is_told_and_fails_nothing(registry, capsys, status):
    registry["status"] = status
    assert await _findings() == []
    assert "NOT AUDITED: npm's registry says nothing about tests/official_client/" in capsys.readouterr().out


async def test_a_registry_that_cannot_be_reached_is_told_and_fails_nothing(registry, capsys, monkeypatch):
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:1")
    assert await _findings() == []
    assert "NOT AUDITED" in capsys.readouterr().out


async def test_a_folder_that_cannot_be_audited_is_a_fault_of_ours(registry, monkeypatch, tmp_path):
    monkeypatch.setattr(audit, "HOME", tmp_path)
    (tmp_path / "tests" / "official_client").mkdir(parents=True)
    with pytest.raises(SystemExit):
        await _findings()


async def test_missing_folder_is_a_fault_of_ours(monkeypatch):
    monkeypatch.setattr(audit, "FOLDERS", ("tests/moved",))
    with pytest.raises(SystemExit, match="tests/moved/ is missing"):
        await _findings()


def test_every_folder_with_a_lock_of_npm_is_audited():
    locks = find_files("*package-lock.json")
    assert {lock.parent.relative_to(ROOT).as_posix() for lock in locks} == set(audit.FOLDERS)


def test_findings_are_what_must_be_mended(monkeypatch):
    monkeypatch.setattr(audit, "python_findings", lambda: iter(["one"]))
    monkeypatch.setattr(audit, "npm_findings", lambda: iter(["two"]))
    assert audit.main() == "one\ntwo"

"""Logs of the proxies with deploy/'s files: no address in them opens anything, whether the server answers or not."""

import asyncio
import io
import json
import re
import ssl

import aiohttp
import pytest
from yarl import URL

from tests.support import proxies
from tests.support.paths import ROOT
from tests.support.ports import lasting_port
from tests.support.process import SECRET, started

TRUSTS = ssl.create_default_context()
TRUSTS.check_hostname, TRUSTS.verify_mode = False, ssl.CERT_NONE
SECRETS = {
    "reset": "GET /reset/{}",
    "reset-slash": "GET /reset/{}/",
    "reset-after": "GET /reset/{}/invite/more",
    "reset-line": "GET /reset/%0A{}",
    "invite": "GET /invite/{}",
    "verify": "GET /verify/{}",
    "join": "GET /join/{}",
    "first-admin": "GET /first-admin/{}",
    "calendar": "GET /calendar/{}.ics",
    "encoded": "GET /%72eset/{}",
    "double": "GET //invite/{}",
    "below": "GET /study/invite/{}",
    "shown": "GET /api/invites/{}",
    "accepted": "POST /api/invites/{}",
    "body": "POST /api/invites/lookup",
    "next": "GET /sign-in?next=%2Finvite%2F{}",
    "token": "GET /api/auth/me?token={}",
    "sid": "GET /socket.io/?EIO=4&transport=polling&sid={}",
    "handshake": "GET /socket.io/?EIO=4&transport=polling&token={}",
    "large": "POST /socket.io/?EIO=4&transport=polling&sid={}",
    "authorization": "GET /api/auth/me",
    "referrer": "GET /api/study-rooms",
}
CANARY = "canary-{}-0123456789abcdef"


async def walk(http, url):
    """Send each kind of secret once; all at once, as HAProxy takes three seconds to find that the server is down."""
    await asyncio.gather(*(send(http, url, name) for name in SECRETS))


async def send(http, url, name):
    method, path = SECRETS[name].split(" ")
    secret = CANARY.format(name)
    options = {"json": {"code": secret}} if method == "POST" else {}
    if name == "large":
        options = {"data": io.BytesIO(b"4" * 2_000_000)}
    headers = {"Accept": "text/html"}
    if name == "authorization":
        headers["Authorization"] = f"Bearer {secret}"
    if name == "referrer":
        headers["Referer"] = f"{url}/reset/{secret}"
    address = URL(url + path.format(secret), encoded=True)
    try:
        async with http.request(method, address, headers=headers, allow_redirects=False, **options) as answer:
            await answer.read()
    except aiohttp.ClientError:
        assert name == "large", "the proxy closes the connection while the body is on its way"


def written(folder):
    """Return what the proxy wrote, but for its own settings and keys."""
    files = [
        file for file in folder.iterdir() if file.is_file() and file.suffix in {"", ".log"} and file.name != "Caddyfile"
    ]
    return {file.name: file.read_text() for file in files}


def test_every_view_with_a_secret_is_masked():
    router = (ROOT / "web" / "app" / "core" / "router.ts").read_text("utf-8")
    views = re.search(r"SECRET = /\^\\/\(([a-z|-]+)\)", router)[1].split("|")
    assert set(views) <= set(SECRETS)


@pytest.mark.parametrize("is_up", [True, False])
@pytest.mark.parametrize("name", proxies.PROXIES)
async def test_no_log_of_a_proxy_has_a_secret(tmp_path, name, is_up):
    settings = {"STUDYHALL_SERVER_TRUSTED_PROXIES": "127.0.0.1", "STUDYHALL_AUTH_SECRET": SECRET}
    folder = tmp_path / name
    folder.mkdir()
    async with started("--port", 0, "--storage", "memory://", environ=settings) as server:
        port = await server.port() if is_up else lasting_port()
        async with proxies.started(name, folder, port) as proxy:
            connector = aiohttp.TCPConnector(ssl=TRUSTS)
            async with aiohttp.ClientSession(connector=connector) as http:
                async with http.get(f"{proxy.url}/rooms/0198-seen") as answer:
                    assert answer.status == (200 if is_up else 502 if name != "haproxy" else 503)
                await walk(http, proxy.url)
                await walk(http, f"http://localhost:{proxy.plain_port}")

    logs = written(folder)
    assert {(kind, file) for kind in SECRETS for file, log in logs.items() if CANARY.format(kind) in log} == set()
    for seen in ("/rooms/0198-seen", "/reset/***", "/api/invites/***"):
        assert seen in json.dumps(logs), "the log has addresses, without what opens something"

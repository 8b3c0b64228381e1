"""The server behind nginx, HAProxy and Caddy, with deploy/'s files, on a port other than 443."""

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import pytest_asyncio
import socketio
from playwright.async_api import expect

from tests.support import browser, proxies
from tests.support.paths import ROOT
from tests.support.process import SECRET, started
from tests.support.served import PASSWORD, PATIENCE, Served

pytestmark = pytest.mark.asyncio(loop_scope="session")

TRUSTS = ssl.create_default_context()
TRUSTS.check_hostname, TRUSTS.verify_mode = False, ssl.CERT_NONE
HERE, THERE, LIE = "127.0.0.2", "127.0.0.3", "198.51.100.1"
SETTINGS = {
    "STUDYHALL_SERVER_ENVIRONMENT": "test",
    "STUDYHALL_SERVER_HOST": "127.0.0.1",
    "STUDYHALL_SERVER_TRUSTED_PROXIES": "127.0.0.1",
    "STUDYHALL_AUTH_SECRET": SECRET,
    "STUDYHALL_LIMITS_SIGN_UPS": "3/hour",
    "STUDYHALL_SOCKET_CONNECTIONS_PER_ADDRESS": "5",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=proxies.PROXIES)
async def proxy(request, tmp_path_factory) -> AsyncIterator[proxies.Proxy]:
    """Each proxy in turn, in front of a server without users."""
    async with started("--port", 0, "--storage", "memory://", environ=SETTINGS) as server:
        folder = tmp_path_factory.mktemp(request.param)
        async with proxies.started(request.param, folder, await server.port()) as running:
            yield running


@asynccontextmanager
async def client(proxy, address=HERE):
    """A client of the proxy, at an address of this machine."""
    connector = aiohttp.TCPConnector(ssl=TRUSTS, local_addr=(address, 0))
    async with aiohttp.ClientSession(connector=connector) as http:
        served = Served(None, proxy.port, http)
        served.url = proxy.url
        yield served


async def test_plain_http_is_redirected_to_the_port_of_tls(proxy):
    async with aiohttp.ClientSession() as http:
        url = f"http://localhost:{proxy.plain_port}/rooms/x?y=1"
        async with http.post(url, data=b"{}", allow_redirects=False) as answer:
            assert answer.status == 308
            assert answer.headers["Location"] == f"{proxy.url}/rooms/x?y=1"


@pytest.mark.parametrize("path", ["/", "/rooms/0198", "/healthz", "/readyz/", "/api/docs/", "/api/openapi.json"])
async def test_page_and_api_are_served_encrypted(proxy, path):
    async with client(proxy) as school:
        answer = await school.request("GET", path, headers={"Accept": "text/html"})
        assert answer.status == 200
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", "the server knows that TLS was used"


async def test_limits_count_clients_and_not_the_proxy(proxy):
    async def register(school, number):
        lies = {"X-Forwarded-For": LIE, "X-Real-IP": LIE, "Forwarded": f"for={LIE}", "X-Forwarded-Host": LIE}
        person = {"firstName": "P", "lastName": "Q", "email": f"p{number}@example.org", "password": PASSWORD}
        return await school.request("POST", "/api/auth/register", person, headers=lies)

    async with client(proxy, THERE) as school:
        answers = [await register(school, f"there{number}") for number in range(4)]
        assert [answer.status for answer in answers] == [201, 201, 201, 429]
        [session] = (await school.request("GET", "/api/auth/sessions", token=answers[0].body["token"])).data
        assert session["address"] == THERE
    async with client(proxy, "127.0.0.4") as school:
        assert (await register(school, "elsewhere")).status == 201


@pytest.mark.parametrize("path", ["socket.io", "/socket.io/"])
@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_official_client_connects_from_the_servers_own_origin(proxy, transport, path):
    async with client(proxy, "127.0.0.5" if transport == "polling" else "127.0.0.6") as school:
        email = f"{transport}.{len(path)}@example.org"
        person = {"firstName": "Ada", "lastName": "Q", "email": email, "password": PASSWORD}
        token = (await school.request("POST", "/api/auth/register", person)).body["token"]
        room = (await school.request("POST", "/api/study-rooms", {"name": "Calculus"}, token=token)).data["id"]
        chat = socketio.AsyncClient(reconnection=False, ssl_verify=False)
        await chat.connect(
            proxy.url,
            headers={"Origin": proxy.url},
            auth={"token": token},
            namespaces=["/chat"],
            transports=[transport],
            socketio_path=path,
            wait_timeout=PATIENCE,
        )
        try:
            assert chat.eio.current_transport == transport
            assert (await chat.call("join-room", room, namespace="/chat", timeout=PATIENCE))["ok"]
            said = {"roomId": room, "content": "hello"}
            assert (await chat.call("send-message", said, namespace="/chat", timeout=PATIENCE))["ok"]
        finally:
            await chat.disconnect()


async def test_another_origin_opens_no_socket(proxy):
    async with client(proxy) as school:
        path = "/socket.io/?EIO=4&transport=polling"
        for origin in ("https://localhost", "https://evil.example", f"{proxy.url}.evil.example"):
            assert (await school.request("GET", path, headers={"Origin": origin})).status == 400
        for origin in (proxy.url, None):
            headers = {"Origin": origin} if origin else {}
            assert (await school.request("GET", path.replace("/?", "?"), headers=headers)).status == 200


async def test_connections_are_counted_by_client(proxy):
    path = "/socket.io/?EIO=4&transport=polling"
    async with client(proxy, "127.0.0.7") as school:
        lies = [{"X-Forwarded-For": f"198.51.100.{number}"} for number in range(6)]
        statuses = [(await school.request("GET", path, headers=lie)).status for lie in lies]
        assert statuses == [200, 200, 200, 200, 200, 429]
    async with client(proxy, "127.0.0.8") as school:
        assert (await school.request("GET", path)).status == 200


async def test_plain_http_on_the_port_of_tls_is_redirected_by_nginx(proxy):
    if proxy.name != "nginx":
        return  # the others close the connection, or say what is wrong
    url = f"http://localhost:{proxy.port}/rooms/x"
    async with aiohttp.ClientSession() as http, http.get(url, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (308, f"{proxy.url}/rooms/x")


async def test_browsers_are_offered_http2(proxy):
    offer = ssl.create_default_context()
    offer.check_hostname, offer.verify_mode = False, ssl.CERT_NONE
    offer.set_alpn_protocols(["h2", "http/1.1"])
    _, writer = await asyncio.open_connection("127.0.0.1", proxy.port, ssl=offer)
    assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
    writer.close()


async def test_bodies_are_bounded_by_the_proxy(proxy):
    async with client(proxy) as school:
        url = f"{proxy.url}/api/auth/login"
        async with school.http.post(url, data=b" " * 70_000, headers={"Content-Type": "application/json"}) as answer:
            assert answer.status == 413
        url = f"{proxy.url}/socket.io/?EIO=4&transport=polling&sid=none"
        async with school.http.post(url, data=b"4" * 200_000) as answer:
            assert (answer.status, (await answer.json())["message"]) == (400, "Session ID unknown")


SOCKET_IO = ROOT / "web" / "node_modules" / "socket.io-client" / "dist" / "socket.io.esm.min.js"
POLLS = """async (token) => {
    const { io } = await import("/socket.io-client.js");
    const socket = io("/chat", { transports: ["polling"], auth: { token } });
    await new Promise((done, failed) => socket.on("connect", done).on("connect_error", failed));
    socket.disconnect();
    const fetched = performance.getEntriesByType("resource");
    return fetched.filter(({ name }) => /transport=polling/.test(name)).map(({ nextHopProtocol }) => nextHopProtocol);
}"""


async def test_page_talks_over_http_2(proxy, chromium):
    context = await chromium.new_context(base_url=proxy.url, ignore_https_errors=True, **browser.DESKTOP)
    context.set_default_timeout(browser.WITHIN)
    await context.route("**/socket.io-client.js", lambda route: route.fulfill(path=SOCKET_IO))
    page = await context.new_page()
    sockets = []
    page.on("websocket", lambda opened: sockets.append(opened.url))
    ada = browser.Person("Ada Lovelace", proxy.url, context, page)
    try:
        await page.goto("/sign-up")
        await ada.makes_an_account()
        await ada.opens_a_room("Calculus")
        await ada.says("hello")
        await ada.reads("hello")
        assert sockets
        assert all(url.startswith(f"wss://localhost:{proxy.port}/socket.io/") for url in sockets)
        navigation = await page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol")
        token = await page.evaluate("JSON.parse(localStorage.getItem('studyhall.session')).token")
        assert {navigation, *await page.evaluate(POLLS, token)} == {"h2"}
        await expect(page.get_by_role("heading", name="Calculus")).to_be_visible()
        assert not [said for said in ada.complaints if not re.search("certificate", said)]
    finally:
        await context.close()


async def test_a_poll_that_goes_away_ends_the_session_behind_a_proxy_too(proxy):
    path = "/socket.io/?EIO=4&transport=polling"
    async with client(proxy) as other, asyncio.timeout(8):  # less than until a client must be in a namespace
        sid = json.loads((await other.request("GET", path)).body[1:])["sid"]
        _, writer = await asyncio.open_connection("localhost", proxy.port, ssl=TRUSTS)
        writer.write(f"GET {path}&sid={sid} HTTP/1.1\r\nHost: localhost:{proxy.port}\r\n\r\n".encode())
        await asyncio.sleep(0.3)  # nothing tells when it has arrived

        writer.transport.abort()

        while (answer := await other.request("POST", f"{path}&sid={sid}", data="3")).status == 200:
            await asyncio.sleep(0.1)
        assert (answer.status, answer.body["code"]) == (400, 1)

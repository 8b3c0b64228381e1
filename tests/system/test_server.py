"""`python server.py`: start, probes, restart of its database, and stop."""

import asyncio
import json
import re
import shutil
import signal
import socket
import sqlite3
import stat
import time
from contextlib import closing, suppress

import aiohttp
import pytest

from tests.support import postgres_server
from tests.support.paths import ROOT
from tests.support.process import GIVES_UP_WITHIN, SECRET, ended, started
from tests.support.served import PASSWORD, PATIENCE, served

pytestmark = pytest.mark.slow

STOPS_WITHIN = 10.0
"""Seconds from the signal to the end of a process on a busy machine; tests/sockets/test_shutdown.py requires two."""
_NOT_OF_A_CHECKOUT = shutil.ignore_patterns(
    ".*", "data", "dist", "tests", "bench", "docs", "node_modules", "__pycache__"
)


@pytest.fixture
def checkout(tmp_path):
    """A checkout in which nothing has run yet."""
    return shutil.copytree(ROOT, tmp_path / "checkout", ignore=_NOT_OF_A_CHECKOUT)


@pytest.fixture
def file(tmp_path):
    """The path of an SQLite file that does not exist yet."""
    return tmp_path / "studyhall.db"


@pytest.fixture
def mortal_postgres(postgres):
    """A PostgreSQL server that the test may kill; `postgres` skips the test if there can be none."""
    server = postgres_server.start()
    yield server
    server.stop()


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


async def ask(http, method, url, body=None, token=None):
    """Return the status and the body of an answer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with http.request(method, url, json=body, headers=headers) as response:
        return response.status, await response.json() if method != "HEAD" else await response.read()


async def register(http, url, name="Ada"):
    person = {"firstName": name, "lastName": "Okafor", "email": f"{name}@example.org", "password": PASSWORD}
    status, body = await ask(http, "POST", f"{url}/api/auth/register", person)
    assert status == 201, body
    return body


async def answers(http, url, status, within=GIVES_UP_WITHIN):
    """Wait until `url` is answered with a status, and return the body."""
    async with asyncio.timeout(within):
        while True:
            answered, body = await ask(http, "GET", url)
            if answered == status:
                return body
            await asyncio.sleep(0.05)  # asked too often, it would be busy with answering


def said(lines):
    """Return log lines without the time, and not what is printed beside them."""
    return [line.split(" ", 1)[1] for line in lines if line[:1].isdigit()]


def rows(file, sql):
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


async def test_a_fresh_checkout_starts_says_three_things_and_keeps_its_data(checkout, http):
    async with started("--port", 0, home=checkout) as server:
        port = await server.port()
        await server.says("Storing data")
        status, _ = await ask(http, "GET", f"http://127.0.0.1:{port}/readyz")
        left = await server.stop()

    assert status == 200
    without_page, *others = said(left.said)
    assert without_page.startswith("WARNING studyhall: Serving without the page, which `make install` builds: ")
    assert others == [
        f"INFO studyhall: Server running in development mode on port {port}",
        f"INFO studyhall: Storing data in sqlite:///data/studyhall.db. Open http://localhost:{port} in a browser",
        others[2],
        "INFO studyhall: Stopping",
    ]
    assert others[2].startswith("INFO studyhall: open files: at most ")
    assert (left.code, left.errors) == (0, [])
    assert sorted(path.name for path in (checkout / "data").iterdir()) == ["secret", "studyhall.db"]
    for name in ("secret", "studyhall.db"):
        assert stat.S_IMODE((checkout / "data" / name).stat().st_mode) == 0o600


async def test_a_token_outlives_a_restart(file, http):
    tokens = []
    for _ in range(2):
        async with started("--port", 0, "--storage", f"sqlite:///{file}") as server:
            url = f"http://127.0.0.1:{await server.port()}"
            if not tokens:
                tokens.append((await register(http, url))["token"])
            status, body = await ask(http, "GET", f"{url}/api/auth/me", token=tokens[0])
            assert (status, body["data"]["firstName"]) == (200, "Ada")
            await server.stop()


async def test_it_tells_how_it_is_started():
    left = await ended("--help", home=ROOT)

    assert (left.code, left.errors) == (0, [])
    for option in ("--config FILE", "--port N", "--storage URL", "--demo"):
        assert any(option in line for line in left.said)


async def test_demo_fills_an_empty_store_once(file, http):
    arguments = ("--port", 0, "--storage", f"sqlite:///{file}", "--demo")
    counts = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM rooms), (SELECT count(*) FROM messages)"
    async with started(*arguments) as server:
        url = f"http://127.0.0.1:{await server.port()}"
        await server.says("chiara@studyhall.example")
        shown = dict(re.findall(r"(\S+@studyhall\.example)  (\S+)", "\n".join(server.said)))
        admins = re.findall(r"(\S+@studyhall\.example)  \S+  \(admin\)$", "\n".join(server.said), re.MULTILINE)
        talks = []
        for email, password in shown.items():
            credentials = {"email": email, "password": password}
            status, signed_in = await ask(http, "POST", f"{url}/api/auth/login", credentials)
            assert status == 200, email
            assert signed_in["user"]["role"] == ("admin" if email in admins else "student")
            _, body = await ask(http, "GET", f"{url}/api/study-rooms", token=signed_in["token"])
            rooms = {room["name"]: f"{url}/api/study-rooms/{room['id']}" for room in body["data"]["userRooms"]}
            assert len(rooms) == 3
            _, body = await ask(http, "GET", f"{rooms['Calculus together']}/messages", token=signed_in["token"])
            talks.append([message["seq"] for message in body["data"]["messages"]])
        await server.stop()
    kept = rows(file, counts)

    async with started(*arguments) as server:
        await server.says("^The store is not empty, so the demo was left out.$")
        await server.stop()

    assert (len(shown), admins) == (3, list(shown)[:1])
    assert talks == [[1, 2, 3, 4, 5]] * 3
    assert kept == rows(file, counts)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_start_that_waits_for_its_database_ends_in_order(number):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        storage = f"postgresql://ada@127.0.0.1:{silent.getsockname()[1]}/studyhall"
        async with started("--storage", storage, environ={"STUDYHALL_AUTH_SECRET": SECRET}, home=ROOT) as server:
            connection, _ = await asyncio.get_running_loop().sock_accept(silent)
            with connection:
                left = await server.stop(number, STOPS_WITHIN)

    assert (left.code, left.errors) == (0, [])
    assert said(left.said)[-1:] == ["INFO studyhall: Stopping before the start was complete"]


async def listen(http, url, token, room):
    """Come into a room over a bare WebSocket and return it."""
    ws = await http.ws_connect(f"{url}/socket.io/?EIO=4&transport=websocket")
    assert (await ws.receive_str()).startswith("0{")
    await ws.send_str(f"40/chat,{json.dumps({'token': token})}")
    assert (await ws.receive_str()).startswith('40/chat,{"sid"')
    await ws.send_str(f'42/chat,1["join-room","{room}"]')
    while not (heard := await ws.receive_str()).startswith("43/chat,1"):
        pass
    assert json.loads(heard.removeprefix("43/chat,1"))[0]["ok"]
    return ws


async def poll(http, url, token, room):
    """Come into a room over bare polling and return the address to poll."""
    url = f"{url}/socket.io/?EIO=4&transport=polling"
    async with http.get(url) as response:
        url += "&sid=" + json.loads((await response.text())[1:])["sid"]
    for packet, answer in (
        (f"40/chat,{json.dumps({'token': token})}", "40/chat,{"),
        (f'42/chat,1["join-room","{room}"]', '43/chat,1[{"ok":true'),
    ):
        async with http.post(url, data=packet) as response:
            assert response.status == 200
        heard = ""
        while answer not in heard:
            async with http.get(url) as response:
                heard = await response.text()
    return url


async def poll_on(http, url, stopping, busy):
    """Poll until there is no server, and say whether it answered when it was stopping. Note who heard of a status."""
    answered = False
    with suppress(aiohttp.ClientError):
        while True:
            async with http.get(url) as response:
                answered = stopping.is_set()
                if '"status":"busy"' in await response.text():
                    busy.add(url)
                if response.status != 200:
                    break
    return answered


async def hear_out(ws):
    """Return the code with which a WebSocket is closed."""
    async for _ in ws:
        pass
    return ws.close_code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_it_stops_in_order_with_people_connected(file, http, number):
    async with started("--port", 0, "--storage", f"sqlite:///{file}", home=ROOT) as server:
        url = f"http://127.0.0.1:{await server.port()}"
        await server.says("Storing data")
        token = (await register(http, url))["token"]
        _, body = await ask(http, "POST", f"{url}/api/study-rooms", {"name": "Calculus"}, token)
        room, opened_at = body["data"]["id"], body["data"]["lastActive"]
        await listen(http, url, token, room)  # does not read any more, so it does not answer a close either
        sockets = [asyncio.create_task(hear_out(await listen(http, url, token, room))) for _ in range(10)]
        stopping, busy = asyncio.Event(), set()
        polling = [await poll(http, url, token, room) for _ in range(10)]
        polls = [asyncio.create_task(poll_on(http, address, stopping, busy)) for address in polling]
        await ask(http, "POST", f"{url}/api/study-rooms/{room}/presence", {"status": "busy"}, token)
        _, body = await ask(http, "GET", f"{url}/api/study-rooms/{room}/presence", token=token)
        [present] = body["data"]
        assert rows(file, "SELECT last_active FROM rooms") == [(opened_at,)], "it was flushed early"

        async with asyncio.timeout(GIVES_UP_WITHIN):
            while len(busy) < 10:  # and then all poll again
                await asyncio.sleep(0.01)

        stopping.set()
        begun = time.monotonic()
        left = await server.stop(number)
        took = time.monotonic() - begun

        assert await asyncio.gather(*sockets) == [aiohttp.WSCloseCode.GOING_AWAY] * 10
        assert await asyncio.gather(*polls) == [True] * 10

    assert took < STOPS_WITHIN
    assert (left.code, left.errors) == (0, [])
    assert re.fullmatch(r"INFO studyhall.security: signed_up( \w+=[-.\w]+){3}", said(left.said)[3])
    assert said(left.said)[4:] == ["INFO studyhall: Stopping"]
    assert present["lastActive"] > opened_at
    assert rows(file, "SELECT last_active FROM rooms") == [(present["lastActive"],)]
    assert rows(file, "SELECT * FROM presence") == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_probes_are_answered_without_a_token(http, method, path):
    async with served() as running:
        status, body = await ask(http, method, running.url + path)

    assert status == 200
    assert body == (b"" if method == "HEAD" else {"success": True, "data": body["data"]})


async def test_it_survives_its_database_and_says_so_meanwhile(mortal_postgres, http):
    dsn = mortal_postgres.create_database()
    async with started("--port", 0, "--storage", dsn, environ={"STUDYHALL_AUTH_SECRET": SECRET}) as server:
        url = f"http://127.0.0.1:{await server.port()}"
        token = (await register(http, url))["token"]
        _, body = await ask(http, "POST", f"{url}/api/study-rooms", {"name": "Calculus"}, token)
        room = f"{url}/api/study-rooms/{body['data']['id']}"
        assert (await ask(http, "GET", f"{url}/readyz"))[0] == 200

        mortal_postgres.kill()
        body = await answers(http, f"{url}/readyz", 503)
        assert body["code"] == "storage_unavailable"
        assert (await ask(http, "GET", f"{url}/healthz"))[0] == 200
        message = {"content": "Is anybody there?", "clientMessageId": "k1"}
        status, body = await ask(http, "POST", f"{room}/messages", message, token)
        assert (status, body["code"]) == (503, "storage_unavailable")

        mortal_postgres.start_again()
        await answers(http, f"{url}/readyz", 200)
        status, body = await ask(http, "POST", f"{room}/messages", message, token)
        assert (status, body["data"]["seq"]) == (201, 1)
        left = await server.stop()

    assert (left.code, left.errors) == (0, [])


async def test_it_waits_for_a_database_that_is_about_to_start(mortal_postgres, http):
    dsn = mortal_postgres.create_database()
    mortal_postgres.kill()
    async with started("--port", 0, "--storage", dsn, environ={"STUDYHALL_AUTH_SECRET": SECRET}) as server:
        await asyncio.to_thread(mortal_postgres.start_again)

        url = f"http://127.0.0.1:{await server.port()}"
        assert (await ask(http, "GET", f"{url}/readyz"))[0] == 200
        left = await server.stop()

    assert (left.code, left.errors) == (0, [])


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [(["--port", 6000], {}), (["--port", 0], {"STUDYHALL_SERVER_PUBLIC_URL": "https://study.example.org:6000"})],
    ids=["port", "public_url"],
)
async def test_port_that_browsers_refuse_is_warned_of_and_served(arguments, environ):
    async with started(*arguments, "--storage", "memory://", environ=environ) as server:
        await server.port()
        await server.says(r"WARNING studyhall: browsers refuse port 6000: choose another one \(\[server\] \w+\)$")
        assert (await server.stop()).code == 0


async def test_two_servers_in_one_process_share_nothing():
    async with served() as one, served() as other:
        ada, namesake = await one.person("Ada"), await other.person("Ada")
        room = await ada.opens()
        chat = await namesake.chat()

        assert (await other.request("GET", "/api/auth/me", token=ada.token)).status == 401
        assert (await namesake.get(f"/api/study-rooms/{room}/basic-info")).status == 404
        assert (await namesake.get("/api/study-rooms")).data["discoverRooms"] == []
        assert (await chat.call("join-room", room))["error"]["code"] == "room_not_found"


@pytest.mark.parametrize("sent", [b"", b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nUpgrade: web"])
async def test_a_connection_that_sends_no_whole_request_is_closed(sent):
    async with served(environ={"STUDYHALL_SERVER_KEEPALIVE_TIMEOUT": "0.2"}) as school:
        reader, writer = await asyncio.open_connection("127.0.0.1", school.port)
        writer.write(sent)

        assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
        writer.close()


async def test_the_log_can_be_for_programs(http):
    environ = {"STUDYHALL_SERVER_LOG_FORMAT": "json"}
    async with started("--port", 0, "--storage", "memory://", environ=environ) as server:
        port = int((await server.says(r"Server running in development mode on port (\d+)\""))[1])
        await register(http, f"http://127.0.0.1:{port}")
        left = await server.stop()
    lines = [json.loads(line) for line in left.said]
    assert {line["level"] for line in lines} == {"INFO"}
    assert [line["message"] for line in lines if line["logger"] == "studyhall.security"] == ["signed_up"]
    assert lines[-1]["message"] == "Stopping"

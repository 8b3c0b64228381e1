"""Log without secrets: a canary for each kind of secret is sent in every way and is in no line."""

import asyncio
import json

import aiohttp
import socketio

from tests.support.raw_sockets import PATH
from tests.support.served import PATIENCE, served

SECRETS = {
    "password": "canary-password-5f1d",
    "new password": "canary-newpassword-77ab",
    "wrong password": "canary-wrongpassword-0c21",
    "forged token": "canary-forgedtoken-9e3a",
    "forged refresh token": "01890a5d-ac96-774b-bcce-b302099a8057.canary-forgedrefresh-1b7c",
    "session id": "canary-sessionid-aa10",
    "code": "canary-code-d00d",
    "cookie": "canary-cookie-beef",
    "reset token": "canary-resettoken-4c4c",
}


async def test_no_secret_is_ever_in_the_log(log, monkeypatch, tmp_path):
    canaries = dict(SECRETS)
    async with served(f"sqlite:///{tmp_path / 'canary.db'}") as school:

        async def ask(method, path, body=None, token=None, **headers):
            headers |= {"Cookie": f"session={SECRETS['cookie']}", "Referer": f"http://x/?t={SECRETS['code']}"}
            return await school.request(method, path, body, token=token, headers=headers)

        names = {"firstName": "Ada", "lastName": "Okafor", "email": "ada@example.org"}
        made = await ask("POST", "/api/auth/register", {**names, "password": SECRETS["password"]})
        assert made.status == 201
        token = made.body["token"]
        canaries |= {"token": token, "refresh token": made.body["refreshToken"]}
        canaries |= {"half of it": made.body["refreshToken"].partition(".")[2], "signature": token.rpartition(".")[2]}
        again = await ask("POST", "/api/auth/refresh", {"refreshToken": made.body["refreshToken"]})
        canaries |= {"second token": again.body["token"], "second refresh": again.body["refreshToken"]}
        third = await ask("POST", "/api/auth/refresh", {"refreshToken": again.body["refreshToken"]})
        canaries["third refresh"] = third.body["refreshToken"]
        await fails_in_every_way(ask, school, token, made.body["refreshToken"])
        await talks(school, canaries, again.body["token"])
        await sends_no_http(school, token)
        signed_in = await ask("POST", "/api/auth/login", {"email": names["email"], "password": SECRETS["new password"]})
        canaries["third token"] = token = signed_in.body["token"]

        async def breaks(*_):
            raise RuntimeError("out of order")

        for name in [name for name in vars(type(school.services.dashboards)) if not name.startswith("_")]:
            monkeypatch.setattr(type(school.services.dashboards), name, breaks)
        assert (await ask("GET", f"/api/dashboard?token={SECRETS['code']}", token=token)).status == 500

    said = log.getvalue()
    assert "out of order" in said
    assert "signed_up" in said
    assert {name: said.count(secret) for name, secret in canaries.items() if secret in said} == {}


async def fails_in_every_way(ask, school, token, used_up):
    secret = SECRETS
    wrong = {"email": "ada@example.org", "password": secret["wrong password"]}
    for body in (wrong, wrong | {"email": "nobody@example.org"}, wrong | {"password": secret["wrong password"] * 20}):
        await ask("POST", "/api/auth/login", body)
    for bearer in (
        secret["forged token"],
        token + secret["forged token"],
        f"eyJhbGciOiJub25lIn0.{secret['forged token']}.",
    ):
        assert (await ask("GET", "/api/auth/me", token=bearer)).status == 401
    await ask("GET", "/api/auth/me", Authorization=f"Basic {secret['forged token']}")
    for body in (used_up, secret["forged refresh token"], secret["forged refresh token"][37:]):
        assert (await ask("POST", "/api/auth/refresh", {"refreshToken": body})).status == 401
    signed_in = await ask("POST", "/api/auth/login", {"email": "ada@example.org", "password": secret["password"]})
    token = signed_in.body["token"]
    for current, new in (("wrong password", "new password"), ("password", "new password")):
        change = {"currentPassword": secret[current], "newPassword": secret[new]}
        await ask("PUT", "/api/auth/password", change, token=token)
    await ask("POST", "/api/auth/reset-password", {"token": secret["reset token"], "newPassword": secret["password"]})
    await ask("POST", "/api/auth/login", {"email": secret["code"], "password": {"no": secret["password"]}})
    for path in ("/api/invites/", "/reset/", "/api/study-rooms/", "/assets/", "/nowhere?code="):
        for method in ("GET", "POST", "DELETE", "PATCH"):
            await ask(method, path + secret["code"], token=token)
    for query in (f"sid={secret['session id']}", f"transport=polling&sid={secret['session id']}"):
        for method in ("GET", "POST", "OPTIONS", "PUT"):
            await ask(method, f"{PATH}&{query}")
    await ask("GET", f"{PATH}&transport=polling", Origin="https://evil.example")


async def talks(school, canaries, token):
    """Connect, talk and be refused, over both transports."""
    http = school.http
    for transport in ("polling", "websocket"):
        for brought in (token, SECRETS["forged token"], None, {"token": SECRETS["code"]}):
            client = socketio.AsyncClient(reconnection=False)
            try:
                await client.connect(
                    school.url,
                    auth={"token": brought},
                    namespaces=["/chat"],
                    transports=[transport],
                    wait_timeout=PATIENCE,
                )
            except socketio.exceptions.ConnectionError:
                continue
            canaries[f"{transport} session"] = client.eio.sid
            canaries[f"{transport} connection"] = client.get_sid("/chat")
            await client.call("join-room", SECRETS["code"], namespace="/chat")
            await client.call(SECRETS["code"], {"token": SECRETS["code"]}, namespace="/chat")
            await client.disconnect()
    async with http.get(f"{school.url}{PATH}&transport=polling") as opened:
        sid = json.loads((await opened.text())[1:])["sid"]
    canaries["sid"] = sid
    for body in (
        f'40/chat,{{"token":"{SECRETS["forged token"]}"}}',
        f'40/chat,{{"token": "{SECRETS["code"]}',
        "9nonsense",
    ):
        with_sid = f"{school.url}{PATH}&transport=polling&sid={sid}"
        async with http.post(with_sid, data=body + SECRETS["code"]) as answer:
            await answer.read()
    async with http.ws_connect(f"{school.url}{PATH}&transport=websocket") as socket:
        await socket.send_bytes(SECRETS["code"].encode())
        while not socket.closed:
            if (await socket.receive()).type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}:
                break


async def sends_no_http(school, token):
    for sent in (
        f"GET /?{SECRETS['code']} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\0\r\n\r\n",
        f"{SECRETS['code']}\r\n\r\n",
        f"GET /{SECRETS['code']} {SECRETS['code']}\r\n\r\n",
        f"GET / HTTP/1.1\r\n{SECRETS['code']}\r\n\r\n",
        f"GET / HTTP/1.1\r\n{SECRETS['code']}\0: x\r\n\r\n",
        f"POST / HTTP/1.1\r\nContent-Length: {SECRETS['code']}\r\n\r\n",
        f"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{SECRETS['code']}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: x\r\nCookie: {SECRETS['cookie'] * 900}\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", school.port)
        writer.write(sent.encode())
        async with asyncio.timeout(10):
            await reader.read(1000)
        writer.close()
        await writer.wait_closed()

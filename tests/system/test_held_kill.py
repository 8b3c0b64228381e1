"""A real server is killed while messages wait for the break: each is published once, in the order of the acks."""

import asyncio
import signal

import pytest

from bench.load.http import ask_all, request
from bench.population import account
from tests.support.ports import lasting_port
from tests.support.process import SECRET, START_WITHIN, started

pytestmark = pytest.mark.slow

ENVIRON = {
    "STUDYHALL_SERVER_ENVIRONMENT": "test",
    "STUDYHALL_LIMITS_ENABLED": "false",
    "STUDYHALL_AUTH_SECRET": SECRET,
}


async def test_kill_loses_no_held_message_and_publishes_none_twice(tmp_path):
    port = lasting_port()

    async def ask(method, path, who, body=None):
        [answer] = await ask_all(port, [request(method, path, who, body)])
        return answer

    async def post(words):
        answer = await ask("POST", f"{room}/messages", ben, {"content": words, "clientMessageId": words})
        return answer["data"]

    arguments = ("--port", port, "--storage", f"sqlite:///{tmp_path / 'hall.db'}")
    async with started(*arguments, environ=ENVIRON) as server:
        await server.port()
        made = await ask_all(port, [request("POST", "/api/auth/register", body=account(n)) for n in range(2)])
        ada, ben = (answer["token"] for answer in made)
        new = {"name": "Quiet reading", "quietFocus": "hold"}
        room = f"/api/study-rooms/{(await ask('POST', '/api/study-rooms', ada, new))['data']['id']}"
        await ask("POST", f"{room}/join", ben)
        before = (await ask("GET", f"{room}/messages", ada))["data"]["pagination"]["total"]
        timer = (await ask("PUT", f"{room}/timer", ada, {"action": "start", "version": 0}))["data"]
        held = [await post(f"held {number}") for number in range(3)]
        await server.stop(signal.SIGKILL)

    async with started(*arguments, environ=ENVIRON) as server:
        await server.port()
        still = (await ask("GET", f"{room}/timer", ada))["data"]
        again = await post("held 1")
        late = await post("after the kill")
        hidden = (await ask("GET", f"{room}/messages", ada))["data"]["messages"]
        await ask("PUT", f"{room}/timer", ada, {"action": "skip", "version": still["version"]})
        async with asyncio.timeout(START_WITHIN):
            while True:
                page = (await ask("GET", f"{room}/messages", ada))["data"]
                if page["pagination"]["total"] >= before + 4:
                    break
                await asyncio.sleep(0.05)
        retried = await post("held 0")
        page = (await ask("GET", f"{room}/messages", ada))["data"]

    assert still["endsAt"] == timer["endsAt"]
    assert (again["held"], late["held"]) == (True, True)
    assert all(one["releaseAt"] == timer["endsAt"] for one in held)
    assert len(hidden) == before
    published = page["messages"][before:]
    assert [one["content"] for one in published] == ["held 0", "held 1", "held 2", "after the kill"]
    assert [one["seq"] for one in published] == [before + number for number in (1, 2, 3, 4)]
    assert published[1]["id"] == held[1]["message"]["id"] == again["message"]["id"]
    assert (retried["id"], retried["seq"]) == (published[0]["id"], before + 1)

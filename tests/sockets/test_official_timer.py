"""The timer of a room with the clients of others, npm's and PyPI's, on a server that is killed and comes back."""

import signal

import pytest
import socketio

from tests.support import official
from tests.support.official import Script
from tests.support.official_people import Account, Class

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _npms_client():
    official.look_for_npms()


@pytest.fixture
async def lesson(stack, http, storage_url):
    """A server without users, on each storage in turn."""
    lesson = Class(stack, http, storage_url)
    await lesson.serve()
    return lesson


async def connected(stack, url, token):
    """Return PyPI's client, connected to `/chat`, that does not reconnect."""
    client = socketio.AsyncClient(reconnection=False)
    stack.push_async_callback(client.shutdown)
    await client.connect(
        url, auth={"token": token}, namespaces=["/chat"], transports=["websocket"], wait_timeout=official.WITHIN
    )
    return client


async def test_killed_server_and_late_client_show_the_same_end(lesson, stack, http):
    ada, ben = await Account.new(http, lesson.url, "ada"), await Account.new(http, lesson.url, "ben")
    room = await ada.opens()
    await ben.ask("POST", f"/study-rooms/{room}/join")
    hers = await Script.run(stack, "page.mjs", url=lesson.url, auth={"token": ada.token})
    hers.do("emit", ["join-room", room])
    await hers.hears("room-users")
    hers.do("emit", ["set-timer", {"roomId": room, "action": "start", "version": 0}])
    [told] = await hers.hears("timer-updated")
    ends_at = told["timer"]["endsAt"]

    lesson.server.send(signal.SIGKILL)
    assert (await lesson.server.ends()).code == -signal.SIGKILL
    await lesson.serve()

    his = await connected(stack, lesson.url, ben.token)  # he was not there when it began
    late = (await his.call("join-room", room, namespace="/chat"))["timer"]
    assert (late["state"], late["endsAt"], late["version"]) == ("running", ends_at, 1)
    assert (await ada.ask("GET", f"/study-rooms/{room}/timer"))["endsAt"] == ends_at
    await hers.hears("connected", 2)
    hers.do("emit", ["join-room", room])
    await hers.hears("room-users", 2)
    press = {"roomId": room, "action": "pause", "version": 1}
    answers = [await his.call("set-timer", press, namespace="/chat") for _ in range(2)]
    assert [answer["ok"] for answer in answers] == [True, False]
    [told] = await hers.hears("timer-updated", 2)
    assert told["timer"]["remaining"] == answers[0]["timer"]["remaining"]
    assert answers[1]["error"]["timer"]["version"] == told["timer"]["version"] == 2

"""People with the clients of others, npm's and PyPI's, on a server that is a process and goes away in between."""

import signal
import uuid

import pytest

from tests.support import official
from tests.support.official import Script
from tests.support.official_people import Account, Class

pytestmark = pytest.mark.slow

ACK_WITHIN = 6  # seconds; the server promises 5


@pytest.fixture(scope="module", autouse=True)
def _npms_client():
    official.look_for_npms()


@pytest.fixture
async def lesson(stack, http, storage_url):
    """A server with users in a room, on each storage in turn."""
    lesson = Class(stack, http, storage_url)
    await lesson.serve()
    await lesson.gather()
    return lesson


@pytest.fixture
async def empty(stack, http):
    """A server without users."""
    empty = Class(stack, http, "memory://")
    await empty.serve()
    return empty


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
async def test_people_talk_drop_and_come_back_over_a_restart_and_the_history_is_whole(lesson, end):
    ada, ben, chiara, dov = lesson.people
    await lesson.assert_present(0, 1, 2, 3)
    assert [[user["id"] for user in person.of("room-users")[0][0]] for person in lesson.people] == [
        [account.id for account in lesson.accounts[: number + 1]] for number in range(4)
    ]
    assert [[joined["id"] for [joined] in person.of("user-joined")] for person in lesson.people] == [
        [account.id for account in lesson.accounts[number + 1 :]] for number in range(4)
    ]

    await lesson.talk(4)
    await lesson.settle()

    dov.do("vanish")
    await dov.until(lambda told: told.of("disconnected"))
    await lesson.talk(2, ada, ben, chiara)
    await lesson.settle(ada, ben, chiara)
    dov.do("return")
    await lesson.settle()
    await lesson.assert_whole()
    assert (await dov.hears("joined", 2))["missed"] == 6
    assert ada.of("user-left") == [], "who comes back within the grace was never away"

    await lesson.talk(2)
    lesson.server.send(end)
    await lesson.talk(2)
    assert (await lesson.server.ends()).code == (0 if end is signal.SIGTERM else -end)
    await lesson.talk(2)
    await lesson.serve()
    await lesson.talk(2)
    await lesson.settle()

    await lesson.assert_whole()
    assert len({joined["epoch"] for person in lesson.people for joined in person.of("joined")}) == 1
    assert min(len(person.of("joined")) for person in lesson.people) > 1
    await lesson.assert_present(0, 1, 2, 3)

    chiara.do("leave")
    await lesson.assert_present(0, 1, 3)
    await ben.leave()
    await lesson.assert_present(0, 3)


async def test_the_official_client_starts_by_polling_and_upgrades(lesson):
    *_, chiara, dov = lesson.people

    await chiara.until(lambda told: told.of("upgraded"))

    assert (chiara.of("opened"), chiara.of("upgraded")) == (["polling"], ["websocket"])
    assert (dov.of("opened"), dov.of("upgraded")) == (["websocket"], [])


async def test_a_page_that_knows_no_acks_is_served_as_it_is(empty, stack, http):
    url = empty.url
    ada, ben = await Account.new(http, url, "ada"), await Account.new(http, url, "ben")
    room = await ada.opens()
    await ben.ask("POST", f"/study-rooms/{room}/join")
    hers = await Script.run(stack, "page.mjs", url=url, auth={"token": ada.token})
    his = await Script.run(stack, "page.mjs", url=url, auth={"token": ben.token})

    hers.do("emit", ["join-room", room])
    [users, _] = await hers.hears("room-users")
    assert [user["id"] for user in users] == [ada.id]
    his.do("emit", ["join-room", room])
    [users, _] = await his.hears("room-users")
    assert [user["id"] for user in users] == [ada.id, ben.id]
    [joined] = await hers.hears("user-joined")
    assert (joined["id"], joined["name"]) == (ben.id, "ben Okafor")

    his.do("emit", ["send-message", {"roomId": room, "content": "Hello, Ada"}])
    [message] = await hers.hears("message")
    assert (message["content"], message["sender"]["id"]) == ("Hello, Ada", ben.id)
    await his.until(lambda told: told.of("message") == [[message]])

    his.do("emit", ["send-message", {"roomId": room, "content": "  "}])
    [why, about] = await his.hears("error")
    assert (why, about["event"]) == ("content: must not be empty", "send-message")

    his.do("emit", ["leave-room", room])
    [left] = await hers.hears("user-left")
    assert left["userId"] == ben.id
    his.do("emit", ["send-message", {"roomId": str(uuid.uuid4()), "content": "Anybody?"}])
    [why, _] = await his.hears("error", 2)
    assert why == "There is no such room."
    assert hers.of("error") == []


@pytest.mark.parametrize("namespace", ["/chat", "/"])
@pytest.mark.parametrize(
    ("auth", "message"),
    [
        pytest.param({}, "Authentication token is required", id="no auth"),
        pytest.param({"auth": {"token": ""}}, "Authentication token is required", id="empty"),
        pytest.param({"auth": {"token": "nonsense"}}, "Authentication failed", id="no token"),
        pytest.param({"auth": {"token": None}}, "Invalid authentication token", id="of a sign-in that was ended"),
    ],
)
async def test_who_is_refused_is_told_in_the_words_of_the_first_server(empty, stack, http, namespace, auth, message):
    if message == "Invalid authentication token":
        ada = await Account.new(http, empty.url, "ada")
        await ada.ask("POST", "/auth/logout")
        auth = {"auth": {"token": ada.token}}

    page = await Script.run(stack, "page.mjs", url=empty.url, namespace=namespace, **auth)

    assert await page.hears("connect_error") == message
    assert page.of("connected") == []


async def test_a_page_is_put_out_when_its_sign_in_ends_and_does_not_come_back(empty, stack, http):
    ada = await Account.new(http, empty.url, "ada")
    page = await Script.run(stack, "page.mjs", url=empty.url, auth={"token": ada.token})
    await page.hears("connected")

    await ada.ask("POST", "/auth/logout")

    assert await page.hears("disconnected") == "io server disconnect", "after this the client does not reconnect"

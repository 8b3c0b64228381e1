"""Expired messages: catch-up and history report the gap, and no count includes them."""

import pytest

from domain import clock
from tests.support.expired_messages import grow_old, joined, recovery, say
from tests.support.factories import draft, post
from tests.support.looked_up import unreported


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"since": 0}, ([5, 6, 7], False, True, 5, 7)),
        ({"since": 3}, ([5, 6, 7], False, True, 5, 7)),
        ({"since": 4}, ([5, 6, 7], True, False, 5, 7)),
        ({"since": 6}, ([7], True, False, 5, 7)),
        ({"since": 7}, ([], True, False, 5, 7)),
        ({"since": 8}, ([5, 6, 7], False, False, 5, 7)),
        ({"since": 2, "epoch": "another"}, ([5, 6, 7], False, False, 5, 7)),
        ({}, ([], False, False, 5, 7)),
    ],
    ids=str,
)
async def test_who_comes_back_is_told_what_is_left_and_whether_some_is_gone(school, wanted, told):
    ada = await school.person()
    room = await ada.opens()
    await say(ada, room, *range(1, 8))
    await grow_old(school, room, keep=3)
    assert recovery(await joined(school, ada, room, **wanted)) == told


@pytest.mark.parametrize(("since", "expired"), [(0, True), (4, True), (5, False)])
async def test_who_comes_back_when_nothing_is_left_is_told_so(school, since, expired):
    ada = await school.person()
    room = await ada.opens()
    await say(ada, room, *range(1, 6))
    await grow_old(school, room, keep=0)
    assert recovery(await joined(school, ada, room, since=since)) == ([], not expired, expired, 6, 5)


async def test_with_more_left_than_may_be_caught_up_it_is_the_latest(school):
    ada = await school.person()
    room = await ada.opens()
    storage = school.storage
    author = await storage.user(ada.id)
    place = await storage.room(room)
    await post(storage, *(draft(place, author) for _ in range(310)))
    await grow_old(school, room, keep=301)
    latest = list(range(261, 311))
    assert recovery(await joined(school, ada, room, since=2)) == (latest, False, True, 10, 310)
    assert recovery(await joined(school, ada, room, since=9)) == (latest, False, False, 10, 310)
    assert recovery(await joined(school, ada, room, since=10)) == (list(range(11, 311)), True, False, 10, 310)


async def test_all_that_is_left_is_caught_up_where_it_may_be(school):
    ada = await school.person()
    room = await ada.opens()
    storage = school.storage
    author, place = await storage.user(ada.id), await storage.room(room)
    await post(storage, *(draft(place, author) for _ in range(310)))
    await grow_old(school, room, keep=300)
    assert recovery(await joined(school, ada, room, since=2)) == (list(range(11, 311)), False, True, 11, 310)


async def test_what_is_said_while_it_is_read_has_not_expired(school, monkeypatch):
    ada = await school.person()
    room = await ada.opens()
    await say(ada, room, 1)
    messages = school.services.messages
    read, times = school.storage.messages_after, []

    async def and_then(*arguments, **options):
        found = await read(*arguments, **options)
        if not times:
            times.append(arguments)
            await say(ada, room, 2)
        return found

    monkeypatch.setattr(school.storage, "messages_after", and_then)
    caught_up = await messages.catch_up(room, 1, None, 1)
    assert [message.seq for message in caught_up.missed] == [2]
    assert (caught_up.recovered, caught_up.expired, caught_up.last_seq) == (True, False, 2)


async def test_nobody_is_told_that_all_is_there_while_it_is_being_deleted(school):
    """The messages are deleted, and the cache has yet to forget the room."""
    ada = await school.person()
    room = await ada.opens()
    await say(ada, room, 1, 2, 3)
    messages = school.services.messages
    await school.services.ctx.lookups.room(room)
    await unreported(school.storage, "expire_messages")(room, clock.format_timestamp(4_000_000_000), 1, 10)
    caught_up = await messages.catch_up(room, 1, None, 1)
    assert (caught_up.missed, caught_up.recovered, caught_up.expired, caught_up.first_seq) == ([], False, True, 4)


async def test_history_pages_say_where_it_begins(school):
    ada = await school.person()
    room = await ada.opens()
    await say(ada, room, *range(1, 11))
    await grow_old(school, room, keep=5)

    async def shown(query):
        data = (await ada.get(f"/api/study-rooms/{room}/messages?{query}")).data
        pagination = data["pagination"]
        assert pagination["firstSeq"] == 6
        return [message["seq"] for message in data["messages"]], pagination["hasMore"]

    assert await shown("limit=3") == ([8, 9, 10], True)
    assert await shown("limit=5") == ([6, 7, 8, 9, 10], False)
    assert await shown("before=8&limit=3") == ([6, 7], False)
    assert await shown("before=8&limit=1") == ([7], True)
    assert await shown("before=6") == ([], False)
    assert await shown("before=2") == ([], False)
    assert await shown("after=0&limit=2") == ([6, 7], True)
    assert await shown("after=8") == ([9, 10], False)
    assert await shown("after=10") == ([], False)
    assert await shown("page=2&limit=3") == ([6, 7], False)
    assert await shown("page=3&limit=3") == ([], False)
    pagination = (await ada.get(f"/api/study-rooms/{room}/messages?limit=3")).data["pagination"]
    assert (pagination["total"], pagination["pages"]) == (5, 2)


async def test_history_of_which_nothing_is_left_ends_where_it_begins(school):
    ada = await school.person()
    room = await ada.opens()
    await say(ada, room, 1, 2, 3)
    await grow_old(school, room, keep=0)
    for query in ("", "?after=0", "?before=3", "?page=1"):
        answer = (await ada.get(f"/api/study-rooms/{room}/messages{query}")).data
        pagination = answer["pagination"]
        assert (answer["messages"], pagination["hasMore"], pagination["total"]) == ([], False, 0)
        assert pagination["firstSeq"] == 4


async def test_what_is_gone_counts_nowhere_as_unread_and_is_on_no_dashboard(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    await ben.joins(room)
    await say(ada, room, *range(1, 6))
    await grow_old(school, room, keep=2)
    assert (await ben.get("/api/study-rooms")).data["userRooms"][0]["unread"] == 2
    assert (await ben.get(f"/api/study-rooms/{room}")).data["unread"] == 2
    dashboard = (await ben.get("/api/dashboard")).data
    assert (dashboard["unreadTotal"], dashboard["activeRooms"][0]["unread"]) == (2, 2)
    assert [message["seq"] for message in dashboard["recentMessages"]] == [5, 4]
    chat = await ben.chat(room)
    assert (await chat.call("mark-read", {"roomId": room, "seq": 4}))["unread"] == 1


async def test_a_client_that_sends_again_what_is_gone_gets_its_ack_and_nobody_hears_it(school):
    ada = await school.person()
    room = await ada.opens()
    chat = await ada.chat(room)
    said = {"roomId": room, "content": "once", "clientMessageId": "k1"}
    first = (await chat.call("send-message", said))["message"]
    await grow_old(school, room, keep=0)
    assert (await chat.call("send-message", said)) == {"ok": True, "message": first}
    await say(ada, room, 2)
    await chat.hears("message", lambda heard: heard["seq"] == 2)
    assert [heard["seq"] for heard in chat.of("message")] == [1, 2]

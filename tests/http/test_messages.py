"""Messages over HTTP."""

import asyncio

from tests.support.served import served


async def _say(person, room, count):
    for number in range(1, count + 1):
        await person.post(f"/api/study-rooms/{room}/messages", {"content": f"message {number}"})


async def test_a_posted_message_is_numbered_and_heard_by_all_inside(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    await ben.joins(room)
    inside = await ben.chat(room)

    answer = await ada.post(
        f"/api/study-rooms/{room}/messages", {"content": " Hi\r\nthere\t! ", "clientMessageId": "k1"}
    )

    message = answer.data
    assert answer.status == 201
    assert message == {
        "id": message["id"],
        "roomId": room,
        "seq": 1,
        "content": "Hi\nthere\t!",
        "isSystem": False,
        "timestamp": message["timestamp"],
        "clientMessageId": "k1",
        "sender": {"id": ada.id, "name": ada.name, "avatar": None},
    }
    assert await inside.hears("message") == message


async def test_a_retry_is_answered_with_the_first_message_and_heard_once(school):
    ada = await school.person()
    room = await ada.opens()
    inside = await ada.chat(room)
    body = {"content": "once", "clientMessageId": "k1"}

    answers = await asyncio.gather(*(ada.post(f"/api/study-rooms/{room}/messages", body) for _ in range(10)))
    await ada.post(f"/api/study-rooms/{room}/messages", {"content": "last"})

    assert {answer.data["id"] for answer in answers} == {answers[0].data["id"]}
    await inside.hears("message", lambda said: said["content"] == "last")
    assert [said["seq"] for said in inside.of("message")] == [1, 2]


async def test_a_message_without_an_id_from_the_client_says_nothing_of_one(school):
    ada = await school.person()
    room = await ada.opens()

    message = (await ada.post(f"/api/study-rooms/{room}/messages", {"content": "hi", "clientMessageId": None})).data

    assert "clientMessageId" not in message


async def test_history_is_read_before_and_after_a_number(school):
    ada = await school.person()
    room = await ada.opens()
    await _say(ada, room, 7)

    async def seqs(query):
        data = (await ada.get(f"/api/study-rooms/{room}/messages{query}")).data
        return [message["seq"] for message in data["messages"]], data["pagination"]["hasMore"]

    assert await seqs("") == ([1, 2, 3, 4, 5, 6, 7], False)
    assert await seqs("?limit=3") == ([5, 6, 7], True)
    assert await seqs("?before=5&limit=3") == ([2, 3, 4], True)
    assert await seqs("?before=2") == ([1], False)
    assert await seqs("?after=5") == ([6, 7], False)
    assert await seqs("?after=0&limit=2") == ([1, 2], True)
    assert await seqs("?after=7") == ([], False)


async def test_history_has_the_seeds_pages_too(school):
    ada = await school.person()
    room = await ada.opens()
    await _say(ada, room, 7)

    pages = [(await ada.get(f"/api/study-rooms/{room}/messages?page={page}&limit=3")).data for page in (1, 2, 3, 4)]

    assert [[message["seq"] for message in page["messages"]] for page in pages] == [[5, 6, 7], [2, 3, 4], [1], []]
    counts = {"total": 7, "pages": 3, "totalPages": 3}
    assert pages[1]["pagination"] == {"page": 2, "limit": 3, **counts, "firstSeq": 1, "visibleFrom": 1, "hasMore": True}


async def test_history_is_for_members(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()

    for answer in (
        await ben.get(f"/api/study-rooms/{room}/messages"),
        await ben.post(f"/api/study-rooms/{room}/messages", {"content": "hi"}),
    ):
        assert (answer.status, answer.body["code"]) == (403, "not_a_member")


async def test_system_messages_come_from_the_room_and_its_keepers(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    await ben.joins(room)
    inside = await ben.chat(room)

    assert (await ben.post(f"/api/study-rooms/{room}/messages/system", {"content": "I am the law"})).status == 403
    message = (await ada.post(f"/api/study-rooms/{room}/messages/system", {"content": "Break at four"})).data

    assert (message["isSystem"], message["sender"], message["content"]) == (True, None, "Break at four")
    assert await inside.hears("message") == message


async def test_a_moderator_may_post_system_messages(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    await ben.joins(room)
    await ada.put(f"/api/study-rooms/{room}", {"ownerId": ben.id})

    assert (await ada.post(f"/api/study-rooms/{room}/messages/system", {"content": "hi"})).status == 201


async def test_messages_are_limited_for_each_user_with_a_true_retry_after():
    environ = {"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_MESSAGES": "2/2 seconds"}
    async with served(environ=environ) as school:
        ada = await school.person()
        room = await ada.opens()
        await _say(ada, room, 2)

        refused = await ada.post(f"/api/study-rooms/{room}/messages", {"content": "too much"})
        assert (refused.status, refused.body["code"]) == (429, "rate_limited")
        await asyncio.sleep(refused.body["retryAfter"])  # what it promises is what is tested

        assert (await ada.post(f"/api/study-rooms/{room}/messages", {"content": "now"})).data["seq"] == 3


async def test_a_new_name_shows_on_what_was_written_before(school):
    ada = await school.person()
    room = await ada.opens()
    await _say(ada, room, 1)
    await ada.put("/api/auth/me", {"firstName": "Augusta"})

    [message] = (await ada.get(f"/api/study-rooms/{room}/messages")).data["messages"]

    assert message["sender"]["name"] == "Augusta Okafor"

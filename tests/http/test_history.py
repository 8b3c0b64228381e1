"""A private room made public: the room says so, and users who join later read nothing from before, in any way."""

import pytest

from tests.support.served import served
from text import normalise

OPENED = (
    "made this room public. Everybody can find and join it now. People who join from now on cannot read the messages"
    " before this one."
)
SECRET = "what only members know"


async def _say(person, room, *texts):
    return [(await person.post(f"/api/study-rooms/{room}/messages", {"content": content})).data for content in texts]


async def _opened(ada, room):
    assert (await ada.put(f"/api/study-rooms/{room}", {"visibility": "public"})).status == 200


def _seqs(messages):
    return [message["seq"] for message in messages]


async def test_opening_a_room_is_said_in_the_room(school):
    ada = await school.person("Ada")
    room = await ada.opens(visibility="private")
    inside = await ada.chat(room)
    await _opened(ada, room)
    said = await inside.hears("message", lambda message: message["isSystem"])
    assert said["content"] == f"{normalise.quote_name(ada.name)} {OPENED}"
    await ada.put(f"/api/study-rooms/{room}", {"visibility": "private"})
    expected = (
        f"{normalise.quote_name(ada.name)} made this room private. From now on people need an invitation to join."
    )
    assert (await inside.hears("message", lambda message: message["seq"] == 2))["content"] == expected


@pytest.mark.parametrize("change", [{"visibility": "public"}, {"name": "Algebra"}, {"retentionDays": 0}, {}])
async def test_change_that_opens_nothing_says_nothing(school, change):
    ada = await school.person("Ada")
    room = await ada.opens(visibility="public")
    await ada.put(f"/api/study-rooms/{room}", change)
    assert (await ada.get(f"/api/study-rooms/{room}/messages")).data["messages"] == []


async def test_another_retention_is_said_in_the_room(school):
    ada = await school.person("Ada")
    room = await ada.opens()
    for days in (7, 1, 0):
        await ada.put(f"/api/study-rooms/{room}", {"retentionDays": days})
    assert [
        message["content"] for message in (await ada.get(f"/api/study-rooms/{room}/messages")).data["messages"]
    ] == [
        f"{normalise.quote_name(ada.name)} changed the room: messages are now kept {kept}."
        for kept in ("for 7 days", "for 1 day", "without an end")
    ]


async def test_user_who_joins_an_opened_room_reads_nothing_from_before(school):
    ada, eve = await school.person("Ada"), await school.person("Eve")
    room = await ada.opens(visibility="private")
    old = await _say(ada, room, SECRET, SECRET, SECRET)
    await _opened(ada, room)
    await eve.joins(room)
    everything = []

    for query in ("", "?limit=2", "?page=2&limit=2", "?before=4", "?before=2", "?after=0", "?after=3"):
        answer = (await eve.get(f"/api/study-rooms/{room}/messages{query}")).data
        everything += answer["messages"]
        assert (answer["pagination"]["firstSeq"], answer["pagination"]["visibleFrom"]) == (4, 4)
        assert answer["pagination"]["total"] == 1
        assert answer["pagination"]["hasMore"] is False
    for since in (None, 0, 1, 3, 4):
        chat = await eve.chat()
        ack = await chat.call("join-room", {"roomId": room, "since": since})
        everything += ack["missed"]
        assert (ack["firstSeq"], ack["visibleFrom"], ack["lastSeq"], ack["lastRead"]) == (4, 4, 4, 4)
        assert ack["expired"] == (since in (0, 1))
        assert ack["recovered"] == (since in (3, 4))
    everything += (dashboard := (await eve.get("/api/dashboard")).data)["recentMessages"]
    assert dashboard["unreadTotal"] == 0
    assert {message["seq"] for message in everything} == {4}
    for message in old:
        report = await eve.post(f"/api/study-rooms/{room}/messages/{message['id']}/report", {"reason": "rude"})
        assert (report.status, report.body["code"]) == (404, "message_not_found")
    [listed] = (await eve.get("/api/study-rooms")).data["userRooms"]
    assert listed["unread"] == 0
    export = (await eve.get("/api/auth/me/export")).body
    assert SECRET not in str(export)
    assert [place["visibleFrom"] for place in export["rooms"]] == [4]


async def test_members_from_before_read_everything(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens(visibility="private")
    invite = (await ada.post(f"/api/study-rooms/{room}/invites", {})).data
    await ben.post(f"/api/invites/{invite['code']}")
    await _say(ada, room, SECRET)
    await _opened(ada, room)
    answer = (await ben.get(f"/api/study-rooms/{room}/messages")).data
    assert _seqs(answer["messages"]) == [1, 2, 3]
    assert (answer["pagination"]["firstSeq"], answer["pagination"]["visibleFrom"]) == (1, 1)
    await ben.post(f"/api/study-rooms/{room}/leave")
    await ben.joins(room)
    assert _seqs((await ben.get(f"/api/study-rooms/{room}/messages")).data["messages"]) == [3]
    inside = await ben.chat()
    ack = await inside.call("join-room", {"roomId": room, "since": 1, "epoch": None})
    assert (_seqs(ack["missed"]), ack["recovered"], ack["expired"], ack["firstSeq"]) == ([3], False, True, 3)


async def test_changes_that_a_room_says_are_rationed():
    rates = {"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_MESSAGES": "2/hour"}
    async with served(environ=rates) as school:
        ada = await school.person("Ada")
        room = await ada.opens(visibility="private")
        turns = [
            (await ada.put(f"/api/study-rooms/{room}", {"visibility": visibility})).status
            for visibility in ("public", "private", "public")
        ]
        assert turns == [200, 200, 429]
        assert (await ada.put(f"/api/study-rooms/{room}", {"name": "Algebra"})).status == 200

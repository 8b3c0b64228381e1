"""Sentences of the room itself: names in them are set apart, say nothing else, and count as messages."""

# ruff: noqa: RUF001 - letters and marks of all kinds are the subject

import pytest

from tests.http.test_invites import invited
from tests.support.page_modules import run_in_node
from tests.support.served import PASSWORD, Person, served
from text import normalise

MODERATOR = {"role": "moderator"}

CASES = {
    "plain": ("Ada Okafor", "“Ada Okafor”"),
    "from right to left": ("דוד לוי", "“\u2068דוד לוי\u2069”"),
    "quotes": ('Ada” removed “Ben „x“ «y» "z"', "“Ada' removed 'Ben 'x' 'y' 'z'”"),
    "long": ("Ada " + "o" * 100, "“Ada " + "o" * 45 + "…”"),
    "long, from right to left": ("א" * 51, "“\u2068" + "א" * 49 + "…\u2069”"),
}


@pytest.mark.parametrize(("name", "shown"), CASES.values(), ids=CASES)
def test_name_in_sentence_is_quoted_isolated_and_bounded(name, shown):
    assert normalise.quote_name(name) == shown


@pytest.mark.processes
def test_page_quotes_names_as_the_server_does():
    names = [name for name, _ in CASES.values()]
    work = 'const { quoted } = await load("core/format"); return given.map(quoted);'
    assert run_in_node(work, names) == [normalise.quote_name(name) for name in names]


async def said_in(person, room):
    """Return what the room's messages say."""
    return [message["content"] for message in (await person.get(f"/api/study-rooms/{room}/messages")).data["messages"]]


async def joiners(owner, last):
    """Return the users of all `member-joined` notifications up to that of the last one."""
    await owner.hears("notification", lambda notification: notification["user"]["id"] == last.id)
    return [notification["user"]["id"] for notification in owner.of("notification")]


async def test_former_member_comes_back_without_a_word(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens(visibility="private")
    invite = await invited(ada, room)
    owner = await ada.personal()
    await ben.post(f"/api/invites/{invite['code']}")
    assert (await owner.hears("notification"))["type"] == "member-joined"
    await ada.put(f"/api/study-rooms/{room}/members/{ben.id}/mute", {"seconds": 600})

    for number in range(3):
        await ben.put("/api/auth/me", {"firstName": f"Come out number {number}"})
        assert (await ben.post(f"/api/study-rooms/{room}/leave")).status == 200
        assert (await ben.post(f"/api/invites/{invite['code']}")).status == 200

    assert await said_in(ada, room) == ["“Ben Okafor” joined by invitation"]
    cleo = await school.person("Cleo")
    await cleo.post(f"/api/invites/{invite['code']}")
    assert await joiners(owner, cleo) == [ben.id, cleo.id]


async def test_public_room_tells_its_owner_once_of_a_member_who_comes_and_goes(school):
    ada, ben, cleo = [await school.person(name) for name in ("Ada", "Ben", "Cleo")]
    room = await ada.opens()
    owner = await ada.personal()

    for _ in range(3):
        await ben.joins(room)
        await ben.post(f"/api/study-rooms/{room}/leave")
    await cleo.joins(room)

    assert await joiners(owner, cleo) == [ben.id, cleo.id]


async def test_what_the_room_says_of_a_user_counts_as_a_message_of_theirs():
    environ = {"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_MESSAGES": "2/hour"}
    async with served(environ=environ) as school:
        ada, ben = await school.person("Ada"), await school.person("Ben")
        rooms = [await ada.opens(visibility="private") for _ in range(3)]
        invites = [await invited(ada, room) for room in rooms]

        answers = [await ben.post(f"/api/invites/{invite['code']}") for invite in invites]

        assert [answer.status for answer in answers] == [200, 200, 429]
        assert (await ben.get(f"/api/study-rooms/{rooms[2]}")).status == 404, "it was refused before it was done"
        deeds = [await ada.put(f"/api/study-rooms/{room}/members/{ben.id}", MODERATOR) for room in rooms[:2]]
        deeds.append(await ada.delete(f"/api/study-rooms/{rooms[1]}/members/{ben.id}"))
        assert [deed.status for deed in deeds] == [200, 200, 429]
        assert len(await said_in(ada, rooms[1])) == 2


async def test_room_is_renamed_so_often_and_no_more():
    environ = {"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_MODERATION": "2/hour"}
    async with served(environ=environ) as school:
        ada = await school.person("Ada")
        room = await ada.opens()
        renamed = [await ada.put(f"/api/study-rooms/{room}", {"name": f"No {number}"}) for number in range(3)]
        assert [answer.status for answer in renamed] == [200, 200, 429]
        assert (await ada.put(f"/api/study-rooms/{room}", {})).status == 200, "nothing is changed"


@pytest.mark.parametrize("way", ["invitation", "joining"])
async def test_muted_member_with_a_new_account_comes_without_a_word(school, way):
    ada, cleo = await school.person("Ada"), await school.person("Cleo")
    room = await ada.opens()
    invite = await invited(ada, room)
    body = {"firstName": "Ben", "lastName": "One", "email": "ben.one@example.org", "password": PASSWORD}
    ben = Person(school, (await school.request("POST", "/api/auth/register", body)).body)
    await ben.joins(room)
    await ada.put(f"/api/study-rooms/{room}/members/{ben.id}/mute", {"seconds": 600})
    await ben.deletes_their_account()
    owner = await ada.personal()

    again = Person(school, (await school.request("POST", "/api/auth/register", body | {"firstName": "Come out"})).body)
    for person in (again, cleo):
        path = f"/api/invites/{invite['code']}" if way == "invitation" else f"/api/study-rooms/{room}/join"
        assert (await person.post(path)).status == 200

    refused = await again.post(f"/api/study-rooms/{room}/messages", {"content": "x"})
    assert (refused.status, refused.body["code"]) == (403, "muted")
    assert await joiners(owner, cleo) == [cleo.id]
    assert await said_in(ada, room) == (["“Cleo Okafor” joined by invitation"] if way == "invitation" else [])

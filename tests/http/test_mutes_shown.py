"""Mutes are shown to the owner, the moderators, admins and the muted member: over HTTP, by events, in the page."""

import pytest
from playwright.async_api import expect

from tests.support.staffed_room import staffed

MUTE = {"seconds": 600}


async def mutes_seen(person, room):
    """Return the members of whom a mute is shown to somebody over HTTP."""
    members = (await person.get(f"/api/study-rooms/{room}")).data["members"]
    return {member["id"] for member in members if member["mutedUntil"]}


async def with_an_admin(school):
    """Open a room with an owner, a moderator, two members and a member who is an admin of the server."""
    room, path, ada, mo, ben = await staffed(school)
    cleo, root = await school.person("Cleo"), await school.person("Root")
    for person in (cleo, root):
        await person.joins(room)
    await school.storage.set_access(root.id, role="admin")
    return room, path, ada, mo, ben, cleo, root


async def test_list_of_members_shows_a_mute_to_those_who_may_end_it_and_to_the_muted(school):
    room, path, ada, mo, ben, cleo, root = await with_an_admin(school)
    outside = await school.person("Outside")
    await school.storage.set_access(outside.id, role="admin")
    for person in (ben, cleo):
        await mo.put(f"{path}/members/{person.id}/mute", MUTE)
    await ada.put(f"{path}/members/{mo.id}/mute", MUTE)

    for person in (ada, mo, root, outside):
        assert await mutes_seen(person, room) == {mo.id, ben.id, cleo.id}, person.name
    assert await mutes_seen(ben, room) == {ben.id}
    assert await mutes_seen(cleo, room) == {cleo.id}
    await ada.put(f"{path}/members/{mo.id}", {"role": "member"})
    assert await mutes_seen(mo, room) == {mo.id}, "no moderator any more"


async def test_events_tell_of_a_mute_those_who_may_end_it_and_the_muted(school):
    room, path, ada, mo, ben, cleo, root = await with_an_admin(school)
    chats = {person.id: await person.chat(room) for person in (ada, mo, ben, cleo, root)}

    muted = (await mo.put(f"{path}/members/{ben.id}/mute", MUTE)).data
    await ben.delete(f"{path}/members/{ben.id}/mute")
    await mo.delete(f"{path}/members/{ben.id}/mute")
    await ada.put(f"{path}", {"name": "The last that is heard"})

    for person in (ada, mo, ben, root):
        chat = chats[person.id]
        await chat.hears("room-updated")
        said = [event["member"] for event in chat.of("member-updated")]
        assert [one["mutedUntil"] for one in said] == [muted["mutedUntil"], None], person.name
        assert said[0] == muted
    await chats[cleo.id].hears("room-updated")
    assert chats[cleo.id].of("member-updated") == [], "nothing happened that a member may see"
    assert chats[cleo.id].of("message") == []


@pytest.mark.parametrize("what", ["role", "joining"])
async def test_other_changes_of_a_muted_member_show_members_no_mute(school, what):
    room, path, ada, mo, ben, cleo, root = await with_an_admin(school)
    until = (await mo.put(f"{path}/members/{ben.id}/mute", MUTE)).data["mutedUntil"]
    chats = {person.id: await person.chat(room) for person in (ada, mo, cleo, root)}

    if what == "role":
        await ada.put(f"{path}/members/{ben.id}", {"role": "moderator"})
    else:
        await ben.post(f"{path}/leave")
        await ben.joins(room)
    await ada.put(f"{path}", {"name": "The last that is heard"})

    for chat in chats.values():
        await chat.hears("room-updated")
    assert [event["member"]["mutedUntil"] for event in chats[cleo.id].of("member-updated")] == [None]
    for person in (ada, mo, root):
        assert chats[person.id].of("member-updated")[-1]["member"]["mutedUntil"] == until, person.name


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.slow
async def test_page_of_a_member_says_of_nobody_that_they_are_muted(hall):
    ada, ben = await hall.member("Ada Okafor"), await hall.api.person("Ben", "Lindqvist")
    room = await ada.account.opens()
    await ben.joins(room)
    await ada.page.goto(f"/rooms/{room}")
    cleo = await hall.member("Cleo Rossi", room)
    await ada.account.put(f"/api/study-rooms/{room}/members/{ben.id}/mute", MUTE)

    people = ada.page.get_by_role("complementary", name="People")
    await expect(people.get_by_role("listitem").filter(has_text="Ben Lindqvist")).to_contain_text("Muted")
    await cleo.page.reload()
    await expect(cleo.page.get_by_role("complementary", name="People")).to_contain_text("Ben Lindqvist")
    await expect(cleo.page.get_by_role("complementary", name="People")).not_to_contain_text("Muted")

"""Announcements by admins to all users."""

import asyncio

import pytest

from domain import ids
from domain.admin import Announcement
from domain.errors.admin import TooManyAnnouncements
from domain.errors.base import Forbidden
from tests.support.factories import at, make_user
from tests.support.served import served


async def an_admin(school, name="Head"):
    head = await school.person(name)
    await school.storage.set_access(head.id, role="admin")
    return head


async def test_an_announcement_reaches_the_connected_and_those_who_come_later():
    async with served() as school:
        head, ada, ben = await an_admin(school), await school.person(), await school.person("Ben")
        here = await ada.personal()
        made = await head.post("/api/announcements", {"content": "The server restarts at six"})
        assert made.status == 201
        assert await here.hears("announcement") == made.data
        later = await ben.personal()
        assert await later.hears("announcement") == made.data
        assert (await ben.get("/api/announcements")).data == [made.data]
        assert (await head.delete(f"/api/announcements/{made.data['id']}")).status == 200
        for chat in (here, later):
            assert await chat.hears("announcement-ended") == {"id": made.data["id"]}
        after = await ada.personal()
        await after.settles()
        assert after.of("announcement") == []
        assert (await head.delete(f"/api/announcements/{made.data['id']}")).body["code"] == "announcement_not_found"


async def test_an_announcement_outlives_a_restart_until_it_ends(tmp_path):
    storage = f"sqlite:///{tmp_path / 'studyhall.db'}"
    async with served(storage) as school:
        head = await an_admin(school)
        made = (await head.post("/api/announcements", {"content": "First\nsecond", "endsIn": 3600})).data
        token = head.token
    async with served(storage) as school:
        assert (await school.request("GET", "/api/announcements", token=token)).data == [made]


async def test_announcements_are_limited_in_number_and_rate():
    async with served() as school:
        head = await an_admin(school)
        for number in range(5):
            assert (await head.post("/api/announcements", {"content": f"{number}"})).status == 201
        assert (await head.post("/api/announcements", {"content": "more"})).body["code"] == "too_many_announcements"
    async with served(
        environ={"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_ANNOUNCEMENTS": "1/hour"}
    ) as school:
        head = await an_admin(school)
        statuses = [(await head.post("/api/announcements", {"content": "x"})).status for _ in range(2)]
        assert statuses == [201, 429]


# Storages


def a_notice(number=0, ends_at=100):
    return Announcement(ids.new_id(), f"notice {number}", at(number), at(ends_at))


async def test_public_notices_come_back_newest_first_until_they_end(storage):
    head = await make_user(storage, "Head", role="admin")
    first, second = a_notice(0, ends_at=5), a_notice(1)
    for notice in (first, second, first):
        await storage.add_announcement(notice, head.id, 2)
    assert await storage.announcements(at(4)) == [second, first]
    assert await storage.announcements(at(5)) == [second]
    assert await storage.delete_announcement(second.id, head.id)
    assert not await storage.delete_announcement(second.id, head.id)
    assert await storage.announcements(at(5)) == []


async def test_only_an_admin_announces_and_ends_up_to_a_limit(storage):
    head, student = await make_user(storage, "Head", role="admin"), await make_user(storage, "Student")
    running = a_notice(0, ends_at=5)
    with pytest.raises(Forbidden):
        await storage.add_announcement(running, student.id, 5)
    await storage.add_announcement(running, head.id, 1)
    with pytest.raises(Forbidden):
        await storage.delete_announcement(running.id, student.id)
    with pytest.raises(TooManyAnnouncements):
        await storage.add_announcement(a_notice(4), head.id, 1)
    await storage.add_announcement(a_notice(5), head.id, 1)  # the first one has ended


async def test_of_many_announcements_at_once_only_so_many_are_stored(storage):
    head = await make_user(storage, "Head", role="admin")
    adding = [storage.add_announcement(a_notice(number), head.id, 3) for number in range(8)]
    results = await asyncio.gather(*adding, return_exceptions=True)
    assert sum(isinstance(result, TooManyAnnouncements) for result in results) == 5
    assert len(await storage.announcements(at(9))) == 3

"""The conformance suite: timers. Each sentence of storage/base/study/timers.py, on every backend."""

import asyncio

import msgspec
import pytest

from domain import ids
from domain.errors.accounts import NotSignedIn
from domain.errors.base import Forbidden
from domain.errors.moderation import Muted
from domain.errors.rooms import NotAMember, RoomNotFound
from domain.study.timer import Timer, TimerPlan
from tests.support.factories import at, make_admin, make_room, make_user, new_act

NOW = at(100)


@pytest.fixture
async def cy(storage):
    return await make_user(storage, "Cy")


def running(room=None, version=1, **fields):
    values = {"state": "running", "phase": "focus", "round": 1, "started_at": NOW, "duration": 1500, **fields}
    return Timer(room_id=room.id if room else None, version=version, **values)


async def change(storage, room, timer, expected=0, actor=None):
    return await storage.set_room_timer(room.id, timer, expected, NOW, actor.id if actor else None)


async def test_timer_of_a_room_is_read_as_stored(storage, room, ada):
    assert await storage.room_timer(room.id) is None
    first = running(room, changed_by=ada.id, changed_at=NOW, plan=TimerPlan(60, 30, 31, 2), auto_continue=False)
    assert await change(storage, room, first) is True
    assert await storage.room_timer(room.id) == first
    paused = Timer(
        room_id=room.id,
        version=2,
        state="paused",
        phase="longBreak",
        round=2,
        duration=60,
        remaining=59_999,
        next_plan=TimerPlan(120),
        empty_since=at(3),
        scheduled_session_id=ids.new_id(),
    )
    assert await change(storage, room, paused, 1) is True
    assert await storage.room_timer(room.id) == paused
    assert await storage.room_timer(ids.new_id()) is None


async def test_storing_a_timer_again_changes_nothing(storage, room):
    timer = running(room)
    assert [await change(storage, room, timer) for _ in range(2)] == [True, True]
    assert await storage.room_timer(room.id) == timer


async def test_timer_of_another_version_stays(storage, room):
    kept = running(room)
    assert await change(storage, room, running(room, 3), expected=2) is False
    assert await storage.room_timer(room.id) is None
    await change(storage, room, kept)
    assert await change(storage, room, running(room, duration=60)) is False
    assert await change(storage, room, running(room, 5), expected=4) is False
    assert await storage.room_timer(room.id) == kept


async def test_of_concurrent_changes_of_a_version_one_is_stored(storage, room):
    for expected in (0, 1):
        wanted = [running(room, expected + 1, duration=60 + number) for number in range(10)]
        won = await asyncio.gather(*(change(storage, room, timer, expected) for timer in wanted))
        assert won.count(True) == 1
        assert await storage.room_timer(room.id) == wanted[won.index(True)]


async def test_change_is_authorised_in_the_transaction(storage, ada, bob, cy):
    room, admin = await make_room(storage, ada, bob), await make_admin(storage, "Grace")
    for stranger in (cy, admin):
        with pytest.raises(NotAMember):
            await change(storage, room, running(room), actor=stranger)
    assert await change(storage, room, running(room), actor=bob) is True
    await storage.change_room(room.id, {"timer_control": "moderators"})
    with pytest.raises(Forbidden):
        await change(storage, room, running(room, 2), 1, bob)
    assert await change(storage, room, running(room, 2), 1, ada) is True
    await storage.set_role(room.id, bob.id, "moderator", new_act(room, ada, "role-changed", bob))
    assert await change(storage, room, running(room, 3), 2, bob) is True
    await storage.mute_member(room.id, bob.id, at(101), new_act(room, ada, "member-muted", bob))
    with pytest.raises(Muted) as muted:
        await change(storage, room, running(room, 4), 3, bob)
    assert muted.value.until == at(101)
    await storage.set_access(bob.id, disabled=True)
    with pytest.raises(NotSignedIn):
        await change(storage, room, running(room, 4), 3, bob)
    assert (await storage.room_timer(room.id)).version == 3


async def test_mute_that_is_over_and_mute_of_an_admin_do_not_count(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await storage.mute_member(room.id, bob.id, NOW, new_act(room, ada, "member-muted", bob))
    assert await change(storage, room, running(room), actor=bob) is True
    await storage.mute_member(room.id, bob.id, at(999), new_act(room, ada, "member-muted", bob))
    await storage.set_access(bob.id, role="admin")
    assert await change(storage, room, running(room, 2), 1, bob) is True


async def test_timer_ends_with_its_room(storage, room, ada):
    await change(storage, room, running(room, changed_by=ada.id))
    await storage.delete_room(room.id)
    assert await storage.room_timer(room.id) is None
    assert await storage.active_timers(limit=10) == await storage.timers_changed_by(ada.id, limit=10) == []
    with pytest.raises(RoomNotFound):
        await change(storage, room, running(room))
    with pytest.raises(RoomNotFound):
        await change(storage, room, running(room), actor=ada)


async def test_timer_of_a_user_is_read_as_stored_and_ends_with_the_account(storage, bob, cy):
    assert await storage.user_timer(bob.id) is None
    first, second = [running(version=number, changed_by=bob.id, changed_at=NOW) for number in (1, 2)]
    assert await storage.set_user_timer(bob.id, second, 1) is False
    assert [await storage.set_user_timer(bob.id, first, 0) for _ in range(2)] == [True, True]
    assert await storage.set_user_timer(bob.id, second, 1) is True
    assert await storage.user_timer(bob.id) == second
    assert await storage.user_timer(cy.id) is None
    await storage.delete_user(bob.id)
    assert await storage.user_timer(bob.id) is None
    with pytest.raises(NotSignedIn):
        await storage.set_user_timer(bob.id, first, 0)
    await storage.set_access(cy.id, disabled=True)
    with pytest.raises(NotSignedIn):
        await storage.set_user_timer(cy.id, first, 0)


async def test_active_timers_and_those_of_a_user_are_read_in_pages(storage, ada, bob):
    rooms = sorted([await make_room(storage, ada) for _ in range(4)], key=lambda room: room.id)
    timers = [running(room, changed_by=ada.id) for room in rooms[:3]]
    idle = Timer(room_id=rooms[3].id, version=1, changed_by=bob.id)
    for room, timer in zip(rooms, [*timers, idle], strict=True):
        await change(storage, room, timer)
    assert await storage.active_timers(limit=2) == timers[:2]
    assert await storage.active_timers(after=rooms[1].id, limit=2) == timers[2:]
    assert await storage.timers_changed_by(ada.id, limit=2) == timers[:2]
    assert await storage.timers_changed_by(ada.id, after=rooms[1].id, limit=2) == timers[2:]
    assert await storage.timers_changed_by(bob.id, limit=2) == [idle]


async def test_latest_time_is_that_of_timers_that_are_not_idle(storage, room, ada, bob):
    assert await storage.latest_timer_time(None) is None
    idle = await make_room(storage, ada)
    await change(storage, idle, Timer(room_id=idle.id, version=1, started_at=at(900), changed_at=at(900)))
    assert await storage.latest_timer_time(None) is None
    await change(storage, room, running(room, changed_at=at(800), empty_since=at(110)))
    assert await storage.latest_timer_time(None) == at(110)
    assert await storage.latest_timer_time(at(110)) == at(110)
    assert await storage.latest_timer_time(at(109)) == NOW
    assert await storage.latest_timer_time(at(99)) is None
    await storage.set_user_timer(bob.id, running(started_at=at(120)), 0)
    await storage.set_user_timer(ada.id, running(state="paused", started_at=None, empty_since=at(130)), 0)
    assert await storage.latest_timer_time(None) == at(130)
    assert await storage.latest_timer_time(at(129)) == at(120)


async def test_empty_since_is_set_and_cleared_of_timers_that_are_not_idle(storage, ada):
    first, second, third = [await make_room(storage, ada) for _ in range(3)]
    for room in (first, second):
        await change(storage, room, running(room))
    await change(storage, third, Timer(room_id=third.id, version=1))
    await storage.set_timers_empty({first.id: at(5), third.id: at(5), ids.new_id(): at(5)})
    assert (await storage.room_timer(first.id)) == running(first, empty_since=at(5))
    assert (await storage.room_timer(third.id)).empty_since is None
    await storage.mark_timers_empty(at(9))
    emptied = [(await storage.room_timer(room.id)).empty_since for room in (first, second, third)]
    assert emptied == [at(5), at(9), None]
    await storage.set_timers_empty({first.id: None, second.id: at(11)})
    emptied = [(await storage.room_timer(room.id)).empty_since for room in (first, second)]
    assert emptied == [None, at(11)]
    await storage.set_timers_empty({})


async def test_deleted_user_leaves_the_timer_of_the_room(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    timer = running(room, changed_by=bob.id)
    await change(storage, room, timer, actor=bob)
    await storage.delete_user(bob.id)
    assert await storage.room_timer(room.id) == timer


async def test_timer_control_of_a_room_is_read_as_stored(storage, ada):
    room = await make_room(storage, ada, timer_control="moderators")
    assert (await storage.room(room.id)).timer_control == "moderators"
    changed = await storage.change_room(room.id, {"timer_control": "members"})
    assert changed == msgspec.structs.replace(room, timer_control="members")
    assert await storage.room(room.id) == changed

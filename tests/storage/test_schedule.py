"""Conformance: schedules of rooms. Each sentence of storage/base/study/schedule.py, on every backend."""

import asyncio
from datetime import date

import msgspec
import pytest

from domain import ids
from domain.errors.accounts import NotSignedIn
from domain.errors.base import Forbidden
from domain.errors.moderation import Muted
from domain.errors.rooms import NotAMember, RoomNotFound
from domain.errors.study import ScheduledSessionNotFound, TooManyScheduledSessions
from domain.study.timer import TimerPlan
from tests.support.factories import (
    actions,
    at,
    make_admin,
    make_moderator,
    make_room,
    make_scheduled_session,
    make_user,
    make_users,
    new_act,
    new_room,
    new_scheduled_session,
)

WEEKLY = {
    "days": ("mon", "thu"),
    "until": date(2027, 3, 1),
    "excluded": (date(2027, 1, 18), date(2027, 2, 1)),
    "plan": TimerPlan(rounds=2),
}


async def stored(storage, session):
    found = await storage.scheduled_session(session.room_id, session.id)
    return found and found.session


async def going(storage, session):
    return (await storage.scheduled_session(session.room_id, session.id)).going


def following(session, **fields):
    return msgspec.structs.replace(session, version=session.version + 1, **fields)


async def mute(storage, room, owner, user):
    await storage.mute_member(room.id, user.id, at(500), new_act(room, owner, "member-muted", user))


@pytest.fixture
async def place(storage, ada, bob):
    """A room of Ada with Bob in it."""
    return await make_room(storage, ada, bob)


@pytest.mark.parametrize("fields", [{}, WEEKLY, {"title": "", "client_id": "phone-1", "due_at": None, "version": 7}])
async def test_stored_session_equals_new_one_and_its_creator_is_going(storage, place, bob, fields):
    session = new_scheduled_session(place, bob, **fields)
    assert await storage.add_scheduled_session(session, 10) == session
    planned = await storage.scheduled_session(place.id, session.id)
    assert (planned.session, planned.going) == (session, (bob.id,))


async def test_session_stored_twice_is_stored_once(storage, place, bob):
    session = await make_scheduled_session(storage, place, bob)
    assert await storage.add_scheduled_session(session, 1) == session
    assert len(await storage.scheduled_sessions(place.id, 10)) == 1


async def test_client_id_of_creator_in_room_returns_what_is_stored(storage, place, ada, bob):
    first = await make_scheduled_session(storage, place, bob, client_id="phone-1", title="First")
    again = new_scheduled_session(place, bob, client_id="phone-1", title="Again")
    assert await storage.add_scheduled_session(again, 1) == first
    of_ada = await make_scheduled_session(storage, place, ada, client_id="phone-1")
    elsewhere = await make_scheduled_session(storage, await make_room(storage, bob), bob, client_id="phone-1")
    without = [await make_scheduled_session(storage, place, bob) for _ in range(2)]
    assert len({first.id, of_ada.id, elsewhere.id, *(one.id for one in without)}) == 5


async def test_only_members_that_may_write_plan(storage, place, ada, bob):
    eve, admin = await make_user(storage, "Eve"), await make_admin(storage)
    await mute(storage, place, ada, bob)
    for user, error in ((eve, NotAMember), (admin, NotAMember), (bob, Muted)):
        with pytest.raises(error):
            await make_scheduled_session(storage, place, user)
    await make_scheduled_session(storage, place, bob, created_at=at(500))
    await storage.set_access(ada.id, disabled=True)
    with pytest.raises(NotSignedIn):
        await make_scheduled_session(storage, place, ada)
    with pytest.raises(RoomNotFound):
        await make_scheduled_session(storage, new_room(ada), ada)
    assert len(await storage.scheduled_sessions(place.id, 10)) == 1


async def test_room_has_only_so_many_sessions_that_are_not_over(storage, place, bob):
    for due_at in (at(5), at(6), None):
        await make_scheduled_session(storage, place, bob, due_at=due_at)
    with pytest.raises(TooManyScheduledSessions):
        await storage.add_scheduled_session(new_scheduled_session(place, bob), 2)
    await storage.add_scheduled_session(new_scheduled_session(place, bob), 3)


async def test_concurrent_sessions_do_not_exceed_the_limit(storage, ada):
    people = await make_users(storage, 6)
    room = await make_room(storage, ada, *people)
    sessions = [new_scheduled_session(room, person) for person in people]
    results = await asyncio.gather(
        *(storage.add_scheduled_session(session, 3) for session in sessions), return_exceptions=True
    )
    assert sum(isinstance(result, TooManyScheduledSessions) for result in results) == 3
    assert len(await storage.scheduled_sessions(room.id, 10)) == 3


async def test_sessions_are_listed_by_their_next_time_without_those_that_are_over(storage, place, ada, bob):
    third, first, second = [await make_scheduled_session(storage, place, bob, due_at=at(when)) for when in (30, 10, 20)]
    await make_scheduled_session(storage, place, bob, due_at=None)
    await make_scheduled_session(storage, await make_room(storage, ada), ada)
    await storage.set_going(place.id, second.id, ada.id, at(3), going=True)
    listed = await storage.scheduled_sessions(place.id, 10)
    assert [(one.session, one.going) for one in listed] == [
        (first, (bob.id,)),
        (second, (bob.id, ada.id)),
        (third, (bob.id,)),
    ]
    assert [one.session for one in await storage.scheduled_sessions(place.id, 2)] == [first, second]
    assert await storage.scheduled_sessions(ids.new_id(), 10) == []


async def test_upcoming_sessions_are_those_of_my_rooms_with_mine_first(storage, place, ada, bob):
    room = await make_room(storage, ada, bob)
    late, soon = [await make_scheduled_session(storage, place, ada, due_at=at(when)) for when in (40, 10)]
    mine, later = [await make_scheduled_session(storage, room, bob, due_at=at(when)) for when in (20, 30)]
    await make_scheduled_session(storage, room, bob, due_at=None)
    await make_scheduled_session(storage, await make_room(storage, ada), ada)
    await storage.set_going(room.id, later.id, ada.id, at(3), going=True)
    assert await storage.upcoming_sessions(bob.id, at(40), 9) == [
        (mine, True),
        (later, True),
        (soon, False),
        (late, False),
    ]
    assert await storage.upcoming_sessions(bob.id, at(40), 3) == [(mine, True), (later, True), (soon, False)]
    assert await storage.upcoming_sessions(bob.id, at(20), 2) == [(mine, True), (soon, False)]
    await storage.remove_member(room.id, bob.id)
    assert await storage.upcoming_sessions(bob.id, at(40), 9) == [(soon, False), (late, False)]


async def test_begun_sessions_are_those_not_over_then_the_last_ends(storage, place, ada, bob):
    old, late, early = [
        await make_scheduled_session(storage, place, bob, due_at=None, ends_at=at(end)) for end in (99, 300, 200)
    ]
    open_, far = [await make_scheduled_session(storage, place, ada, ends_at=at(end)) for end in (150, 400)]
    await make_scheduled_session(storage, await make_room(storage, ada), ada, due_at=None, ends_at=at(300))
    assert await storage.begun_sessions(place.id, at(100), 9) == [far, open_, late, early]
    assert await storage.begun_sessions(place.id, at(99), 9) == [far, open_, late, early, old]
    assert await storage.begun_sessions(place.id, at(100), 3) == [far, open_, late]


async def test_session_is_found_in_its_room_only(storage, place, ada, bob):
    session = await make_scheduled_session(storage, place, bob)
    other = await make_room(storage, ada)
    assert await storage.scheduled_session(other.id, session.id) is None
    assert await storage.scheduled_session(place.id, ids.new_id()) is None
    assert not await storage.delete_scheduled_session(other.id, session.id, ada.id, at(5))


async def test_creator_changes_all_but_id_room_creator_and_key(storage, place, bob):
    session = await make_scheduled_session(storage, place, bob, client_id="phone-1")
    times = {"minutes": 30, "local_start": "2027-01-16T11:00", "time_zone": "UTC", "due_at": None, "ends_at": at(7)}
    changed = following(session, title="Algebra", **times, **WEEKLY)
    assert await storage.change_scheduled_session(changed, bob.id, at(5), 10)
    assert await stored(storage, session) == changed
    assert await storage.change_scheduled_session(changed, bob.id, at(5), 10), "a retry"
    assert await actions(storage, place) == []


async def test_change_of_another_version_changes_nothing(storage, place, bob):
    session = await make_scheduled_session(storage, place, bob)
    mine, other = following(session, title="Mine"), following(session, title="Other")
    assert await storage.change_scheduled_session(mine, bob.id, at(5), 10)
    rest = new_scheduled_session(place, bob)
    assert not await storage.change_scheduled_session(other, bob.id, at(5), 10, rest=rest)
    assert await stored(storage, session) == mine
    assert await stored(storage, rest) is None


async def test_rest_is_stored_with_the_same_members(storage, place, ada, bob):
    session = await make_scheduled_session(storage, place, bob, **WEEKLY)
    await storage.set_going(place.id, session.id, ada.id, at(3), going=True)
    rest = new_scheduled_session(place, bob, title="Rest")
    changed = following(session, until=date(2027, 2, 1))
    assert await storage.change_scheduled_session(changed, bob.id, at(5), 2, rest=rest)
    assert (await stored(storage, session), await stored(storage, rest)) == (changed, rest)
    assert await going(storage, rest) == (bob.id, ada.id)
    again, more = following(changed), new_scheduled_session(place, bob)
    with pytest.raises(TooManyScheduledSessions):
        await storage.change_scheduled_session(again, bob.id, at(5), 2, rest=more)
    assert await stored(storage, session) == changed


async def test_another_member_needs_an_audited_action(storage, place, ada, bob):
    session = await make_scheduled_session(storage, place, bob)
    changed = following(session, title="")
    with pytest.raises(Forbidden):
        await storage.change_scheduled_session(changed, ada.id, at(5), 10)
    act = new_act(place, ada, "scheduled-session-changed")
    assert await storage.change_scheduled_session(changed, ada.id, at(5), 10, audit=act)
    assert await storage.change_scheduled_session(changed, ada.id, at(5), 10, audit=act), "a retry"
    assert (await stored(storage, session)).title == ""
    with pytest.raises(Forbidden):
        await storage.delete_scheduled_session(place.id, session.id, ada.id, at(5))
    act = new_act(place, ada, "scheduled-session-deleted")
    assert await storage.delete_scheduled_session(place.id, session.id, ada.id, at(5), act)
    assert await storage.delete_scheduled_session(place.id, session.id, ada.id, at(5), act), "a retry"
    assert await stored(storage, session) is None
    assert await actions(storage, place) == ["scheduled-session-changed", "scheduled-session-deleted"]


async def test_audited_action_needs_the_role(storage, place, ada, bob):
    eve, admin = await make_user(storage, "Eve"), await make_admin(storage)
    await storage.add_member(place.id, eve.id, at(1))
    session = await make_scheduled_session(storage, place, ada)
    for user in (bob, eve):
        changed, act = following(session), new_act(place, user, "scheduled-session-changed")
        with pytest.raises(Forbidden):
            await storage.change_scheduled_session(changed, user.id, at(5), 10, audit=act)
        act = new_act(place, user, "scheduled-session-deleted")
        with pytest.raises(Forbidden):
            await storage.delete_scheduled_session(place.id, session.id, user.id, at(5), act)
    await make_moderator(storage, place, bob)
    for user in (bob, admin):
        session = following(session, title=user.name)
        act = new_act(place, user, "scheduled-session-changed")
        assert await storage.change_scheduled_session(session, user.id, at(5), 10, audit=act)
    assert await stored(storage, session) == session


async def test_creator_who_left_or_is_muted_changes_nothing(storage, place, ada, bob):
    session = await make_scheduled_session(storage, place, bob)

    async def refused(error):
        with pytest.raises(error):
            await storage.change_scheduled_session(following(session), bob.id, at(50), 10)
        with pytest.raises(error):
            await storage.delete_scheduled_session(place.id, session.id, bob.id, at(50))

    await mute(storage, place, ada, bob)
    await refused(Muted)
    await storage.remove_member(place.id, bob.id)
    await refused(NotAMember)
    await storage.set_access(bob.id, disabled=True)
    await refused(NotSignedIn)
    assert await stored(storage, session) == session


async def test_change_of_missing_session_is_refused(storage, place, bob):
    session = new_scheduled_session(place, bob, version=2)
    with pytest.raises(ScheduledSessionNotFound):
        await storage.change_scheduled_session(session, bob.id, at(5), 10)
    assert not await storage.delete_scheduled_session(place.id, session.id, bob.id, at(5))


async def test_creator_deletes_session(storage, place, ada, bob):
    session = await make_scheduled_session(storage, place, bob)
    await storage.set_going(place.id, session.id, ada.id, at(3), going=True)
    assert await storage.delete_scheduled_session(place.id, session.id, bob.id, at(5))
    assert await storage.scheduled_sessions(place.id, 10) == []
    assert await storage.sessions_going_to(ada.id, limit=10) == []


async def test_going_is_stored_once_and_ends(storage, place, ada, bob):
    session = await make_scheduled_session(storage, place, bob)
    changes = [
        await storage.set_going(place.id, session.id, ada.id, at(when), going=wanted)
        for when, wanted in ((3, True), (4, True), (5, False), (6, False))
    ]
    assert changes == [True, False, True, False]
    assert await going(storage, session) == (bob.id,)
    assert await storage.set_going(place.id, session.id, bob.id, at(7), going=False)
    assert await going(storage, session) == ()


async def test_only_members_are_going_and_the_muted_only_away(storage, place, ada, bob):
    eve = await make_user(storage, "Eve")
    session = await make_scheduled_session(storage, place, bob)
    await mute(storage, place, ada, bob)
    for wanted in (True, False):
        with pytest.raises(NotAMember):
            await storage.set_going(place.id, session.id, eve.id, at(5), going=wanted)
    assert await storage.set_going(place.id, session.id, bob.id, at(5), going=False)
    with pytest.raises(Muted):
        await storage.set_going(place.id, session.id, bob.id, at(5), going=True)
    over = await make_scheduled_session(storage, place, ada, due_at=None)
    for session_id in (ids.new_id(), over.id):
        with pytest.raises(ScheduledSessionNotFound):
            await storage.set_going(place.id, session_id, ada.id, at(5), going=True)


async def test_end_of_membership_ends_going_in_that_room(storage, place, ada, bob):
    here = await make_scheduled_session(storage, place, ada)
    room = await make_room(storage, ada, bob)
    there = await make_scheduled_session(storage, room, bob)

    async def goes():
        await storage.add_member(place.id, bob.id, at(5))
        await storage.set_going(place.id, here.id, bob.id, at(6), going=True)

    for end in (
        lambda: storage.remove_member(place.id, bob.id),
        lambda: storage.remove_member(place.id, bob.id, new_act(place, ada, "member-removed", bob)),
        lambda: storage.add_ban(place.id, bob.id, "", new_act(place, ada, "member-banned", bob)),
    ):
        await goes()
        assert await going(storage, here) == (ada.id, bob.id)
        await end()
        assert await going(storage, here) == (ada.id,)
    assert await going(storage, there) == (bob.id,)


async def test_admin_who_loses_role_and_membership_is_not_going(storage, ada):
    admin = await make_admin(storage)
    room = await make_room(storage, ada, visibility="private")
    await storage.add_member(room.id, admin.id, at(1), only_public=True)
    session = await make_scheduled_session(storage, room, ada)
    await make_admin(storage, "Mary")
    await storage.set_going(room.id, session.id, admin.id, at(6), going=True)
    await storage.set_access(admin.id, role="student")
    assert await storage.member(room.id, admin.id) is None
    assert await going(storage, session) == (ada.id,)


async def test_sessions_of_deleted_account_stay_without_it_going(storage, place, ada, bob):
    session = await make_scheduled_session(storage, place, bob)
    await storage.set_going(place.id, session.id, ada.id, at(3), going=True)
    await storage.delete_user(bob.id)
    assert await stored(storage, session) == session
    assert await going(storage, session) == (ada.id,)


async def test_deleted_room_has_no_sessions(storage, place, ada, bob):
    session = await make_scheduled_session(storage, place, bob)
    await storage.delete_room(place.id)
    assert await storage.scheduled_sessions(place.id, 10) == []
    assert await storage.scheduled_session(place.id, session.id) is None
    assert await storage.sessions_scheduled_by(bob.id, limit=10) == []
    assert await storage.sessions_going_to(bob.id, limit=10) == []
    with pytest.raises(RoomNotFound):
        await storage.add_scheduled_session(new_scheduled_session(place, ada), 10)


async def test_purge_deletes_what_is_over_and_ended_before(storage, place, bob):
    ended = [await make_scheduled_session(storage, place, bob, due_at=None, ends_at=at(when)) for when in (1, 2, 3)]
    due = await make_scheduled_session(storage, place, bob, ends_at=at(1))
    assert [await storage.purge_scheduled_sessions(at(3), 1) for _ in range(3)] == [1, 1, 0]
    left = [await stored(storage, session) for session in (*ended, due)]
    assert left == [None, None, ended[2], due]


async def test_sessions_of_user_are_read_by_page(storage, place, ada, bob):
    mine = [await make_scheduled_session(storage, place, bob) for _ in range(3)]
    theirs = await make_scheduled_session(storage, place, ada, **WEEKLY)
    assert await storage.sessions_scheduled_by(bob.id, limit=2) == mine[:2]
    assert await storage.sessions_scheduled_by(bob.id, after=mine[1].id, limit=2) == mine[2:]
    await storage.set_going(place.id, theirs.id, bob.id, at(3), going=True)
    await storage.set_going(place.id, mine[0].id, bob.id, at(3), going=False)
    assert await storage.sessions_going_to(bob.id, limit=2) == mine[1:]
    assert await storage.sessions_going_to(bob.id, after=mine[2].id, limit=2) == [theirs]


async def test_due_sessions_are_those_whose_time_has_come(storage, place, bob):
    third, first, second = [await make_scheduled_session(storage, place, bob, due_at=at(when)) for when in (30, 10, 20)]
    await make_scheduled_session(storage, place, bob, due_at=None)
    assert await storage.due_scheduled_sessions(at(20), 10) == [first, second]
    assert await storage.due_scheduled_sessions(at(99), 1) == [first]
    assert await storage.due_scheduled_sessions(at(9), 10) == []
    assert await storage.advance_scheduled_session(third.id, at(30), at(40))
    assert await storage.due_scheduled_sessions(at(35), 10) == [first, second]


async def test_only_one_process_advances_a_session(storage, place, bob):
    session = await make_scheduled_session(storage, place, bob, due_at=at(10))
    results = await asyncio.gather(*(storage.advance_scheduled_session(session.id, at(10), at(20)) for _ in range(4)))
    assert sorted(results) == [False, False, False, True]
    assert (await stored(storage, session)) == msgspec.structs.replace(session, due_at=at(20))
    assert await storage.advance_scheduled_session(session.id, at(20), None)
    assert not await storage.advance_scheduled_session(session.id, at(20), at(30))
    assert not await storage.advance_scheduled_session(ids.new_id(), at(20), at(30))

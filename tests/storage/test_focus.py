"""The conformance suite: focus sessions. Each sentence of storage/base/study/focus.py, on every backend."""

import asyncio

import msgspec
import pytest

from domain import ids
from domain.errors.accounts import UserNotFound
from domain.errors.base import InvalidInput
from domain.errors.study import FocusOverlap, FocusSessionNotFound, FocusSessionRuns, ResumeTooLate
from domain.study.focus import Checkpoint, FocusRow, FocusSession, StoredFocusSession
from storage.rules.focus import counted_seconds
from tests.support.factories import at, make_room


def session_of(user, start, end=None, **fields):
    """Return a session from `start` to `end`, in seconds."""
    defaults = {
        "id": ids.new_id(),
        "room_id": None,
        "task_id": None,
        "activity": "Essay",
        "source": "stopwatch",
        "started_at": at(start),
        "ended_at": None if end is None else at(end),
        "seconds": 0 if end is None else counted_seconds(at(start), at(end)),
    }
    return FocusSession(user_id=user.id, **(defaults | fields))


def row(session, **fields):
    return FocusRow(session=session, **({"acted_at": session.started_at} | fields))


def finished(state, end, **fields):
    """Return the row with its session ended at `end`, in seconds."""
    session = state.session
    seconds = counted_seconds(session.started_at, at(end))
    return msgspec.structs.replace(
        state, session=msgspec.structs.replace(session, ended_at=at(end), seconds=seconds), **fields
    )


def manual(user, start, end, **fields):
    return StoredFocusSession(
        **(msgspec.structs.asdict(session_of(user, start, end, source="manual")) | {"created_at": at(9_000)} | fields)
    )


async def listed(storage, user):
    return [(one.started_at, one.ended_at, one.seconds) for one in await storage.focus_sessions(user.id, limit=10)]


async def test_open_session_is_stored_with_its_state(storage, ada):
    room = await make_room(storage, ada)
    await storage.change_user(ada.id, {"time_zone": "Asia/Tokyo", "day_starts_at": 6})
    task = ids.new_id()
    state = row(
        session_of(ada, 0, room_id=room.id, task_id=task, source="timer"),
        client_id="phone-1",
        lost_at=at(50),
        ends_at=at(1500),
        acted_at=at(10),
        checked_at=at(20),
        is_piece=True,
    )
    await storage.save_focus([state])
    await storage.save_focus([state])

    [stored] = await storage.open_focus()

    assert stored.session == StoredFocusSession(
        **msgspec.structs.asdict(state.session),
        time_zone="Asia/Tokyo",
        day_starts_at=6,
        room_time_zone=room.time_zone,
        client_id="phone-1",
        created_at=at(0),
    )
    assert msgspec.structs.replace(stored, session=state.session) == state
    assert await storage.focus_session(ada.id, state.session.id) == stored.session
    assert await storage.focus_session_by_client_id(ada.id, "phone-1") == stored.session


async def test_changed_state_replaces_the_stored_one_but_its_zone(storage, ada):
    state = row(session_of(ada, 0), lost_at=at(5))
    await storage.save_focus([state])
    await storage.change_user(ada.id, {"time_zone": "Asia/Tokyo"})
    await storage.save_focus([msgspec.structs.replace(state, lost_at=None, acted_at=at(7))])
    [stored] = await storage.open_focus()
    assert (stored.lost_at, stored.acted_at, stored.session.time_zone) == (None, at(7), "UTC")


async def test_session_that_ended_is_final(storage, ada):
    state = row(session_of(ada, 0))
    await storage.save_focus([state])
    await storage.save_focus([finished(state, 600)])
    for retry in (state, finished(state, 700), finished(state, 30)):
        await storage.save_focus([retry])
    assert await listed(storage, ada) == [(at(0), at(600), 600)]
    assert await storage.open_focus() == []


@pytest.mark.parametrize(("seconds", "is_piece", "stays"), [(59, False, 0), (60, False, 1), (1, True, 1), (0, True, 0)])
async def test_short_session_is_deleted_unless_it_is_a_piece(storage, ada, seconds, is_piece, stays):
    state = row(session_of(ada, 0))
    await storage.save_focus([state])
    await storage.save_focus([finished(state, seconds, is_piece=is_piece)])
    assert len(await storage.focus_sessions(ada.id, limit=10)) == stays


async def test_one_batch_ends_and_opens_sessions_of_many_users(storage, ada, bob):
    first = {user.id: row(session_of(user, 0)) for user in (ada, bob)}
    await storage.save_focus(list(first.values()))
    batch = [row(session_of(ada, 100)), row(session_of(bob, 200)), *(finished(one, 100) for one in first.values())]
    await storage.save_focus(batch)
    assert await listed(storage, ada) == [(at(100), None, 0), (at(0), at(100), 100)]
    assert await listed(storage, bob) == [(at(200), None, 0), (at(0), at(100), 100)]
    assert [one.session.id for one in await storage.open_focus()] == [one.session.id for one in batch[:2]]


async def test_opening_elsewhere_ends_the_open_session(storage, ada):
    await storage.save_focus([row(session_of(ada, 0), lost_at=at(40))])
    await storage.save_focus([row(session_of(ada, 100))])
    assert await listed(storage, ada) == [(at(100), None, 0), (at(0), at(40), 40)]


async def test_two_writers_leave_one_open_session(storage, ada):
    rows = [row(session_of(ada, number)) for number in range(4)]
    await asyncio.gather(*(storage.save_focus([one]) for one in rows))
    assert len(await storage.open_focus()) == 1


async def test_users_and_rooms_that_are_gone_are_skipped(storage, ada, bob):
    room = await make_room(storage, ada)
    assert await storage.delete_user(bob.id)
    assert await storage.delete_room(room.id)
    await storage.save_focus([row(session_of(bob, 0)), row(session_of(ada, 0, room_id=room.id))])
    [stored] = await storage.open_focus()
    assert (stored.session.user_id, stored.session.room_id) == (ada.id, None)


async def test_delete_room_clears_room_of_sessions(storage, ada):
    room = await make_room(storage, ada)
    await storage.save_focus([finished(row(session_of(ada, 0, room_id=room.id)), 100)])
    await storage.delete_room(room.id)
    assert [one.room_id for one in await storage.focus_sessions(ada.id, limit=10)] == [None]


async def test_delete_account_deletes_sessions(storage, ada, bob):
    for user in (ada, bob):
        await storage.save_focus([finished(row(session_of(user, 0)), 100), row(session_of(user, 200))])
    assert await storage.delete_user(ada.id)
    assert await storage.focus_sessions(ada.id, limit=10) == []
    assert [one.session.user_id for one in await storage.open_focus()] == [bob.id]


async def test_save_with_taken_client_id_omits_it(storage, ada, bob):
    rows = [row(session_of(user, start), client_id="one") for user, start in ((ada, 0), (bob, 0))]
    await storage.save_focus(rows)
    await storage.save_focus([finished(rows[0], 100), row(session_of(ada, 100), client_id="one")])
    assert [one.client_id for one in await storage.open_focus()] == ["one", None]
    assert (await storage.focus_session_by_client_id(ada.id, "one")).id == rows[0].session.id


async def test_sessions_are_listed_page_by_page(storage, ada, bob):
    starts = [300, 0, 200, 100]
    await storage.save_focus([finished(row(session_of(ada, start)), start + 60) for start in starts])
    await storage.save_focus([finished(row(session_of(bob, 0)), 100)])
    first = await storage.focus_sessions(ada.id, limit=3)
    assert [one.started_at for one in first] == [at(300), at(200), at(100)]
    assert [one.started_at for one in await storage.focus_sessions(ada.id, before=first[-1].id, limit=3)] == [at(0)]
    assert await storage.focus_sessions(bob.id, before=first[0].id, limit=3) == []


async def test_manual_session_is_stored_once_for_its_client_id(storage, ada):
    new = manual(ada, 0, 600, client_id="one")
    assert await storage.add_manual_session(new) == new
    retry = manual(ada, 0, 600, client_id="one")
    assert await storage.add_manual_session(retry) == new
    assert await storage.add_manual_session(new) == new
    assert await listed(storage, ada) == [(at(0), at(600), 600)]


@pytest.mark.parametrize(("start", "end", "overlaps"), [(0, 100, False), (50, 101, True), (150, 160, True)])
async def test_manual_session_rejects_overlap(storage, ada, bob, start, end, overlaps):
    await storage.save_focus([finished(row(session_of(ada, 100)), 200), row(session_of(bob, 0))])
    new = manual(ada, start, end)
    if overlaps:
        with pytest.raises(FocusOverlap):
            await storage.add_manual_session(new)
    else:
        await storage.add_manual_session(new)
    assert len(await storage.focus_sessions(ada.id, limit=10)) == 2 - overlaps


async def test_manual_session_overlaps_the_open_one(storage, ada):
    await storage.save_focus([row(session_of(ada, 100))])
    with pytest.raises(FocusOverlap):
        await storage.add_manual_session(manual(ada, 0, 101))
    await storage.add_manual_session(manual(ada, 0, 100))


async def test_manual_session_of_deleted_user_is_rejected(storage, ada):
    await storage.delete_user(ada.id)
    with pytest.raises(UserNotFound):
        await storage.add_manual_session(manual(ada, 0, 100))


async def test_session_is_shortened_and_renamed(storage, ada):
    state = finished(row(session_of(ada, 0, task_id=ids.new_id())), 600)
    await storage.save_focus([state])
    session_id = state.session.id
    changes = {"started_at": at(60), "ended_at": at(300), "activity": "Sheet 4", "task_id": None}
    changed = await storage.change_focus_session(ada.id, session_id, changes)
    assert (changed.seconds, changed.activity, changed.task_id) == (240, "Sheet 4", None)
    assert await storage.focus_session(ada.id, session_id) == changed
    renamed = await storage.change_focus_session(ada.id, session_id, {"activity": ""})
    assert (renamed.activity, renamed.seconds) == ("", 240)


@pytest.mark.parametrize(
    "changes",
    [
        {"started_at": at(-1)},
        {"ended_at": at(601)},
        {"started_at": at(580)},
        {"ended_at": at(30)},
        {"ended_at": at(-5)},
    ],
)
async def test_session_is_not_lengthened_nor_made_too_short(storage, ada, changes):
    state = finished(row(session_of(ada, 0)), 600)
    await storage.save_focus([state])
    with pytest.raises(InvalidInput):
        await storage.change_focus_session(ada.id, state.session.id, changes)
    assert await listed(storage, ada) == [(at(0), at(600), 600)]


async def test_session_of_another_user_is_not_found(storage, ada, bob):
    state = finished(row(session_of(ada, 0)), 600)
    await storage.save_focus([state])
    session_id = state.session.id
    with pytest.raises(FocusSessionNotFound):
        await storage.change_focus_session(bob.id, session_id, {"activity": "x"})
    with pytest.raises(FocusSessionNotFound):
        await storage.reopen_focus_session(bob.id, session_id, at(0))
    assert not await storage.delete_focus_session(bob.id, session_id)
    assert await storage.focus_session(bob.id, session_id) is None


async def test_session_is_deleted_once(storage, ada):
    state = finished(row(session_of(ada, 0)), 600)
    await storage.save_focus([state])
    assert await storage.delete_focus_session(ada.id, state.session.id)
    assert not await storage.delete_focus_session(ada.id, state.session.id)
    assert await listed(storage, ada) == []


async def test_open_session_is_neither_changed_nor_deleted(storage, ada):
    state = row(session_of(ada, 0))
    await storage.save_focus([state])
    with pytest.raises(FocusSessionRuns):
        await storage.change_focus_session(ada.id, state.session.id, {"activity": "x"})
    with pytest.raises(FocusSessionRuns):
        await storage.delete_focus_session(ada.id, state.session.id)


async def test_session_is_reopened_within_its_time(storage, ada):
    state = finished(row(session_of(ada, 0)), 600)
    await storage.save_focus([state])
    with pytest.raises(ResumeTooLate):
        await storage.reopen_focus_session(ada.id, state.session.id, at(601))
    for _ in range(2):
        reopened = await storage.reopen_focus_session(ada.id, state.session.id, at(600))
        assert (reopened.ended_at, reopened.seconds) == (None, 0)
    assert await listed(storage, ada) == [(at(0), None, 0)]
    await storage.save_focus([finished(row(reopened), 900)])
    assert await listed(storage, ada) == [(at(0), at(900), 900)]


async def test_session_with_a_later_one_is_not_reopened(storage, ada):
    state = finished(row(session_of(ada, 0)), 600)
    await storage.save_focus([state, row(session_of(ada, 600))])
    with pytest.raises(FocusOverlap):
        await storage.reopen_focus_session(ada.id, state.session.id, at(0))


async def test_manual_session_is_not_reopened(storage, ada):
    new = await storage.add_manual_session(manual(ada, 0, 600))
    with pytest.raises(FocusSessionNotFound):
        await storage.reopen_focus_session(ada.id, new.id, at(0))


async def test_forget_keys_removes_old_ones_in_batches(storage, ada):
    rows = [finished(row(session_of(ada, start), client_id=f"key {start}"), start + 60) for start in (0, 100, 200)]
    await storage.save_focus(rows)
    assert await storage.forget_focus_keys(at(200), 1) == 1
    assert await storage.forget_focus_keys(at(200), 5) == 1
    assert await storage.forget_focus_keys(at(200), 5) == 0
    assert sorted(one.client_id or "" for one in await storage.focus_sessions(ada.id, limit=9)) == ["", "", "key 200"]


async def test_checkpoint_never_goes_back(storage):
    assert await storage.last_checkpoint() is None
    await storage.save_checkpoint("one", at(100))
    await storage.save_checkpoint("one", at(50))
    await storage.save_checkpoint("two", at(80))
    assert await storage.last_checkpoint() == at(100)


async def test_checkpoint_is_stored_with_sessions_and_without_any(storage, ada):
    state = row(session_of(ada, 0))
    await storage.save_focus([state], Checkpoint("one", at(10)))
    assert [one.session.id for one in await storage.open_focus()] == [state.session.id]
    assert await storage.last_checkpoint() == at(10)
    await storage.delete_user(ada.id)
    await storage.save_focus([finished(state, 70)], Checkpoint("one", at(70)))
    assert await storage.last_checkpoint() == at(70)
    await storage.save_focus([], Checkpoint("one", at(90)))
    await storage.save_focus([], Checkpoint("one", at(80)))
    await storage.save_focus([row(session_of(ada, 200))])
    assert await storage.last_checkpoint() == at(90)


async def test_focus_in_a_room_is_that_of_its_members_in_a_time(storage, ada, bob):
    room, other = await make_room(storage, ada, bob), await make_room(storage, ada)
    sessions = [
        session_of(ada, 0, 99, room_id=room.id),
        session_of(ada, 100, 200, room_id=room.id, source="timer"),
        session_of(ada, 300, 400, room_id=other.id),
        session_of(bob, 150, room_id=room.id),
        session_of(ada, 500, 600, room_id=room.id),
    ]
    await storage.save_focus([row(one) for one in sessions])
    await storage.add_manual_session(manual(bob, 100, 140, room_id=room.id))
    await storage.set_membership(room.id, bob.id, {"show_on_leaderboard": True})
    found = await storage.room_focus(room.id, at(100), at(500))
    assert sorted(found, key=lambda one: one.started_at) == [
        (ada.id, ada.name, at(100), at(200), False),
        (bob.id, bob.name, at(150), None, True),
    ]
    await storage.remove_member(room.id, bob.id)
    assert [one.user_id for one in await storage.room_focus(room.id, at(100), at(500))] == [ada.id]

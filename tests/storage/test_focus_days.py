"""The conformance suite: totals of study time. Each sentence of storage/base/study/focus_days.py, on every backend."""

import asyncio
import random
from datetime import date

import pytest

from domain import ids
from domain.study.progress import DayChanges, RecentDay, StoredDay
from tests.storage.test_focus import finished, manual, row, session_of
from tests.support.factories import at, make_room, make_task, make_user

DAY, HOUR = 86_400, 3_600
FIRST, LAST = "2000-01-01", "2099-12-31"


def day(number=0):
    """Return the date of `at(0)` plus days."""
    return str(date.fromordinal(date.fromisoformat(at(0)[:10]).toordinal() + number))


@pytest.fixture
async def ada(storage):
    """A user whose days start at midnight in UTC."""
    return await make_user(storage, "Ada", day_starts_at=0)


@pytest.fixture
def start():
    """Second of `at` at which the second day starts."""
    clock = at(0)[11:19].split(":")
    return DAY - sum(int(part) * unit for part, unit in zip(clock, (HOUR, 60, 1), strict=True))


async def study(storage, user, start, end, **fields):
    """Store a session from `start` to `end`, and return it."""
    state = row(session_of(user, start, **fields))
    await storage.save_focus([state])
    await storage.save_focus([finished(state, end)])
    return state.session


async def days_of(storage, user):
    return (await storage.focus_totals(user.id, FIRST, LAST)).days


async def test_session_that_ends_is_in_totals_of_both_its_days(storage, ada, start):
    room, task = await make_room(storage, ada), ids.new_id()
    await study(storage, ada, start - 600, start + 300, room_id=room.id, task_id=task)
    totals = await storage.focus_totals(ada.id, FIRST, LAST)
    assert totals.days == [StoredDay(day(0), 600, 60), StoredDay(day(1), 300, 60)]
    assert (totals.rooms, totals.tasks, totals.hours) == ({room.id: 900}, {task: 900}, {23: 600, 0: 300})
    assert (await storage.focus_totals(ada.id, day(1), day(1))).rooms == {room.id: 300}
    assert await storage.focus_totals(ada.id, day(2), LAST) == ([], {}, {}, {})


async def test_totals_of_many_users_in_one_batch_are_exact(storage, ada, start):
    """The end of a phase ends the sessions of all followers in one batch."""
    users = [ada, *[await make_user(storage, f"Ben {number}", day_starts_at=0) for number in range(110)]]
    begins = [(user, start + number) for number, user in enumerate(users)]
    await storage.save_focus([finished(row(session_of(user, begin)), begin + 60) for user, begin in begins])
    for user in users:
        assert await days_of(storage, user) == [StoredDay(day(1), 60, 60)]


async def test_open_and_short_sessions_are_in_no_total(storage, ada, start):
    await study(storage, ada, start, start + 59)
    await storage.save_focus([row(session_of(ada, start + 100))])
    assert await days_of(storage, ada) == []


async def test_retry_of_end_counts_once(storage, ada, start):
    state = row(session_of(ada, start))
    await storage.save_focus([state])
    for _ in range(3):
        await storage.save_focus([finished(state, start + 600)])
    assert await days_of(storage, ada) == [StoredDay(day(1), 600, 60)]


async def test_totals_add_up_over_sessions_and_users(storage, ada, bob, start):
    for user in (ada, bob):
        await study(storage, user, start, start + 600)
        await study(storage, user, start + 700, start + 900)
    assert [one.seconds for one in await days_of(storage, ada)] == [800]


async def test_batch_ends_sessions_of_many_users(storage, ada, start):
    users = [ada, *[await make_user(storage, name, day_starts_at=0) for name in ("Cem", "Dora")]]
    states = [row(session_of(user, start)) for user in users]
    await storage.save_focus(states)
    await storage.save_focus([finished(state, start + 600) for state in states])
    for user in users:
        assert [one.seconds for one in await days_of(storage, user)] == [600]


async def test_deleted_session_leaves_no_rows(storage, ada, start):
    room = await make_room(storage, ada)
    session = await study(storage, ada, start, start + 600, room_id=room.id, task_id=ids.new_id())
    assert await storage.delete_focus_session(ada.id, session.id)
    assert await storage.focus_totals(ada.id, FIRST, LAST) == ([], {}, {}, {})


async def test_changed_session_changes_its_totals(storage, ada, start):
    old, new = ids.new_id(), ids.new_id()
    session = await study(storage, ada, start - 300, start + 600, task_id=old)
    await storage.change_focus_session(ada.id, session.id, {"started_at": at(start), "task_id": new})
    totals = await storage.focus_totals(ada.id, FIRST, LAST)
    assert (totals.days, totals.tasks) == ([StoredDay(day(1), 600, 60)], {new: 600})


async def test_reopened_session_is_counted_again_when_it_ends(storage, ada, start):
    session = await study(storage, ada, start, start + 600)
    reopened = await storage.reopen_focus_session(ada.id, session.id, at(start))
    assert await days_of(storage, ada) == []
    await storage.save_focus([finished(row(reopened), start + 900)])
    assert await days_of(storage, ada) == [StoredDay(day(1), 900, 60)]


async def test_deleted_room_leaves_its_time_in_days(storage, ada, start):
    room = await make_room(storage, ada)
    await study(storage, ada, start, start + 600, room_id=room.id)
    await storage.delete_room(room.id)
    totals = await storage.focus_totals(ada.id, FIRST, LAST)
    assert (totals.days, totals.rooms) == ([StoredDay(day(1), 600, 60)], {})
    assert await storage.rebuild_focus_days(ada.id) == 0


async def test_days_are_those_of_zone_at_start_of_session(storage, ada, start):
    await storage.change_user(ada.id, {"time_zone": "Asia/Tokyo", "day_starts_at": 4})  # 04:00 there is 19:00 in UTC
    await study(storage, ada, start - 5 * HOUR - 60, start - 5 * HOUR + 60)
    await storage.change_user(ada.id, {"time_zone": "Europe/Berlin"})
    await storage.rebuild_focus_days(ada.id)
    assert [(one.day, one.seconds) for one in await days_of(storage, ada)] == [(day(0), 60), (day(1), 60)]


async def test_goal_of_day_is_that_of_its_first_second(storage, ada, start):
    tomorrow = date.fromisoformat(day(1))
    await storage.change_user(ada.id, {"daily_goal": 30}, DayChanges(tomorrow))
    await storage.change_user(ada.id, {"daily_goal": 90}, DayChanges(tomorrow))
    await study(storage, ada, start - 600, start + 600)
    assert [one.goal for one in await days_of(storage, ada)] == [60, 90]
    for today, goal in ((day(0), 60), (day(1), 90), (day(2), 90)):
        assert (await storage.focus_streak(ada.id, today, today)).goal == goal
    await storage.change_user(ada.id, {"daily_goal": 45}, DayChanges(date.fromisoformat(day(3))))
    assert await storage.rebuild_focus_days(ada.id) == 0
    assert [one.goal for one in await days_of(storage, ada)] == [60, 90]


async def test_streak_days_have_fifteen_minutes(storage, ada, start):
    await study(storage, ada, start, start + 899)
    await study(storage, ada, start + DAY, start + DAY + 900)
    skipped = DayChanges(date.fromisoformat(day(9)), (date.fromisoformat(day(5)), date.fromisoformat(day(6))))
    await storage.change_user(ada.id, {"time_zone": "Asia/Tokyo"}, skipped)
    streak = await storage.focus_streak(ada.id, day(1), day(2))
    assert (streak.studied, streak.skipped) == ([day(2)], [day(5), day(6)])
    assert streak.recent == [RecentDay(day(1), 899, 899), RecentDay(day(2), 900, 900)]
    assert (await storage.focus_streak(ada.id, day(2), day(3))).recent == [RecentDay(day(2), 900, 900)]


@pytest.mark.parametrize(("entered", "counts"), [(0, True), (1, True), (2, False)])
async def test_manual_time_counts_for_streak_if_entered_soon(storage, ada, start, entered, counts):
    session = manual(ada, start, start + 900, created_at=at(start + 3_000 + entered * DAY))
    await storage.add_manual_session(session)
    streak = await storage.focus_streak(ada.id, FIRST, day(5))
    assert (bool(streak.studied), streak.recent) == (counts, [RecentDay(day(1), 900, 900 * counts)])


async def test_deleted_user_has_no_totals(storage, ada, bob, start):
    for user in (ada, bob):
        await study(storage, user, start, start + 900)
    await storage.change_user(ada.id, {"daily_goal": 30}, DayChanges(date.fromisoformat(day(1))))
    await storage.delete_user(ada.id)
    assert await storage.focus_totals(ada.id, FIRST, LAST) == ([], {}, {}, {})
    assert await storage.users_with_focus(None, 10) == [bob.id]


async def test_users_with_focus_are_paged_by_id(storage, start):
    users = sorted([await make_user(storage, name) for name in ("Ada", "Bob", "Cem")], key=lambda user: user.id)
    for user in users:
        await study(storage, user, start, start + 900)
    assert await storage.users_with_focus(None, 2) == [user.id for user in users[:2]]
    assert await storage.users_with_focus(users[1].id, 2) == [users[2].id]


@pytest.mark.parametrize("seed", range(3))
async def test_totals_equal_those_rebuilt_after_any_changes(storage, ada, start, seed):
    chance = random.Random(seed)  # a repeatable sequence
    room, other = await make_room(storage, ada), await make_room(storage, ada)
    second = start
    for _ in range(25):
        second += chance.randrange(60, 6 * HOUR)
        length = chance.randrange(30, 8 * HOUR)
        session = await study(storage, ada, second, second + length, room_id=chance.choice((room.id, other.id, None)))
        second += length
        stored = await storage.focus_session(ada.id, session.id)
        if stored is None:
            continue
        match chance.randrange(5):
            case 0:
                await storage.delete_focus_session(ada.id, session.id)
            case 1 if length > 600:
                await storage.change_focus_session(ada.id, session.id, {"ended_at": at(second - 300)})
            case 2:
                zone = chance.choice(("Asia/Tokyo", "America/New_York", "Europe/Berlin"))
                await storage.change_user(ada.id, {"time_zone": zone, "day_starts_at": chance.randrange(7)})
            case 3:
                reopened = await storage.reopen_focus_session(ada.id, session.id, at(start))
                second += 100
                await storage.save_focus([finished(row(reopened), second)])
    totals = await storage.focus_totals(ada.id, FIRST, LAST)
    sessions = await storage.focus_sessions(ada.id, limit=100)
    assert sum(one.seconds for one in totals.days) == sum(one.seconds for one in sessions)
    assert sum(totals.hours.values()) == sum(one.seconds for one in totals.days)
    await storage.delete_room(other.id)
    assert await storage.rebuild_focus_days(ada.id) == 0
    rebuilt = await storage.focus_totals(ada.id, FIRST, LAST)
    assert rebuilt == totals._replace(rooms={key: value for key, value in totals.rooms.items() if key != other.id})


async def test_rebuild_of_missing_user_changes_nothing(storage):
    assert await storage.rebuild_focus_days(ids.new_id()) == 0


async def test_sessions_ending_at_once_all_count(storage, ada, start):

    made = [
        manual(ada, start + number * 1000, start + number * 1000 + 600, created_at=at(start)) for number in range(6)
    ]
    await asyncio.gather(*(storage.add_manual_session(one) for one in made), storage.rebuild_focus_days(ada.id))
    assert await days_of(storage, ada) == [StoredDay(day(1), 3600, 60)]


async def test_spent_time_of_task_follows_its_sessions(storage, ada, start):
    task, other = await make_task(storage, ada), await make_task(storage, ada)
    session = await study(storage, ada, start, start + 600, task_id=task.id)
    await study(storage, ada, start + 700, start + 800, task_id=task.id)
    await study(storage, ada, start + 900, start + 1000)

    async def spent():
        return [(await storage.task(ada.id, one.id)).spent_seconds for one in (task, other)]

    assert await spent() == [700, 0]
    await storage.change_focus_session(ada.id, session.id, {"task_id": other.id})
    assert await spent() == [100, 600]
    await storage.rebuild_focus_days(ada.id)
    assert await spent() == [100, 600]
    await storage.delete_focus_session(ada.id, session.id)
    assert await spent() == [100, 0]


async def totals_in(storage, room, viewer, period="all"):
    """Return the seconds of those who show them, and of the viewer, by name."""
    return {one.user.name: one.seconds for one in await storage.room_totals(room.id, period, viewer.id)}


async def test_room_totals_are_sums_of_periods_in_the_rooms_zone(storage, ada, bob, start):
    room = await make_room(storage, ada, bob, time_zone="Pacific/Kiritimati")  # UTC+14
    session = await study(storage, ada, start - 600, start + 300, room_id=room.id)
    await study(storage, ada, start + 10 * HOUR - 60, start + 10 * HOUR + 90, room_id=room.id, source="timer")
    await storage.change_room(room.id, {"time_zone": "Etc/UTC"})
    name = ada.name
    assert await totals_in(storage, room, ada, day(1)) == {name: 960}
    assert await totals_in(storage, room, ada, day(2)) == {name: 90}
    assert await totals_in(storage, room, ada, day(1)[:7]) == await totals_in(storage, room, ada) == {name: 1050}
    await storage.change_focus_session(ada.id, session.id, {"started_at": at(start)})
    assert await totals_in(storage, room, ada, day(1)) == {name: 360}, "days are those of the zone at the start"
    await storage.delete_focus_session(ada.id, session.id)
    assert await totals_in(storage, room, ada) == {name: 150}
    assert await storage.rebuild_focus_days(ada.id) == 0
    assert await totals_in(storage, room, ada, day(2)) == {name: 90}


async def test_room_totals_are_of_members_who_show_them_and_the_viewer(storage, ada, bob, start):
    room = await make_room(storage, ada, bob)
    await study(storage, bob, start, start + 600, room_id=room.id)
    assert await totals_in(storage, room, ada) == {ada.name: 0}
    await storage.set_membership(room.id, bob.id, {"show_on_leaderboard": True})
    assert await totals_in(storage, room, ada) == {ada.name: 0, bob.name: 600}
    assert [one.is_shown for one in await storage.room_totals(room.id, "all", bob.id)] == [True]
    await storage.remove_member(room.id, bob.id)
    assert await totals_in(storage, room, ada) == {ada.name: 0}
    await storage.add_member(room.id, bob.id, at(2))
    assert await totals_in(storage, room, bob) == {bob.name: 600}, "the choice ended with the membership"


async def test_manual_time_is_in_no_room_total(storage, ada, start):
    room = await make_room(storage, ada)
    await storage.add_manual_session(manual(ada, start, start + 600, room_id=room.id))
    assert await totals_in(storage, room, ada) == {ada.name: 0}

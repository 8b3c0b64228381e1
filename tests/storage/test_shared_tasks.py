"""Conformance: tasks in rooms, and shared ones. Each sentence of storage/base/study/tasks.py, on every backend."""

import pytest

from domain import ids
from domain.errors.base import Forbidden, InvalidInput
from domain.errors.moderation import Muted
from domain.errors.rooms import NotAMember
from domain.study.tasks import Checklist
from tests.support.factories import (
    actions,
    at,
    make_admin,
    make_moderator,
    make_room,
    make_task,
    make_user,
    new_act,
)


@pytest.fixture
async def room(storage, ada, bob):
    return await make_room(storage, ada, bob)


async def change(storage, user, task, when=50, **changes):
    return await storage.change_task(user.id, task.id, changes, at(when))


async def shared(storage, room):
    return [
        (one.user.id, [task.title for task in one.tasks]) for one in await storage.shared_tasks(room.id, at(0), 100)
    ]


async def moderator(storage, room):
    cy = await make_user(storage, "Cy")
    await storage.add_member(room.id, cy.id, at(1))
    await make_moderator(storage, room, cy)
    return cy


async def mute(storage, room, by, user, until=1000):
    await storage.mute_member(room.id, user.id, at(until), new_act(room, by, "member-muted", user))


async def test_shared_tasks_are_checklists_of_their_owners(storage, room, ada, bob):
    essay = await make_task(storage, bob, "Essay", room_id=room.id, shared=True, due_on="2026-12-04", notes="mine")
    sheet = await make_task(storage, bob, "Sheet", room_id=room.id, shared=True, estimate_rounds=2)
    read = await make_task(storage, ada, "Read", room_id=room.id, shared=True)
    await make_task(storage, ada, "Private", room_id=room.id)
    await make_task(storage, ada, "Elsewhere", room_id=(await make_room(storage, ada)).id, shared=True)
    sheet = (await change(storage, bob, sheet, after=None)).task
    lists = await storage.shared_tasks(room.id, at(0), 100)
    assert lists == [Checklist(ada.summary, [read.shown]), Checklist(bob.summary, [sheet.shown, essay.shown])]
    assert await shared(storage, await make_room(storage, ada)) == []
    limited = await storage.shared_tasks(room.id, at(0), 2)
    assert [len(one.tasks) for one in limited] == [1, 1]


async def test_tasks_done_earlier_are_not_shown(storage, room, ada):
    tasks = [await make_task(storage, ada, str(number), room_id=room.id, shared=True) for number in range(3)]
    await change(storage, ada, tasks[0], when=10, done=True)
    await change(storage, ada, tasks[1], when=20, done=True)
    [listed] = await storage.shared_tasks(room.id, at(15), 100)
    assert [(task.title, task.done) for task in listed.tasks] == [("1", True), ("2", False)]


async def test_task_without_room_is_not_shared(storage, room, ada):
    task = await make_task(storage, ada)
    with pytest.raises(InvalidInput) as refused:
        await change(storage, ada, task, shared=True)
    assert [error.field for error in refused.value.errors] == ["roomId"]
    task = (await change(storage, ada, task, shared=True, room_id=room.id)).task
    assert task.shared
    with pytest.raises(InvalidInput):
        await change(storage, ada, task, room_id=None, shared=True)
    task = (await change(storage, ada, task, room_id=None)).task
    assert (task.room_id, task.shared) == (None, False)


async def test_task_in_another_room_is_shared_only_if_named(storage, room, ada):
    other = await make_room(storage, ada)
    task = await make_task(storage, ada, room_id=room.id, shared=True)
    assert not (await change(storage, ada, task, room_id=other.id)).task.shared
    assert (await change(storage, ada, task, room_id=room.id, shared=True)).task.shared
    assert (await change(storage, ada, task, room_id=room.id)).task.shared, "it stays where it is"


@pytest.mark.parametrize("is_shared", [False, True])
async def test_task_enters_rooms_of_its_owner_only(storage, room, is_shared):
    eve = await make_user(storage, "Eve")
    for room_id in (room.id, ids.new_id()):
        with pytest.raises(NotAMember):
            await make_task(storage, eve, room_id=room_id, shared=is_shared)
    task = await make_task(storage, eve)
    with pytest.raises(NotAMember):
        await change(storage, eve, task, room_id=room.id, shared=is_shared)
    assert await storage.tasks_of(eve.id, limit=10) == [task]


async def leave(storage, room, ada, bob):
    await storage.remove_member(room.id, bob.id)


async def remove(storage, room, ada, bob):
    await storage.remove_member(room.id, bob.id, new_act(room, ada, "member-removed", bob))


async def ban(storage, room, ada, bob):
    await storage.add_ban(room.id, bob.id, "", new_act(room, ada, "member-banned", bob))


@pytest.mark.parametrize("end", [leave, remove, ban])
async def test_end_of_membership_unshares_tasks(storage, room, ada, bob, end):
    kept = await make_task(storage, ada, "Read", room_id=room.id, shared=True)
    elsewhere = await make_task(storage, bob, room_id=(await make_room(storage, ada, bob)).id, shared=True)
    task = await make_task(storage, bob, "Essay", room_id=room.id, shared=True)
    await end(storage, room, ada, bob)
    left = await storage.task(bob.id, task.id)
    assert (left.room_id, left.shared) == (room.id, False)
    assert await storage.task(bob.id, elsewhere.id) == elsewhere
    assert await storage.task(ada.id, kept.id) == kept
    assert (await change(storage, bob, task, title="Mine", done=True)).task.title == "Mine"
    with pytest.raises(NotAMember):
        await change(storage, bob, task, shared=True)


async def test_lost_admin_role_unshares_tasks_in_private_rooms(storage, ada):
    grace, _ = await make_admin(storage, "Grace"), await make_admin(storage, "Mary")
    private, public = await make_room(storage, ada, visibility="private"), await make_room(storage, ada)
    for room in (private, public):
        act = new_act(room, grace, "admin-joined")
        await storage.add_member(room.id, grace.id, at(1), only_public=True, admin_audit=act)
        await make_task(storage, grace, room_id=room.id, shared=True)
    await storage.set_access(grace.id, role="student")
    assert [task.shared for task in await storage.tasks_of(grace.id, limit=10)] == [False, True]


async def test_deleted_room_leaves_personal_tasks(storage, room, ada, bob):
    tasks = [await make_task(storage, who, room_id=room.id, shared=who is bob) for who in (ada, bob)]
    assert await storage.delete_room(room.id)
    for who, task in zip((ada, bob), tasks, strict=True):
        left = await storage.task(who.id, task.id)
        assert (left.title, left.room_id, left.shared) == (task.title, None, False)
    while await storage.purge_rooms(100):
        pass
    assert await storage.tasks_of(ada.id, limit=10)


async def test_deleted_account_leaves_no_checklist(storage, room, ada, bob):
    await make_task(storage, bob, room_id=room.id, shared=True)
    await storage.delete_user(bob.id)
    assert await shared(storage, room) == []


async def test_muted_member_changes_nothing_that_others_see(storage, room, ada, bob):
    task = await make_task(storage, bob, "Essay", room_id=room.id, shared=True)
    own = await make_task(storage, bob, "Mine", room_id=room.id)
    await mute(storage, room, ada, bob)
    for changes in ({"title": "Other"}, {"done": True}, {"due_on": "2026-12-04"}, {"after": own.id}):
        with pytest.raises(Muted) as refused:
            await storage.change_task(bob.id, task.id, changes, at(50))
        assert refused.value.until == at(1000)
    with pytest.raises(Muted):
        await make_task(storage, bob, "Shown", room_id=room.id, shared=True)
    with pytest.raises(Muted):
        await change(storage, bob, own, shared=True)
    assert await shared(storage, room) == [(bob.id, ["Essay"])]


async def test_muted_member_changes_what_is_not_seen(storage, room, ada, bob):
    task = await make_task(storage, bob, "Essay", room_id=room.id, shared=True)
    deleted = await make_task(storage, bob, "Sheet", room_id=room.id, shared=True)
    await mute(storage, room, ada, bob)
    await make_task(storage, bob, "Mine", room_id=room.id)
    assert (await change(storage, bob, task, notes="private")).task.notes == "private"
    assert await storage.delete_task(bob.id, deleted.id) == deleted
    unshared = (await change(storage, bob, task, shared=False, title="Mine")).task
    assert (unshared.shared, unshared.title) == (False, "Mine")
    assert (await change(storage, bob, task, when=1001, shared=True)).task.shared, "the mute has ended"


async def test_mute_does_not_apply_to_admins(storage, room, ada, bob):
    task = await make_task(storage, bob, room_id=room.id, shared=True)
    await mute(storage, room, ada, bob)
    await storage.set_access(bob.id, role="admin")
    assert (await change(storage, bob, task, title="Other")).task.title == "Other"


async def test_moderator_clears_shared_task(storage, room, ada, bob):
    cy = await moderator(storage, room)
    task = await make_task(storage, bob, room_id=room.id, shared=True)
    assert await storage.shared_task_owner(room.id, task.id) == bob.id
    act = new_act(room, cy, "task-cleared", bob)
    cleared = await storage.clear_task(task.id, act)
    assert cleared == await storage.task(bob.id, task.id)
    assert (cleared.shared, cleared.room_id, cleared.title) == (False, room.id, task.title)
    assert await storage.clear_task(task.id, act) == cleared, "a retry"
    assert [one for one in await actions(storage, room) if one == "task-cleared"] == ["task-cleared"]
    assert await storage.shared_task_owner(room.id, task.id) is None
    assert await storage.clear_task(task.id, new_act(room, cy, "task-cleared", bob)) is None


async def test_task_is_cleared_only_in_its_room(storage, room, ada, bob):
    task = await make_task(storage, bob, room_id=room.id, shared=True)
    other = await make_room(storage, ada, bob)
    assert await storage.shared_task_owner(other.id, task.id) is None
    assert await storage.clear_task(task.id, new_act(other, ada, "task-cleared", bob)) is None
    assert await storage.clear_task(ids.new_id(), new_act(room, ada, "task-cleared", bob)) is None
    assert await shared(storage, room) == [(bob.id, ["Sheet 4"])]


async def test_members_clear_nothing(storage, room, ada, bob):
    task = await make_task(storage, ada, room_id=room.id, shared=True)
    with pytest.raises(Forbidden):
        await storage.clear_task(task.id, new_act(room, bob, "task-cleared", ada))
    cy = await moderator(storage, room)
    with pytest.raises(Forbidden):
        await storage.clear_task(task.id, new_act(room, cy, "task-cleared", ada))
    assert await shared(storage, room) == [(ada.id, ["Sheet 4"])]

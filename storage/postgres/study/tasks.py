"""PostgreSQL storage: tasks.

A write to a user's list locks the user's row, so that writes to one list run one after the other. Then it locks the
rows of the rooms concerned: memberships, mutes and the room of the task cannot change until the commit. The lock order
is that of storage/postgres/rooms/members.py.
"""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from domain.base import RoomId, TaskId, Timestamp, UserId
from domain.errors.accounts import NotSignedIn
from domain.errors.study import TaskNotFound
from domain.moderation import AuditDraft
from domain.rooms import Member
from domain.study.tasks import CalendarDate, Checklist, Task, TaskDraft, TaskUpdate
from storage.base import TaskStore
from storage.postgres.moderation import audit_log
from storage.postgres.repository import PostgresRepository
from storage.postgres.rooms.members import LOCK_ROOM
from storage.postgres.transaction import Transaction
from storage.rows.moderation import audit_draft_row
from storage.rows.rooms import MEMBERS, member_of
from storage.rows.tasks import (
    CHANGED,
    NEW_TASK,
    SHARED_TASKS,
    TASK,
    TASKS,
    changed_row,
    checklists_of,
    new_task_row,
    task_of,
)
from storage.rules import tasks as rules

_LOCK_OWNER = "SELECT 1 FROM users WHERE id = %s::uuid AND NOT deleted AND NOT disabled FOR NO KEY UPDATE"
_LOCK_ROOMS = (
    "SELECT 1 FROM rooms WHERE id IN (%s::uuid, (SELECT room_id FROM tasks WHERE id = %s::uuid AND user_id = %s::uuid))"
    " AND NOT deleted ORDER BY id FOR NO KEY UPDATE"
)
_ONE = f"{TASKS} WHERE t.id = %s::uuid AND t.user_id = %s::uuid"
_MEMBER = f"{MEMBERS} WHERE m.room_id = %s::uuid AND m.user_id = %s::uuid"
_PLACES = "SELECT id, position FROM tasks WHERE user_id = %s::uuid AND done_at IS NULL ORDER BY position, id"
_OPEN = f"{TASKS} WHERE t.user_id = %s::uuid AND t.done_at IS NULL"
_ADD = f"INSERT INTO tasks ({NEW_TASK}) VALUES (%s::uuid, %s, %s, %s::uuid, %s, %s::timestamptz, %s, %s, %s, %s::uuid)"
_ADD_KEY = (
    "; INSERT INTO task_keys (user_id, client_id, task_id, created_at) VALUES (%s::uuid, %s, %s::uuid, %s::timestamptz)"
)
_TYPES = {"room_id": "::uuid", "done_at": "::timestamptz"}
_CHANGE = (
    f"UPDATE tasks SET {', '.join(f'{column} = %s{_TYPES.get(column, str())}' for column in CHANGED)}"
    " WHERE id = %s::uuid"
)


class PostgresTasks(PostgresRepository, TaskStore):
    """`TaskStore` in PostgreSQL."""

    async def add_task(self, draft: TaskDraft) -> Task:
        async def work(transaction: Transaction) -> Task:
            await _lock(transaction, draft.user_id, draft.id, draft.room_id)
            key = await transaction.fetch_one(
                "SELECT task_id FROM task_keys WHERE user_id = %s::uuid AND client_id = %s",
                *(draft.user_id, draft.client_id),
            )
            known = await transaction.fetch_one(_ONE, key[0] if key else draft.id, draft.user_id)
            if key or known:
                return _found(known)
            places = await _places(transaction, draft.user_id)
            rules.check_count(len(places))
            task = rules.task_from_draft(draft, rules.place_last(places))
            member = await _member(transaction, draft.user_id, task.room_id)
            rules.check_room(None, task, member, draft.created_at)
            row = new_task_row(task, draft.user_id)
            if draft.client_id is None:
                await transaction.finish(_ADD, *row)
            else:
                made = (draft.user_id, draft.client_id, draft.id, draft.created_at)
                await transaction.finish(_ADD + _ADD_KEY, *row, *made)
            return task

        return await self._database.transaction(work)

    async def change_task(
        self, user_id: UserId, task_id: TaskId, changes: Mapping[str, Any], at: Timestamp
    ) -> TaskUpdate:
        async def work(transaction: Transaction) -> TaskUpdate:
            await _lock(transaction, user_id, task_id, changes.get("room_id"))
            task = _found(await transaction.fetch_one(_ONE, task_id, user_id))
            changed, moved = rules.changed_task(task, changes, at), dict[TaskId, int]()
            if "after" in changes or (task.done and not changed.done):
                places = await _places(transaction, user_id)
                if task.done and not changed.done:
                    rules.check_count(len(places))
                if "after" in changes:
                    position, moved = rules.place_after(places, task_id, changes["after"])
                    changed = msgspec.structs.replace(changed, position=position)
            rules.check_room(task, changed, await _member(transaction, user_id, changed.room_id), at)
            others = await _move(transaction, user_id, moved)
            await transaction.finish(_CHANGE, *changed_row(changed), task_id)
            return TaskUpdate(task, changed, others)

        return await self._database.transaction(work)

    async def delete_task(self, user_id: UserId, task_id: TaskId) -> Task | None:
        row = await self._database.fetch_one(
            f"DELETE FROM tasks t WHERE t.id = %s::uuid AND t.user_id = %s::uuid RETURNING {TASK}",
            *(task_id, user_id),
        )
        return task_of(row) if row else None

    async def clear_task(self, task_id: TaskId, audit: AuditDraft) -> Task | None:
        async def work(transaction: Transaction) -> Task | None:
            row = await transaction.fetch_one(
                f"{LOCK_ROOM} {_ONE} AND t.room_id = %s::uuid",
                *(audit.room_id, task_id, audit.target_id, audit.room_id),
            )
            is_new = await audit_log.authorize_once(transaction, audit)
            if row is None or not is_new:
                return task_of(row) if row else None
            task = task_of(row)
            if not task.shared:
                return None
            await transaction.finish(
                f"UPDATE tasks SET shared = false WHERE id = %s::uuid; {audit_log.INSERT_AUDIT}",
                *(task_id, *audit_draft_row(audit)),
            )
            return msgspec.structs.replace(task, shared=False)

        return await self._database.transaction(work)

    async def task(self, user_id: UserId, task_id: TaskId) -> Task | None:
        row = await self._database.fetch_one(_ONE, task_id, user_id)
        return task_of(row) if row else None

    async def task_titles(self, user_id: UserId, task_ids: Collection[TaskId]) -> dict[TaskId, str]:
        rows = await self._database.fetch(
            "SELECT id, title FROM tasks WHERE user_id = %s::uuid AND id = ANY(%s::uuid[])",
            *(user_id, list(task_ids)),
        )
        return {task_id: title for task_id, title in rows}  # noqa: C416  # dict() does not know that rows have two parts

    async def shared_task_owner(self, room_id: RoomId, task_id: TaskId) -> UserId | None:
        row = await self._database.fetch_one(
            "SELECT user_id FROM tasks WHERE id = %s::uuid AND room_id = %s::uuid AND shared", task_id, room_id
        )
        return row[0] if row else None

    async def open_tasks(self, user_id: UserId, limit: int) -> list[Task]:
        rows = await self._database.fetch(f"{_OPEN} ORDER BY t.position, t.id LIMIT %s", user_id, limit)
        return [task_of(row) for row in rows]

    async def done_tasks(self, user_id: UserId, *, before: TaskId | None = None, limit: int) -> list[Task]:
        done_at = None
        if before is not None:
            done_at = _found(
                await self._database.fetch_one(f"{_ONE} AND t.done_at IS NOT NULL", before, user_id)
            ).done_at
        rows = await self._database.fetch(
            f"{TASKS} WHERE t.user_id = %s::uuid AND t.done_at IS NOT NULL"
            " AND (%s::uuid IS NULL OR (t.done_at, t.id) < (%s::timestamptz, %s::uuid))"
            " ORDER BY t.done_at DESC, t.id DESC LIMIT %s",
            *(user_id, before, done_at, before, limit),
        )
        return [task_of(row) for row in rows]

    async def due_tasks(self, user_id: UserId, until: CalendarDate, limit: int) -> list[Task]:
        rows = await self._database.fetch(
            f"{_OPEN} AND t.due_on <= %s ORDER BY t.due_on, t.position, t.id LIMIT %s", user_id, until, limit
        )
        return [task_of(row) for row in rows]

    async def tasks_of(self, user_id: UserId, *, after: TaskId | None = None, limit: int) -> list[Task]:
        rows = await self._database.fetch(
            f"{TASKS} WHERE t.user_id = %s::uuid AND (%s::uuid IS NULL OR t.id > %s::uuid) ORDER BY t.id LIMIT %s",
            *(user_id, after, after, limit),
        )
        return [task_of(row) for row in rows]

    async def shared_tasks(self, room_id: RoomId, done_since: Timestamp, limit: int) -> list[Checklist]:
        rows = await self._database.fetch(
            f"{SHARED_TASKS} WHERE t.room_id = %s::uuid AND t.shared"
            " AND (t.done_at IS NULL OR t.done_at >= %s::timestamptz)"
            " ORDER BY t.user_id, t.position, t.id LIMIT %s",
            *(room_id, done_since, limit),
        )
        return checklists_of(rows)

    async def purge_task_keys(self, before: Timestamp, limit: int) -> int:
        deleted = await self._database.fetch(
            "DELETE FROM task_keys WHERE (user_id, client_id) IN"
            " (SELECT user_id, client_id FROM task_keys WHERE created_at < %s::timestamptz LIMIT %s) RETURNING 1",
            *(before, limit),
        )
        return len(deleted)


async def _lock(transaction: Transaction, user_id: UserId, task_id: TaskId, room_id: RoomId | None) -> None:
    """Lock the owner, the room of the task, and the room to which it goes; raise `NotSignedIn` without an account."""
    if not await transaction.fetch(_LOCK_OWNER, user_id):
        raise NotSignedIn
    await transaction.fetch(_LOCK_ROOMS, room_id, task_id, user_id)


async def _move(transaction: Transaction, user_id: UserId, moved: Mapping[TaskId, int]) -> tuple[Task, ...]:
    if not moved:
        return ()
    rows = await transaction.fetch(
        "UPDATE tasks SET position = new.position FROM unnest(%s::uuid[], %s::bigint[]) AS new (id, position)"
        f" WHERE tasks.id = new.id; {TASKS} WHERE t.id = ANY(%s::uuid[]) AND t.user_id = %s::uuid",
        *(list(moved), list(moved.values()), list(moved), user_id),
    )
    return tuple(task_of(row) for row in rows)


def _found(row: tuple[Any, ...] | None) -> Task:
    if row is None:
        raise TaskNotFound
    return task_of(row)


async def _places(transaction: Transaction, user_id: UserId) -> list[rules.Place]:
    return [rules.Place(*row) for row in await transaction.fetch(_PLACES, user_id)]


async def _member(transaction: Transaction, user_id: UserId, room_id: RoomId | None) -> Member | None:
    """Return the membership. The caller must hold the lock of the room's row."""
    row = await transaction.fetch_one(_MEMBER, room_id, user_id) if room_id else None
    return member_of(row) if row else None

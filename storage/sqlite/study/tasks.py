"""SQLite storage: tasks."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import json
import sqlite3
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
from storage.rows.rooms import MEMBERS, member_of
from storage.rows.tasks import (
    CHANGED,
    NEW_TASK,
    SHARED_TASKS,
    TASKS,
    changed_row,
    checklists_of,
    new_task_row,
    task_of,
)
from storage.rules import tasks as rules
from storage.sqlite.accounts import users
from storage.sqlite.database import MAX_ID, SqliteDatabase
from storage.sqlite.moderation import audit_log

_ONE = f"{TASKS} WHERE t.id = ? AND t.user_id = ?"
_PLACES = "SELECT id, position FROM tasks WHERE user_id = ? AND done_at IS NULL ORDER BY position, id"
_OPEN = f"{TASKS} WHERE t.user_id = ? AND t.done_at IS NULL"
_DONE = f"{TASKS} WHERE t.user_id = ? AND t.done_at IS NOT NULL AND (t.done_at, t.id) < (?, ?)"
_CHANGE = f"UPDATE tasks SET {', '.join(f'{column} = ?' for column in CHANGED)} WHERE id = ?"
_MEMBER = f"{MEMBERS} WHERE m.room_id = ? AND m.user_id = ?"


class SqliteTasks(TaskStore):
    """`TaskStore` in SQLite."""

    _database: SqliteDatabase

    async def add_task(self, draft: TaskDraft) -> Task:
        def add(connection: sqlite3.Connection) -> Task:
            _require_active(connection, draft.user_id)
            key = connection.execute(
                "SELECT task_id FROM task_keys WHERE user_id = ? AND client_id = ?", (draft.user_id, draft.client_id)
            ).fetchone()
            known = connection.execute(_ONE, (key[0] if key else draft.id, draft.user_id)).fetchone()
            if key or known:
                return _found(known)
            places = _places(connection, draft.user_id)
            rules.check_count(len(places))
            task = rules.task_from_draft(draft, rules.place_last(places))
            rules.check_room(None, task, _member(connection, draft.user_id, task.room_id), draft.created_at)
            connection.execute(
                f"INSERT INTO tasks ({NEW_TASK}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                new_task_row(task, draft.user_id),
            )
            if draft.client_id is not None:
                connection.execute(
                    "INSERT INTO task_keys (user_id, client_id, task_id, created_at) VALUES (?, ?, ?, ?)",
                    (draft.user_id, draft.client_id, draft.id, draft.created_at),
                )
            return task

        return await self._database.write(add)

    async def change_task(
        self, user_id: UserId, task_id: TaskId, changes: Mapping[str, Any], at: Timestamp
    ) -> TaskUpdate:
        def change(connection: sqlite3.Connection) -> TaskUpdate:
            _require_active(connection, user_id)
            task = _found(connection.execute(_ONE, (task_id, user_id)).fetchone())
            changed = rules.changed_task(task, changes, at)
            places = _places(connection, user_id)
            if task.done and not changed.done:
                rules.check_count(len(places))
            moved: dict[TaskId, int] = {}
            if "after" in changes:
                position, moved = rules.place_after(places, task_id, changes["after"])
                changed = msgspec.structs.replace(changed, position=position)
            rules.check_room(task, changed, _member(connection, user_id, changed.room_id), at)
            connection.execute(_CHANGE, (*changed_row(changed), task_id))
            connection.executemany(
                "UPDATE tasks SET position = ? WHERE id = ?", [(position, key) for key, position in moved.items()]
            )
            others = [_found(connection.execute(_ONE, (key, user_id)).fetchone()) for key in moved]
            return TaskUpdate(task, changed, tuple(others))

        return await self._database.write(change)

    async def delete_task(self, user_id: UserId, task_id: TaskId) -> Task | None:
        def delete(connection: sqlite3.Connection) -> Task | None:
            row = connection.execute(_ONE, (task_id, user_id)).fetchone()
            if row:
                connection.execute("DELETE FROM tasks WHERE id = ?", (task_id,))
            return task_of(row) if row else None

        return await self._database.write(delete)

    async def clear_task(self, task_id: TaskId, audit: AuditDraft) -> Task | None:
        def clear(connection: sqlite3.Connection) -> Task | None:
            is_new = audit_log.authorize_once(connection, audit)
            row = connection.execute(f"{_ONE} AND t.room_id = ?", (task_id, audit.target_id, audit.room_id)).fetchone()
            if row is None or not is_new:
                return task_of(row) if row else None
            task = task_of(row)
            if not task.shared:
                return None
            connection.execute("UPDATE tasks SET shared = 0 WHERE id = ?", (task_id,))
            audit_log.record_audit(connection, audit)
            return msgspec.structs.replace(task, shared=False)

        return await self._database.write(clear)

    async def task(self, user_id: UserId, task_id: TaskId) -> Task | None:
        row = await self._database.read_one(_ONE, task_id, user_id)
        return task_of(row) if row else None

    async def task_titles(self, user_id: UserId, task_ids: Collection[TaskId]) -> dict[TaskId, str]:
        rows = await self._database.read(
            "SELECT id, title FROM tasks WHERE user_id = ? AND id IN (SELECT value FROM json_each(?))",
            *(user_id, json.dumps(list(task_ids))),
        )
        return dict(rows)

    async def shared_task_owner(self, room_id: RoomId, task_id: TaskId) -> UserId | None:
        row = await self._database.read_one(
            "SELECT user_id FROM tasks WHERE id = ? AND room_id = ? AND shared", task_id, room_id
        )
        return row[0] if row else None

    async def open_tasks(self, user_id: UserId, limit: int) -> list[Task]:
        rows = await self._database.read(f"{_OPEN} ORDER BY t.position, t.id LIMIT ?", user_id, limit)
        return [task_of(row) for row in rows]

    async def done_tasks(self, user_id: UserId, *, before: TaskId | None = None, limit: int) -> list[Task]:
        done_at, last_id = MAX_ID, MAX_ID
        if before is not None:
            last = await self.task(user_id, before)
            if last is None or last.done_at is None:
                raise TaskNotFound
            done_at, last_id = last.done_at, last.id
        rows = await self._database.read(
            f"{_DONE} ORDER BY t.done_at DESC, t.id DESC LIMIT ?", user_id, done_at, last_id, limit
        )
        return [task_of(row) for row in rows]

    async def due_tasks(self, user_id: UserId, until: CalendarDate, limit: int) -> list[Task]:
        rows = await self._database.read(
            f"{_OPEN} AND t.due_on <= ? ORDER BY t.due_on, t.position, t.id LIMIT ?", user_id, until, limit
        )
        return [task_of(row) for row in rows]

    async def tasks_of(self, user_id: UserId, *, after: TaskId | None = None, limit: int) -> list[Task]:
        rows = await self._database.read(
            f"{TASKS} WHERE t.user_id = ? AND t.id > ? ORDER BY t.id LIMIT ?", user_id, after or "", limit
        )
        return [task_of(row) for row in rows]

    async def shared_tasks(self, room_id: RoomId, done_since: Timestamp, limit: int) -> list[Checklist]:
        rows = await self._database.read(
            f"{SHARED_TASKS} WHERE t.room_id = ? AND t.shared AND (t.done_at IS NULL OR t.done_at >= ?)"
            " ORDER BY t.user_id, t.position, t.id LIMIT ?",
            *(room_id, done_since, limit),
        )
        return checklists_of(rows)

    async def purge_task_keys(self, before: Timestamp, limit: int) -> int:
        def purge(connection: sqlite3.Connection) -> int:
            old = "SELECT user_id, client_id FROM task_keys WHERE created_at < ? LIMIT ?"
            return connection.execute(
                f"DELETE FROM task_keys WHERE (user_id, client_id) IN ({old})", (before, limit)
            ).rowcount

        return await self._database.write(purge)


def _require_active(connection: sqlite3.Connection, user_id: UserId) -> None:
    user = users.find_user(connection, user_id)
    if user is None or user.disabled:
        raise NotSignedIn


def _found(row: tuple[Any, ...] | None) -> Task:
    if row is None:
        raise TaskNotFound
    return task_of(row)


def _places(connection: sqlite3.Connection, user_id: UserId) -> list[rules.Place]:
    return [rules.Place(*row) for row in connection.execute(_PLACES, (user_id,))]


def _member(connection: sqlite3.Connection, user_id: UserId, room_id: RoomId | None) -> Member | None:
    row = connection.execute(_MEMBER, (room_id, user_id)).fetchone()
    return member_of(row) if row else None

"""In-memory storage: focus sessions."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from domain.base import FocusSessionId, RoomId, Timestamp, UserId
from domain.errors.accounts import UserNotFound
from domain.errors.study import FocusOverlap
from domain.study.attendance import RoomFocus
from domain.study.focus import Checkpoint, FocusRow, StoredFocusSession
from domain.study.totals import ended
from storage.base import FocusStore
from storage.memory.tables import Tables, replace
from storage.rules.focus import changed_session, check_deletable, check_resumable, plan_focus


class MemoryFocus(FocusStore):
    """`FocusStore` in memory."""

    _tables: Tables

    async def save_focus(self, rows: Sequence[FocusRow], checkpoint: Checkpoint | None = None) -> None:
        if checkpoint is not None:
            self._set_checkpoint(*checkpoint)
        known = [row for row in rows if self._tables.accounts.get(row.session.user_id)]
        users = {row.session.user_id for row in known}
        ids = {row.session.id for row in known}
        stored = [
            row
            for row in self._tables.focus.values()
            if row.session.id in ids or (row.session.user_id in users and row.session.ended_at is None)
        ]
        plan = plan_focus(known, stored)
        changed = {*plan.deleted, *(row.session.id for row in plan.saved)}
        before = ended((row.session for row in stored), changed)
        for session_id in plan.deleted:
            self._tables.focus.pop(session_id, None)
        for row in plan.saved:
            self._save(row)
        self._tables.change_totals(before, ended((row.session for row in self._tables.focus.values()), changed))

    def _save(self, row: FocusRow) -> None:
        session, before = row.session, self._tables.focus.get(row.session.id)
        account = self._tables.accounts[session.user_id]
        if account is None:
            return
        if before is not None and isinstance(before.session, StoredFocusSession):
            zone, day_starts_at = before.session.time_zone, before.session.day_starts_at
            room_time_zone = before.session.room_time_zone
            client_id, created_at = before.client_id, before.session.created_at
        else:
            zone, day_starts_at = account.user.time_zone or "UTC", account.user.day_starts_at
            room_time_zone = self._room_time_zone(session.room_id)
            taken = row.client_id and self._by_client_id(session.user_id, row.client_id)
            client_id, created_at = (None if taken else row.client_id), session.started_at
        fields = msgspec.structs.asdict(session) | {
            "room_id": session.room_id if session.room_id in self._tables.rooms else None,
            "time_zone": zone,
            "day_starts_at": day_starts_at,
            "room_time_zone": room_time_zone,
            "client_id": client_id,
            "created_at": created_at,
        }
        self._tables.focus[session.id] = replace(row, session=StoredFocusSession(**fields), client_id=client_id)

    async def open_focus(self) -> list[FocusRow]:
        rows = (row for row in self._tables.focus.values() if row.session.ended_at is None)
        return sorted(rows, key=lambda row: row.session.id)

    async def focus_session(self, user_id: UserId, session_id: FocusSessionId) -> StoredFocusSession | None:
        return self._session(user_id, session_id)

    async def focus_session_by_client_id(self, user_id: UserId, client_id: str) -> StoredFocusSession | None:
        return self._by_client_id(user_id, client_id)

    async def focus_sessions(
        self, user_id: UserId, *, before: FocusSessionId | None = None, limit: int
    ) -> list[StoredFocusSession]:
        found = sorted(self._sessions(user_id), key=lambda one: (one.started_at, one.id), reverse=True)
        if before is not None:
            at = next((number for number, one in enumerate(found, 1) if one.id == before), len(found))
            found = found[at:]
        return found[:limit]

    async def room_focus(self, room_id: RoomId, since: Timestamp, until: Timestamp) -> list[RoomFocus]:
        members = self._tables.members.get(room_id, {}).values()
        shown = {member.user_id: member.show_on_leaderboard for member in members}
        return [
            RoomFocus(user_id, self._tables.user_summary(user_id).name, one.started_at, one.ended_at, is_shown)
            for user_id, is_shown in shown.items()
            for one in self._sessions(user_id)
            if one.room_id == room_id and since <= one.started_at < until and one.source != "manual"
        ]

    async def add_manual_session(self, session: StoredFocusSession) -> StoredFocusSession:
        account = self._tables.accounts.get(session.user_id)
        if account is None:
            raise UserNotFound
        if session.client_id and (made := self._by_client_id(session.user_id, session.client_id)):
            return made
        if made := self._session(session.user_id, session.id):
            return made
        for other in self._sessions(session.user_id):
            if other.started_at < (session.ended_at or "") and (other.ended_at or "9") > session.started_at:
                raise FocusOverlap
        stored = replace(
            session,
            room_id=session.room_id if session.room_id in self._tables.rooms else None,
            time_zone=account.user.time_zone or "UTC",
            day_starts_at=account.user.day_starts_at,
            room_time_zone=self._room_time_zone(session.room_id),
        )
        self._put(stored)
        self._tables.change_totals((), [stored])
        return stored

    async def change_focus_session(
        self, user_id: UserId, session_id: FocusSessionId, changes: Mapping[str, Any]
    ) -> StoredFocusSession:
        before = self._session(user_id, session_id)
        changed = changed_session(before, changes)
        self._put(changed)
        self._tables.change_totals([before] if before else (), [changed])
        return changed

    async def delete_focus_session(self, user_id: UserId, session_id: FocusSessionId) -> bool:
        session = self._session(user_id, session_id)
        if session is None or not check_deletable(session):
            return False
        del self._tables.focus[session_id]
        self._tables.change_totals([session], ())
        return True

    async def reopen_focus_session(
        self, user_id: UserId, session_id: FocusSessionId, ended_since: Timestamp
    ) -> StoredFocusSession:
        session = check_resumable(self._session(user_id, session_id), ended_since)
        if session.ended_at is None:
            return session
        if any(one.started_at >= session.ended_at for one in self._sessions(user_id) if one.id != session_id):
            raise FocusOverlap
        opened = replace(session, ended_at=None, seconds=0)
        self._put(opened)
        self._tables.change_totals([session], ())
        return opened

    async def forget_focus_keys(self, before: Timestamp, limit: int) -> int:
        old = [
            row
            for row in self._tables.focus.values()
            if row.client_id is not None
            and isinstance(row.session, StoredFocusSession)
            and row.session.created_at < before
        ][:limit]
        for row in old:
            self._tables.focus[row.session.id] = replace(
                row, client_id=None, session=replace(row.session, client_id=None)
            )
        return len(old)

    async def save_checkpoint(self, node: str, alive_at: Timestamp) -> None:
        self._set_checkpoint(node, alive_at)

    def _set_checkpoint(self, node: str, alive_at: Timestamp) -> None:
        before = self._tables.checkpoints.get(node)
        self._tables.checkpoints[node] = max(before or alive_at, alive_at)

    async def last_checkpoint(self) -> Timestamp | None:
        return max(self._tables.checkpoints.values(), default=None)

    def _room_time_zone(self, room_id: RoomId | None) -> str | None:
        room = self._tables.rooms.get(room_id) if room_id else None
        return room.time_zone if room else None

    def _put(self, session: StoredFocusSession) -> None:
        self._tables.focus[session.id] = FocusRow(
            session=session, client_id=session.client_id, acted_at=session.started_at
        )

    def _sessions(self, user_id: UserId) -> list[StoredFocusSession]:
        return [
            row.session
            for row in self._tables.focus.values()
            if row.session.user_id == user_id and isinstance(row.session, StoredFocusSession)
        ]

    def _session(self, user_id: UserId, session_id: FocusSessionId) -> StoredFocusSession | None:
        return next((one for one in self._sessions(user_id) if one.id == session_id), None)

    def _by_client_id(self, user_id: UserId, client_id: str) -> StoredFocusSession | None:
        return next((one for one in self._sessions(user_id) if one.client_id == client_id), None)

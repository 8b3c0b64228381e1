"""PostgreSQL storage: invitations into rooms."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import msgspec

from domain.base import InviteId, RoomId, Timestamp, UserId
from domain.errors.rooms import RoomNotFound, TooManyInvites
from domain.moderation import AuditDraft
from domain.rooms import Invite, Member
from storage.base import InviteStore
from storage.postgres.moderation import audit_log
from storage.postgres.repository import PostgresRepository
from storage.postgres.rooms.members import INSERT_MEMBER, LOCK_ROOM, LOCK_USER, check_admission, member_params
from storage.postgres.transaction import Transaction
from storage.rows.moderation import audit_draft_row
from storage.rows.rooms import CREATOR_CAN_MODERATE, INVITE, invite_facts, invite_facts_of, invite_of, usable_invite
from storage.rules.rooms import check_invite

_INVITES = f"SELECT {INVITE} FROM invites"
_WAS_REMOVED_SINCE = (
    "SELECT 1 FROM removals WHERE room_id = %s::uuid AND user_id = %s::uuid AND removed_at >= %s::timestamptz"
)
"""The rule is `storage.rules.rooms.was_removed_since`."""
_IS_USABLE = usable_invite("%s::timestamptz")


class PostgresInvites(PostgresRepository, InviteStore):
    """`InviteStore` in PostgreSQL."""

    async def add_invite(self, invite: Invite, max_active: int, audit: AuditDraft) -> None:
        async def work(transaction: Transaction) -> None:
            if not await transaction.fetch(LOCK_ROOM, invite.room_id):
                raise RoomNotFound
            if not await audit_log.authorize_once(transaction, audit):
                return
            row = await transaction.fetch_one(
                f"DELETE FROM invites WHERE room_id = %s::uuid AND NOT ({_IS_USABLE});"
                " SELECT count(*) FROM invites WHERE room_id = %s::uuid",
                *(invite.room_id, audit.timestamp, invite.room_id),
            )
            if row and row[0] >= max_active:
                raise TooManyInvites
            await transaction.finish(
                f"INSERT INTO invites ({INVITE}) VALUES"
                " (%s::uuid, %s, %s::uuid, %s::uuid, %s::timestamptz, %s::timestamptz, %s, %s);"
                f" {audit_log.INSERT_AUDIT}",
                *(*msgspec.structs.astuple(invite), *audit_draft_row(audit)),
            )

        await self._database.transaction(work)

    async def invites(self, room_id: RoomId, at: Timestamp) -> list[Invite]:
        rows = await self._database.fetch(
            f"{_INVITES} WHERE room_id = %s::uuid AND {_IS_USABLE} AND {CREATOR_CAN_MODERATE} ORDER BY id DESC",
            room_id,
            at,
        )
        return [invite_of(row) for row in rows]

    async def invite_by_code(self, code: str) -> Invite | None:
        row = await self._database.fetch_one(f"{_INVITES} WHERE code = %s AND {CREATOR_CAN_MODERATE}", code)
        return invite_of(row) if row else None

    async def use_invite(self, invite: Invite, user_id: UserId, audit: AuditDraft) -> tuple[Member, bool]:
        async def work(transaction: Transaction) -> tuple[Member, bool]:
            # Lock order: the user's row before the room's.
            row = await transaction.fetch_one(
                f"{LOCK_USER} {LOCK_ROOM} {invite_facts('%s::uuid', '%s::uuid')}",
                *(user_id, invite.room_id, user_id, user_id, invite.id),
            )
            if await audit_log.authorize_once(transaction, audit):
                check_invite(invite_facts_of(row) if row else None, audit.timestamp)
            is_own = invite.created_by == user_id
            admission = await check_admission(transaction, invite.room_id, user_id, audit.timestamp, is_own=is_own)
            if admission.stored:
                await transaction.finish(
                    f"{INSERT_MEMBER}; UPDATE invites SET used = used + 1 WHERE id = %s::uuid;"
                    f" {audit_log.INSERT_AUDIT}",
                    *(*member_params(admission.stored), invite.id, *audit_draft_row(audit)),
                )
            return admission.member, admission.stored is not None

        return await self._database.transaction(work)

    async def was_removed_since(self, room_id: RoomId, user_id: UserId, at: Timestamp) -> bool:
        return bool(await self._database.fetch(_WAS_REMOVED_SINCE, room_id, user_id, at))

    async def delete_invite(self, room_id: RoomId, invite_id: InviteId, audit: AuditDraft) -> bool:
        async def work(transaction: Transaction) -> bool:
            row = await transaction.fetch_one(
                f"{LOCK_ROOM} SELECT 1 FROM invites WHERE id = %s::uuid AND room_id = %s::uuid",
                *(room_id, invite_id, room_id),
            )
            if not await audit_log.authorize_once(transaction, audit):
                return True
            if row is None:
                return False
            await transaction.finish(
                f"DELETE FROM invites WHERE id = %s::uuid; {audit_log.INSERT_AUDIT}",
                invite_id,
                *audit_draft_row(audit),
            )
            return True

        return await self._database.transaction(work)

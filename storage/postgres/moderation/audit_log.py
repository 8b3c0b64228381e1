"""What was done in rooms, in PostgreSQL.

Whoever does something by virtue of a role holds the room's row, and so do all changes of roles: what `permits` reads
stays so until the commit.
"""
# ruff: noqa: S608 - what is put into statements are constants of this package; values are parameters

from typing import Any

import msgspec

from domain import permissions
from domain.base import ActId, RoomId, UserId
from domain.moderation import Act, AuditEntry
from domain.permissions import STRANGER, Standing
from storage.base import AuditLog
from storage.postgres.accounts.users import SENDER, sender
from storage.postgres.database import Transaction
from storage.postgres.repository import Noun

_TARGET = SENDER.replace("u.", "t.")
_WIDTH = SENDER.count(",") + 1

IS_ADMIN = "(u.role = 'admin' AND NOT u.disabled AND NOT u.deleted)"
"""Condition: `users u` are admins of the server now."""
_STANDING = (
    f"SELECT u.id, m.role, {IS_ADMIN}, NOT u.disabled AND NOT u.deleted"
    " FROM users u LEFT JOIN members m ON m.room_id = %s::uuid AND m.user_id = u.id"
)
KEEP = (
    "INSERT INTO audit_log (id, room_id, action, actor_id, target_id, details, timestamp)"
    " VALUES (%s::uuid, %s::uuid, %s, %s::uuid, %s::uuid, %s, %s::timestamptz)"
)


class PostgresAuditLog(Noun, AuditLog):
    """See storage/base/moderation/audit_log.py."""

    async def audit_log(self, room_id: RoomId, *, before: ActId | None = None, limit: int) -> list[AuditEntry]:
        rows = await self._database.fetch(
            f"SELECT a.id, a.action, a.details, a.timestamp, {SENDER}, {_TARGET} FROM audit_log a"
            " JOIN users u ON u.id = a.actor_id LEFT JOIN users t ON t.id = a.target_id"
            " WHERE a.room_id = %s::uuid AND (%s::uuid IS NULL OR a.id < %s::uuid) ORDER BY a.id DESC LIMIT %s",
            *(room_id, before, before, limit),
        )
        return [
            AuditEntry(
                entry_id,
                action,
                sender(tuple(people[:_WIDTH])),
                sender(tuple(people[_WIDTH:])) if people[_WIDTH] is not None else None,
                msgspec.json.decode(details),
                timestamp,
            )
            for entry_id, action, details, timestamp, *people in rows
        ]


async def permits(transaction: Transaction, act: Act | None) -> bool:
    """Say whether the act is to be done now: it was not kept before, or there is none; raise as `ranks.check`.

    The room's row must be held.
    """
    if act is None:
        return True
    rows = await transaction.fetch(
        f"{_STANDING} WHERE u.id IN (%s::uuid, %s::uuid)"
        " UNION ALL SELECT NULL, NULL, NULL, NULL FROM audit_log WHERE id = %s::uuid",
        *(act.room_id, act.actor_id, act.target_id, act.id),
    )
    found: dict[UserId | None, Standing] = {row[0]: Standing(*row[1:]) for row in rows}
    if None in found:
        return False
    gone = Standing(is_active=False)
    permissions.check(act, found.get(act.actor_id, gone), found.get(act.target_id, gone) if act.target_id else STRANGER)
    return True


async def standing(transaction: Transaction, room_id: RoomId, user_id: UserId) -> Standing:
    """Return the user's roles now. The room's row must be held."""
    row = await transaction.fetch_one(f"{_STANDING} WHERE u.id = %s::uuid", room_id, user_id)
    return Standing(*row[1:]) if row else Standing(is_active=False)


def kept(act: Act) -> tuple[Any, ...]:
    """Return the parameters of `KEEP`."""
    details = msgspec.json.encode(act.details).decode()
    return act.id, act.room_id, act.action, act.actor_id, act.target_id, details, act.timestamp

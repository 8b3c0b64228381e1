"""Presence in a room."""

from domain.accounts import Caller
from domain.base import Record, RoomId, Timestamp, UserId
from domain.presence import Status, StatusChange
from handlers.routing import RoomInPath
from services.container import Services


class PresentUser(Record, frozen=True):
    """A user present in a room, with the field names of the older API."""

    user_id: UserId
    name: str
    avatar: str | None
    status: Status
    last_active: Timestamp
    activity: str | None


async def show(services: Services, caller: Caller, room_id: RoomInPath) -> list[PresentUser]:
    """List the users present in a room."""
    room, _ = await services.access.require_member(room_id, caller.user)
    return _present_users(services, room.id)


async def set_status(
    services: Services, caller: Caller, room_id: RoomInPath, payload: StatusChange
) -> list[PresentUser]:
    """Set the caller's status and activity; without either, report input."""
    await services.presence_choices.update(room_id, payload, caller.user)
    return _present_users(services, room_id)


async def leave(services: Services, caller: Caller, room_id: RoomInPath) -> None:
    """Remove the caller from the room's present users, on all their devices; the membership remains."""
    user = caller.user
    room, _ = await services.access.require_member(room_id, user)
    services.presence.remove(room.id, user.id)


def _present_users(services: Services, room_id: RoomId) -> list[PresentUser]:
    return [
        PresentUser(user.id, user.name, user.avatar, user.status, user.last_active, user.activity)
        for user in services.presence.users(room_id)
    ]

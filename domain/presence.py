"""Records and request bodies of presence."""

from typing import Literal, TypeAlias

from domain.base import EXAMPLE_ROOM, Payload, Record, Timestamp, UserId
from text import normalise

Status: TypeAlias = Literal["active", "away", "busy"]
ChosenStatus: TypeAlias = Literal["active", "automatic", "away", "busy"]
"""Statuses that a user may choose; "automatic" follows their activity."""


class PresenceRecord(Record, frozen=True):
    """Presence of one user in a room, as storages store it."""

    user_id: UserId
    status: Status
    last_active: Timestamp


class RoomUser(Record, frozen=True):
    """One user in a room, as sent to the others in `room-users` and `user-joined`."""

    id: UserId
    name: str
    avatar: str | None
    status: Status
    last_active: Timestamp


class StatusChange(Payload, frozen=True):
    """POST /api/study-rooms/:id/presence."""

    status: ChosenStatus
    EXAMPLE = {"status": "busy"}


class UpdateStatus(Payload, frozen=True):
    """`update-status`. Without a status it reports activity of the user."""

    room_id: str
    status: ChosenStatus | None = None
    RULES = {"room_id": normalise.uuid}
    EXAMPLE = {"roomId": EXAMPLE_ROOM, "status": "busy"}

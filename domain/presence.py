"""Records and request bodies of presence."""

from typing import Any, Literal, NamedTuple, TypeAlias

from msgspec import UNSET, UnsetType

from domain.base import EXAMPLE_ROOM, Payload, Record, Timestamp, UserId
from domain.study.progress import FocusTotal
from text import normalise

Status: TypeAlias = Literal["active", "away", "busy"]
ChosenStatus: TypeAlias = Literal["away", "busy"]
"""Statuses that stand until the user changes them; they are stored with the membership."""
StatusChoice: TypeAlias = Literal["active", "automatic", "away", "busy"]
"""Statuses that a user may send; "active" and "automatic" follow the user's input."""


class PresenceRecord(Record, frozen=True):
    """Presence of one user in a room, as storages store it."""

    user_id: UserId
    status: Status
    last_active: Timestamp


class StudyInRoom(NamedTuple):
    """Study of a user in a room as the others there see it: the last three fields of `RoomUser`."""

    follows_timer: bool = True
    focused_today: FocusTotal | None = None
    focus_since: Timestamp | None = None


class RoomUser(Record, frozen=True):
    """One user in a room, as sent to the others in `room-users` and `user-joined`."""

    id: UserId
    name: str
    avatar: str | None
    status: Status
    last_active: Timestamp
    activity: str | None
    """Text about what the user works on; None without one."""
    follows_timer: bool
    """True if focus phases of the room's timer count as study time of the user."""
    focused_today: FocusTotal | None
    """Study time in the room today; None if the user does not show it."""
    focus_since: Timestamp | None
    """Start of the session that runs in the room; None without one, and if the user does not show their time."""


class PresenceUpdate(Payload, frozen=True):
    """Status and activity of a user in a room; fields that are absent stay. Null or "" clears the activity."""

    status: StatusChoice | None = None
    activity: str | UnsetType | None = UNSET
    EXAMPLE = {"status": "busy", "activity": "Essay plan"}

    @property
    def stored(self) -> dict[str, Any]:
        """Fields of the membership that change: `chosen_status` and `activity`."""
        fields: dict[str, Any] = {}
        if self.status is not None:
            fields["chosen_status"] = self.status if self.status in ("away", "busy") else None
        if self.activity is not UNSET:
            fields["activity"] = self.activity or None
        return fields


class StatusChange(PresenceUpdate, frozen=True):
    """POST /api/study-rooms/:id/presence."""

    RULES = {"activity": normalise.optional_line}
    EXAMPLE = {"status": "busy", "activity": "Essay plan"}


class UpdateStatus(PresenceUpdate, kw_only=True, frozen=True):
    """`update-status`. Without a status and an activity it reports input of the user in the room."""

    room_id: str
    RULES = {"room_id": normalise.uuid, "activity": normalise.optional_line}
    EXAMPLE = {"roomId": EXAMPLE_ROOM, "status": "busy", "activity": "Essay plan"}


class UserActive(Payload, frozen=True):
    """`user-active`: no fields."""

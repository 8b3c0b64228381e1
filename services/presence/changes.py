"""Changes of presence, as the tracker returns them to be published."""

from typing import NamedTuple, TypeAlias

from domain.base import RoomId, Timestamp, UserId
from domain.presence import Status


class Joined(NamedTuple):
    """A user became present."""

    room: RoomId
    user: UserId
    status: Status
    last_active: Timestamp
    activity: str | None
    active_members: int
    version: int


class Left(NamedTuple):
    """A user is no longer present."""

    room: RoomId
    user: UserId
    active_members: int
    version: int


class StatusChanged(NamedTuple):
    """The status or the activity of a present user changed."""

    room: RoomId
    user: UserId
    status: Status
    last_active: Timestamp
    activity: str | None
    version: int


PresenceChange: TypeAlias = Joined | Left | StatusChanged

"""Errors of rooms, members and invitations."""

from domain.errors.base import AppError


class NotAMember(AppError):
    """You are not a member of this room."""

    status, code = 403, "not_a_member"


class InviteNotFound(AppError):
    """This invitation does not exist, or not any more."""

    status, code = 404, "invite_not_found"


class RoomNotFound(AppError):
    """There is no such room."""

    status, code = 404, "room_not_found"


class RoomHidden(RoomNotFound):
    """The room exists but is hidden from the user. The answer equals `RoomNotFound`; only the log differs."""

    def __init__(self) -> None:
        super().__init__(RoomNotFound.__doc__)


class RoomFull(AppError):
    """The room is full."""

    status, code = 409, "room_full"


class TooManyInvites(AppError):
    """The room has as many invitations as it may have: revoke one first."""

    status, code = 409, "too_many_invites"


class CapacityTooSmall(AppError):
    """The room has more members than this capacity."""

    status, code = 409, "capacity_too_small"


class OwnerCannotLeave(AppError):
    """The owner leaves a room only after handing it over or by deleting it."""

    status, code = 409, "owner_cannot_leave"


class NotPresent(AppError):
    """You have no connection in this room."""

    status, code = 409, "not_present"

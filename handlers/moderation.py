"""Moderation of a room."""

from domain.accounts import Caller
from domain.moderation import AuditQuery, Ban, NewBan, NewMute, RoleChange
from domain.rooms import MemberProfile
from handlers.routing import MemberInPath, RoomInPath
from services.container import Services
from services.moderation.moderation import AuditLog


async def set_role(
    services: Services, caller: Caller, room_id: RoomInPath, user_id: MemberInPath, payload: RoleChange
) -> MemberProfile:
    """Change the role of a member to moderator or member."""
    return await services.moderation.set_role(room_id, user_id, payload.role, caller.user)


async def remove(services: Services, caller: Caller, room_id: RoomInPath, user_id: MemberInPath) -> None:
    """Remove a member from the room."""
    await services.moderation.remove(room_id, user_id, caller.user)


async def mute(
    services: Services, caller: Caller, room_id: RoomInPath, user_id: MemberInPath, payload: NewMute
) -> MemberProfile:
    """Mute a member in the room for a time."""
    return await services.moderation.mute(room_id, user_id, payload.seconds, caller.user)


async def unmute(services: Services, caller: Caller, room_id: RoomInPath, user_id: MemberInPath) -> None:
    """End a mute early."""
    await services.moderation.unmute(room_id, user_id, caller.user)


async def clear_activity(services: Services, caller: Caller, room_id: RoomInPath, user_id: MemberInPath) -> None:
    """Remove the activity of a member."""
    await services.presence_choices.clear_activity(room_id, user_id, caller.user)


async def ban(services: Services, caller: Caller, room_id: RoomInPath, user_id: MemberInPath, payload: NewBan) -> Ban:
    """Ban a user from the room."""
    return await services.moderation.ban(room_id, user_id, payload.reason or "", caller.user)


async def unban(services: Services, caller: Caller, room_id: RoomInPath, user_id: MemberInPath) -> None:
    """Lift a ban."""
    await services.moderation.unban(room_id, user_id, caller.user)


async def bans(services: Services, caller: Caller, room_id: RoomInPath) -> list[Ban]:
    """List the bans of the room, latest first."""
    return await services.moderation.bans(room_id, caller.user)


async def audit_log(services: Services, caller: Caller, room_id: RoomInPath, query: AuditQuery) -> AuditLog:
    """List the privileged actions in a room, newest first."""
    return await services.moderation.audit_log(room_id, query, caller.user)

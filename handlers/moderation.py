"""Moderation of a room."""

from typing import Annotated

from aiohttp import web

from domain.base import UserId
from domain.errors.accounts import UserNotFound
from domain.moderation import AuditQuery, Ban, NewBan, NewMute, RoleChange
from domain.rooms import MemberProfile
from handlers.keys import CALLER, SERVICES
from handlers.routing import InPath, RoomInPath
from services.moderation.moderation import AuditLog
from text import normalise

MemberInPath = Annotated[UserId, InPath("userId", normalise.uuid, UserNotFound)]


async def set_role(
    request: web.Request, room_id: RoomInPath, user_id: MemberInPath, payload: RoleChange
) -> MemberProfile:
    """Change the role of a member to moderator or member."""
    return await request.app[SERVICES].moderation.set_role(room_id, user_id, payload.role, request[CALLER].user)


async def remove(request: web.Request, room_id: RoomInPath, user_id: MemberInPath) -> None:
    """Remove a member from the room."""
    await request.app[SERVICES].moderation.remove(room_id, user_id, request[CALLER].user)


async def mute(request: web.Request, room_id: RoomInPath, user_id: MemberInPath, payload: NewMute) -> MemberProfile:
    """Mute a member in the room for a time."""
    return await request.app[SERVICES].moderation.mute(room_id, user_id, payload.seconds, request[CALLER].user)


async def unmute(request: web.Request, room_id: RoomInPath, user_id: MemberInPath) -> None:
    """End a mute early."""
    await request.app[SERVICES].moderation.unmute(room_id, user_id, request[CALLER].user)


async def ban(request: web.Request, room_id: RoomInPath, user_id: MemberInPath, payload: NewBan) -> Ban:
    """Ban a user from the room."""
    return await request.app[SERVICES].moderation.ban(room_id, user_id, payload.reason or "", request[CALLER].user)


async def unban(request: web.Request, room_id: RoomInPath, user_id: MemberInPath) -> None:
    """Lift a ban."""
    await request.app[SERVICES].moderation.unban(room_id, user_id, request[CALLER].user)


async def bans(request: web.Request, room_id: RoomInPath) -> list[Ban]:
    """List the bans of the room, latest first."""
    return await request.app[SERVICES].moderation.bans(room_id, request[CALLER].user)


async def audit_log(request: web.Request, room_id: RoomInPath, query: AuditQuery) -> AuditLog:
    """List the privileged actions in a room, newest first."""
    return await request.app[SERVICES].moderation.audit_log(room_id, query, request[CALLER].user)

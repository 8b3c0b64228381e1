"""Study rooms."""

from domain.accounts import Caller
from domain.base import Record, RoomId
from domain.rooms import (
    ListedRoom,
    MembershipChange,
    MembershipSettings,
    NewRoom,
    RoomChange,
    RoomDetails,
    RoomInfo,
    RoomsQuery,
    RoomView,
)
from handlers.routing import RoomInPath
from services.container import Services


class Overview(Record, frozen=True):
    """The caller's rooms, and public rooms that they could join; `next_cursor` is the cursor of the latter."""

    user_rooms: list[ListedRoom]
    discover_rooms: list[ListedRoom]
    next_cursor: RoomId | None


async def overview(services: Services, caller: Caller, query: RoomsQuery) -> Overview:
    """List the caller's rooms, and public rooms that they could join."""
    rooms, user = services.rooms, caller.user
    discovered, cursor = await rooms.discover(query, user)
    return Overview(await rooms.list_for_user(user), discovered, cursor)


async def create(services: Services, caller: Caller, new: NewRoom) -> RoomDetails:
    """Create a room owned by the caller."""
    return await services.rooms.create(new, caller.user, caller.address)


async def details(services: Services, caller: Caller, room_id: RoomInPath) -> RoomDetails:
    """Get a room with its members."""
    return await services.rooms.details(room_id, caller.user)


async def change(services: Services, caller: Caller, room_id: RoomInPath, payload: RoomChange) -> RoomDetails:
    """Change a room."""
    return await services.rooms.change(room_id, payload, caller.user)


async def delete(services: Services, caller: Caller, room_id: RoomInPath) -> None:
    """Delete a room."""
    await services.rooms.delete(room_id, caller.user)


async def basic_info(services: Services, caller: Caller, room_id: RoomInPath) -> RoomInfo:
    """Get the public part of a room, without membership."""
    return await services.rooms.basic_info(room_id, caller.user)


async def join(services: Services, caller: Caller, room_id: RoomInPath) -> RoomView:
    """Join a room: the caller becomes a member."""
    return await services.memberships.join(room_id, caller.user, caller.address)


async def leave(services: Services, caller: Caller, room_id: RoomInPath) -> RoomView:
    """End the caller's membership."""
    return await services.memberships.leave(room_id, caller.user)


async def change_membership(
    services: Services, caller: Caller, room_id: RoomInPath, payload: MembershipChange
) -> MembershipSettings:
    """Change the settings of the caller's own membership."""
    return await services.membership_settings.change(room_id, payload, caller.user)

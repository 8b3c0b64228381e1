"""Rooms of the whole server, for admins."""

import msgspec

from domain.accounts import User, UserSummary
from domain.base import RoomId
from domain.rooms import RoomInfo, RoomsQuery
from services.access import RoomAccess
from services.context import ServiceContext
from services.paging import read_page
from services.rooms.views import RoomViews


class ServerRoom(RoomInfo, frozen=True):
    """Room in the list for admins. `open_reports` counts the reports that the admin may read."""

    owner: UserSummary | None
    open_reports: int


class RoomAdmin:
    """Lists all rooms, public or private."""

    def __init__(self, ctx: ServiceContext, access: RoomAccess, views: RoomViews) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._access = access
        self._views = views

    async def search(self, query: RoomsQuery, admin: User) -> tuple[list[ServerRoom], RoomId | None]:
        """Return rooms, newest first, and the cursor of the next page, None if there is none.

        Raises:
            Forbidden: the user is not an admin.
        """
        await self._access.require_admin(admin, "rooms")
        shown, has_more = await read_page(
            lambda limit: self._storage.all_rooms(search=query.search or "", before=query.cursor, limit=limit),
            query.limit,
        )
        room_ids = [room.id for room in shown]
        owners = await self._lookups.owners(room_ids)
        reports = await self._storage.open_report_counts(room_ids, admin.id)
        await self._access.require_admin(admin, "rooms")  # the role may have been revoked meanwhile
        rooms = [
            ServerRoom(
                **msgspec.structs.asdict(self._views.info(room)),
                owner=owners.get(room.id),
                open_reports=reports.get(room.id, 0),
            )
            for room in shown
        ]
        return rooms, shown[-1].id if has_more else None

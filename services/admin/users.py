"""Administration of user accounts."""

from domain.accounts import ListedUser, User
from domain.admin import UserChange, UsersQuery
from domain.base import UserId
from domain.errors.accounts import UserNotFound
from domain.errors.admin import CannotMakeAdmin
from domain.errors.storage import StorageUnavailable
from runtime.logs import log_security_event
from services.access import RoomAccess
from services.accounts.profiles import Profiles
from services.accounts.sessions import Sessions
from services.context import ServiceContext
from services.paging import read_page
from services.presence.presence import Presence
from services.rooms.memberships import Memberships
from services.study.dashboard import MAX_LISTED_ROOMS


class UserAdmin:
    """Accounts and their roles, only for admins."""

    def __init__(
        self,
        ctx: ServiceContext,
        access: RoomAccess,
        sessions: Sessions,
        profiles: Profiles,
        memberships: Memberships,
        presence: Presence,
    ) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._access = access
        self._sessions = sessions
        self._profiles = profiles
        self._memberships = memberships
        self._presence = presence

    async def search(self, query: UsersQuery, admin: User) -> tuple[list[ListedUser], UserId | None]:
        """Return users, newest first, and the cursor of the next page, None if there is none.

        Raises:
            Forbidden: `admin` is not an admin.
        """
        await self._access.require_admin(admin, "people")
        shown, has_more = await read_page(
            lambda limit: self._storage.users(
                search=query.search or "", pending=query.pending, before=query.cursor, limit=limit
            ),
            query.limit,
        )
        return [user.listed for user in shown], shown[-1].id if has_more else None

    async def user(self, user_id: UserId, admin: User) -> ListedUser:
        """Return a user.

        Raises:
            Forbidden: `admin` is not an admin.
            UserNotFound: there is no such user.
        """
        await self._access.require_admin(admin, "account", user_id)
        user = await self._lookups.user(user_id)
        if user is None:
            raise UserNotFound
        return user.listed

    async def change(self, user_id: UserId, change: UserChange, admin: User) -> ListedUser:
        """Revoke the admin role, disable or enable an account, and return the user.

        A disabled user is signed out everywhere at once. A former admin is removed from private rooms that they joined
        as an admin.

        Raises:
            Forbidden: `admin` is not an admin, checked again when it is stored.
            CannotMakeAdmin: admins are made by two admins, see Promotions.
            UserNotFound: there is no such user.
            LastAdmin: no enabled admin would be left.
        """
        await self._access.require_admin(admin, "account", user_id)
        if change.role == "admin":
            raise CannotMakeAdmin
        disabled = change.disabled
        rooms = [one.room.id for one in await self._lookups.rooms_of(user_id, MAX_LISTED_ROOMS)] if change.role else []
        try:
            changing = self._storage.set_access(user_id, role=change.role, disabled=disabled, actor_id=admin.id)
            user = await self._access.run_authorized_admin(admin, changing)
        except StorageUnavailable:  # the outcome is unknown: disconnect, valid sessions reconnect
            self._disconnect(user_id)
            raise
        if user is None:
            raise UserNotFound
        if disabled:
            self._disconnect(user_id)
        self._profiles.account_changed(user)
        await self._memberships.evict_from_lost_rooms(user_id, rooms)
        access = {True: "disabled", False: "enabled", None: None}[disabled]
        log_security_event("user_access_changed", user=admin.id, target=user_id, role=change.role, access=access)
        return user.listed

    def _disconnect(self, user_id: UserId) -> None:
        self._sessions.disconnect_user(user_id)
        self._presence.remove_everywhere(user_id)  # also connections inside their grace period

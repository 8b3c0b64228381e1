"""Administration of user accounts."""

from collections.abc import Callable

from domain.accounts import User
from domain.admin import UserChange, UsersQuery
from domain.base import Record, Timestamp, UserId
from domain.clock import Clock
from domain.errors.accounts import UserNotFound
from domain.errors.admin import CannotMakeAdmin
from domain.errors.storage import StorageUnavailable
from runtime.cache import Cache
from runtime.logs import log_security_event
from services.access import RoomAccess
from services.accounts.profiles import Profiles
from services.accounts.security_emails import SecurityEmails
from services.accounts.sessions import Sessions
from services.presence.dashboard import MAX_LISTED_ROOMS
from services.presence.presence import Presence
from services.rooms.rooms import Rooms
from storage.base import Storage

SIGN_UP_DAYS = 30
"""Days for which registrations are counted, including today."""
TTL = 5
"""Seconds for which counts are cached."""
_DAY = 24 * 3600


class SignUps(Record, frozen=True):
    """Number of accounts created on a day, in UTC."""

    date: str
    count: int


class AdminDashboard(Record, frozen=True):
    """Counts for admins. `online_now` is the number of users present in a room, `sockets` of connections.

    `sign_ups` has the last 30 days, oldest first.
    """

    users: int
    rooms: int
    messages: int
    sockets: int
    online_now: int
    open_reports: int
    """Open reports of all rooms, except reports about the caller."""
    sign_ups: list[SignUps]


class UserAdmin:
    """Accounts and their roles, only for admins.

    Args:
        count_connections: returns the number of connected clients.
    """

    def __init__(
        self,
        storage: Storage,
        access: RoomAccess,
        sessions: Sessions,
        profiles: Profiles,
        rooms: Rooms,
        presence: Presence,
        security_emails: SecurityEmails,
        cache: Cache,
        clock: Clock,
        count_connections: Callable[[], int],
    ) -> None:
        self._storage = storage
        self._access = access
        self._sessions = sessions
        self._profiles = profiles
        self._rooms = rooms
        self._presence = presence
        self._security_emails = security_emails
        self._cache = cache
        self._clock = clock
        self._count_connections = count_connections

    async def dashboard(self, admin: User) -> AdminDashboard:
        """Return the counts; counts from storage may be `TTL` seconds old.

        Raises:
            Forbidden: `admin` is not an admin.
        """
        await self._access.require_admin(admin, "dashboard")
        days = [self._clock.later(-_DAY * ago)[:10] for ago in range(SIGN_UP_DAYS)][::-1]
        totals = await self._cache.get_or_fetch(
            f"totals:{days[0]}", lambda: self._storage.counts(Timestamp(f"{days[0]}T00:00:00.000Z")), TTL
        )
        open_reports = await self._cache.get_or_fetch(
            f"open-reports:{admin.id}", lambda: self._storage.open_report_count(None, admin.id), TTL
        )
        return AdminDashboard(
            users=totals.users,
            rooms=totals.rooms,
            messages=totals.messages,
            sockets=self._count_connections(),
            online_now=self._presence.user_count,
            open_reports=open_reports,
            sign_ups=[SignUps(day, totals.sign_ups.get(day, 0)) for day in days],
        )

    async def search(self, query: UsersQuery, admin: User) -> tuple[list[User], UserId | None]:
        """Return users, newest first, and the cursor of the next page, None if there is none.

        Raises:
            Forbidden: `admin` is not an admin.
        """
        await self._access.require_admin(admin, "people")
        found = await self._storage.users(
            search=query.search or "", pending=query.pending, before=query.cursor, limit=query.limit + 1
        )
        shown = found[: query.limit]
        return shown, shown[-1].id if len(found) > len(shown) else None

    async def user(self, user_id: UserId, admin: User) -> User:
        """Return a user.

        Raises:
            Forbidden: `admin` is not an admin.
            UserNotFound: there is no such user.
        """
        await self._access.require_admin(admin, "account", user_id)
        user = await self._storage.user(user_id)
        if user is None:
            raise UserNotFound
        return user

    async def change(self, user_id: UserId, change: UserChange, admin: User) -> User:
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
        rooms = [one.room.id for one in await self._storage.rooms_of(user_id, MAX_LISTED_ROOMS)] if change.role else []
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
        for room_id in {*rooms, *self._presence.rooms_of(user_id)}:
            await self._rooms.evict_if_not_member(room_id, user_id)
        standing = {True: "disabled", False: "enabled", None: None}[disabled]
        log_security_event("standing_changed", user=admin.id, target=user_id, role=change.role, standing=standing)
        return user

    async def approve(self, user_id: UserId, admin: User) -> User:
        """Approve a pending account, and mail its user.

        Raises:
            Forbidden: `admin` is not an admin.
            UserNotFound: there is no such user.
        """
        await self._access.require_admin(admin, "account", user_id)
        before = await self._storage.user(user_id)
        user = await self._access.run_authorized_admin(admin, self._storage.approve_user(user_id, admin.id))
        if user is None:
            raise UserNotFound
        if before and before.pending:
            log_security_event("account_approved", user=admin.id, target=user_id)
            self._security_emails.approved(user, self._clock.now())
        return user

    async def reject(self, user_id: UserId, admin: User) -> None:
        """Delete a pending account.

        Raises:
            Forbidden: `admin` is not an admin.
            UserNotFound: there is no such pending user.
        """
        await self._access.require_admin(admin, "account", user_id)
        try:
            is_refused = await self._access.run_authorized_admin(admin, self._storage.reject_user(user_id, admin.id))
        except StorageUnavailable:  # the outcome is unknown
            self._sessions.disconnect_user(user_id)
            raise
        if not is_refused:
            raise UserNotFound
        self._sessions.disconnect_user(user_id)
        log_security_event("account_refused", user=admin.id, target=user_id)

    def _disconnect(self, user_id: UserId) -> None:
        self._sessions.disconnect_user(user_id)
        self._presence.remove_everywhere(user_id)  # also connections inside their grace period

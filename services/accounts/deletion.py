"""Deletion of an account by its owner."""

from contextlib import suppress

from domain.account_requests import AccountDeletion
from domain.accounts import User
from domain.base import UserId
from domain.errors.base import Forbidden
from domain.errors.rooms import OwnerCannotLeave
from domain.errors.storage import StorageUnavailable
from runtime.logs import log_security_event
from services.accounts.profiles import Profiles
from services.accounts.reauthentication import Reauthenticator
from services.accounts.sessions import Sessions
from services.context import ServiceContext
from services.rooms import lookalikes
from services.rooms.memberships import Memberships
from services.rooms.rooms import Rooms
from services.study.dashboard import MAX_LISTED_ROOMS


class AccountDeletions:
    """Deletions of accounts by their users."""

    def __init__(
        self,
        ctx: ServiceContext,
        reauthenticator: Reauthenticator,
        sessions: Sessions,
        profiles: Profiles,
        rooms: Rooms,
        memberships: Memberships,
    ) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._reauthenticator = reauthenticator
        self._sessions = sessions
        self._profiles = profiles
        self._rooms = rooms
        self._memberships = memberships

    async def delete(self, deletion: AccountDeletion, user: User, address: str) -> None:
        """Delete the account: its rooms are transferred, its messages stay without a name.

        If the deletion is interrupted, every room has an owner and the account still exists, so that it can be deleted
        again. An admin resigns first: of several admins deleting their accounts at once, one remains.

        Raises:
            WrongPassword: the password is wrong.
            LastAdmin: the user is the only admin.
            SecondFactorNeeded, WrongCode, RateLimited: as for `Reauthenticator.verify`; `address` is the client's.
        """
        proof = await self._reauthenticator.verify(user, deletion.current_password, deletion.code, address)
        if proof.account.user.is_admin:
            with suppress(Forbidden):  # no longer an admin, or disabled, which the deletion rejects
                await self._resign_admin(user)
        while True:
            await self._rooms.release_owned_rooms(user)
            rooms = [membership.room.id for membership in await self._lookups.rooms_of(user.id, MAX_LISTED_ROOMS)]
            with suppress(OwnerCannotLeave):  # of a room that they created or received meanwhile
                await self._anonymise(user.id)
                for room_id in rooms:
                    await self._memberships.announce_left(room_id, user.id)
                log_security_event("account_deleted", user=user.id)
                return

    async def _resign_admin(self, admin: User) -> None:
        """End the role and the memberships of private rooms that came with it, because the deletion may fail later."""
        rooms = [membership.room.id for membership in await self._lookups.rooms_of(admin.id, MAX_LISTED_ROOMS)]
        user = await self._storage.set_access(admin.id, role="student", actor_id=admin.id)
        log_security_event("user_access_changed", user=admin.id, target=admin.id, role="student")
        if user is not None:
            self._profiles.account_changed(user)
        await self._memberships.evict_from_lost_rooms(admin.id, rooms)

    async def _anonymise(self, user_id: UserId) -> None:
        try:
            await self._storage.delete_user(user_id)
        except StorageUnavailable:  # the outcome is unknown: disconnect, valid sessions reconnect
            self._sessions.disconnect_user(user_id)
            raise
        self._sessions.disconnect_user(user_id)
        await self._profiles.account_deleted(user_id)
        lookalikes.clear_cache()

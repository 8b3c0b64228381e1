"""In-memory storage: invitations to create an account."""

from domain.accounts import AccountInvite, ListedAccountInvite, User
from domain.base import InviteId, Timestamp, UserId
from domain.errors.base import Forbidden
from domain.errors.rooms import InviteNotFound, TooManyInvites
from storage.base import AccountInviteStore, UserStore
from storage.memory.tables import Tables, replace


class MemoryAccountInvites(UserStore, AccountInviteStore):
    """`AccountInviteStore` in memory."""

    _tables: Tables

    async def add_account_invite(self, invite: AccountInvite, max_active: int) -> None:
        if not self._is_admin(invite.created_by):
            raise Forbidden
        if invite.id in self._tables.account_invites:
            return
        if sum(kept.is_usable(invite.created_at) for kept in self._tables.account_invites.values()) >= max_active:
            raise TooManyInvites
        self._tables.account_invites[invite.id] = invite

    async def account_invites(self, limit: int) -> list[ListedAccountInvite]:
        newest = sorted(self._tables.account_invites.values(), key=lambda invite: invite.id, reverse=True)[:limit]
        return [
            ListedAccountInvite(
                invite,
                self._tables.user_summary(invite.created_by),
                self._is_admin(invite.created_by),
                tuple(map(self._tables.user_summary, sorted(self._users_of(invite.id)))),
            )
            for invite in newest
        ]

    async def account_invites_of(self, user_id: UserId) -> list[AccountInvite]:
        used = self._tables.account_invite_uses.get(user_id)
        kept = self._tables.account_invites.values()
        return sorted(
            (invite for invite in kept if invite.created_by == user_id or invite.id == used),
            key=lambda invite: invite.id,
        )

    async def account_invite(self, code_hash: str, at: Timestamp) -> AccountInvite | None:
        return next(
            (
                invite
                for invite in self._tables.account_invites.values()
                if invite.code_hash == code_hash and invite.is_usable(at) and self._is_admin(invite.created_by)
            ),
            None,
        )

    async def add_invited_user(self, user: User, password_hash: str, code_hash: str) -> None:
        if user.id in self._tables.accounts:
            return
        invite = await self.account_invite(code_hash, user.created_at)
        if invite is None:
            raise InviteNotFound
        self._tables.insert_user(user, password_hash)
        self._tables.account_invites[invite.id] = replace(invite, used=invite.used + 1)
        self._tables.account_invite_uses[user.id] = invite.id

    async def revoke_account_invite(self, invite_id: InviteId, admin_id: UserId) -> bool:
        if not self._is_admin(admin_id):
            raise Forbidden
        invite = self._tables.account_invites.get(invite_id)
        if invite is None:
            return False
        self._tables.account_invites[invite_id] = replace(invite, revoked=True)
        return True

    async def purge_account_invites(self, before: Timestamp, limit: int) -> int:
        over = [invite.id for invite in self._tables.account_invites.values() if invite.expires_at <= before]
        for invite_id in over[:limit]:
            self._tables.delete_account_invite(invite_id)
        return len(over[:limit])

    def _is_admin(self, user_id: UserId) -> bool:
        account = self._tables.accounts.get(user_id)
        return account is not None and account.user.is_admin

    def _users_of(self, invite_id: InviteId) -> list[UserId]:
        return [user_id for user_id, used in self._tables.account_invite_uses.items() if used == invite_id]

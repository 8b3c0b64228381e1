"""In-memory storage: users and their passwords."""

from collections.abc import Mapping
from typing import Any

from domain import permissions
from domain.accounts import Account, PasswordResetToken, User, UserRole
from domain.base import Timestamp, UserId
from domain.errors.accounts import InvalidAdminLink, NotSignedIn, UserNotFound
from domain.errors.admin import LastAdmin
from domain.errors.base import Forbidden
from domain.errors.rooms import OwnerCannotLeave
from domain.study.progress import DayChanges
from storage.base import UserStore
from storage.email_hashes import email_hash
from storage.memory.tables import Tables, replace
from text import normalise


class MemoryUsers(UserStore):
    """`UserStore` in memory."""

    _tables: Tables

    async def add_user(self, user: User, password_hash: str) -> None:
        self._tables.insert_user(user, password_hash)

    async def has_admin(self) -> bool:
        return self._has_other_admin("")

    async def add_first_admin(self, user: User, password_hash: str) -> None:
        if self._has_other_admin(user.id):
            raise InvalidAdminLink
        self._tables.insert_user(user, password_hash)

    async def make_first_admin(self, user_id: UserId) -> User:
        if self._has_other_admin(user_id):
            raise InvalidAdminLink
        account = self._tables.accounts.get(user_id)
        if account is None or account.user.disabled:
            raise UserNotFound
        user = account.user.with_access("admin", disabled=None)
        self._tables.accounts[user_id] = replace(account, user=user)
        return user

    async def user(self, user_id: UserId) -> User | None:
        account = self._tables.accounts.get(user_id)
        return account.user if account else None

    async def account(self, user_id: UserId) -> Account | None:
        return self._tables.accounts.get(user_id)

    async def account_by_email(self, email: str) -> Account | None:
        return self._tables.accounts.get(self._tables.emails.get(normalise.email_key(email), ""))

    async def change_user(
        self, user_id: UserId, changes: Mapping[str, Any], days: DayChanges | None = None
    ) -> User | None:
        account = self._tables.accounts.get(user_id)
        if account is None or account.user.disabled:
            return None
        user = replace(account.user, **changes)
        self._tables.accounts[user_id] = replace(account, user=user)
        self._tables.user_keys[user_id] = user.search_key
        if days is not None:
            self._tables.focus_days.store_changes(user_id, days, (account.user.daily_goal, user.daily_goal))
        return user

    async def set_access(
        self,
        user_id: UserId,
        *,
        role: UserRole | None = None,
        disabled: bool | None = None,
        actor_id: UserId | None = None,
    ) -> User | None:
        account = self._tables.accounts.get(user_id)
        if account is None:
            return None
        if actor_id is not None and not self._tables.is_admin(actor_id):
            raise Forbidden(permissions.ADMINS_ONLY_MESSAGE)
        before = account.user
        user = before.with_access(role, disabled=disabled)
        if before.is_admin and not user.is_admin and not self._has_other_admin(user_id):
            raise LastAdmin
        self._tables.accounts[user_id] = replace(account, user=user)
        if user.disabled:
            self._tables.revoke_sessions(user_id)
            self._tables.calendars.pop(user_id, None)
        if not user.is_admin:
            self._tables.delete_promotions(user_id)
        if user.role != "admin":
            self._revoke_role_grants(user_id)
        return user

    def _revoke_role_grants(self, user_id: UserId) -> None:
        for room_id, room in list(self._tables.rooms.items()):
            member = self._tables.member(room_id, user_id)
            if member is None or member.role == "member":
                self._tables.delete_invites(room_id, user_id)
            if member is not None and member.by_role:
                is_open = room.visibility == "public" and user_id not in self._tables.bans[room_id]
                self._tables.members[room_id][user_id] = replace(member, by_role=False)
                if not is_open:
                    self._tables.end_membership(room_id, user_id)

    def _has_other_admin(self, user_id: UserId) -> bool:
        return any(
            account and account.user.is_admin for other, account in self._tables.accounts.items() if other != user_id
        )

    async def reclaim_account(self, reset: PasswordResetToken, password_hash: str) -> User | None:
        account = self._tables.accounts.get(reset.user_id)
        if account is None:
            return None
        user = account.user.with_access("admin", disabled=False)
        self._tables.accounts[user.id] = Account(user, password_hash)
        self._tables.second_factors.pop(user.id, None)
        self._tables.revoke_sessions(user.id)
        self._tables.calendars.pop(user.id, None)
        self._tables.resets[user.id] = reset
        self._tables.command_changes.append(user.id)
        return user

    async def command_changes(self, after: int | None) -> tuple[int, list[UserId]]:
        changes = self._tables.command_changes
        return len(changes), [] if after is None else changes[after:]

    async def approve_user(self, user_id: UserId, admin_id: UserId) -> User | None:
        self._require_admin(admin_id)
        account = self._tables.accounts.get(user_id)
        if account is None:
            return None
        user = replace(account.user, pending=False)
        self._tables.accounts[user_id] = replace(account, user=user)
        return user

    async def reject_user(self, user_id: UserId, admin_id: UserId) -> bool:
        self._require_admin(admin_id)
        account = self._tables.accounts.get(user_id)
        return account is not None and account.user.pending and self._delete(account.user)

    def _require_admin(self, user_id: UserId) -> None:
        account = self._tables.accounts.get(user_id)
        if account is None or not account.user.is_admin:
            raise Forbidden

    async def set_password(self, user_id: UserId, password_hash: str, *, expected_hash: str) -> bool:
        account = self._tables.accounts.get(user_id)
        if account is None or account.password_hash not in {expected_hash, password_hash}:
            return False
        self._tables.accounts[user_id] = replace(account, password_hash=password_hash)
        return True

    async def record_login(self, user_id: UserId, at: Timestamp) -> None:
        if account := self._tables.accounts.get(user_id):
            self._tables.accounts[user_id] = replace(account, user=replace(account.user, last_login=at))

    async def delete_user(self, user_id: UserId) -> bool:
        account = self._tables.accounts.get(user_id)
        if account is None:
            return False
        if account.user.disabled:
            raise NotSignedIn
        return self._delete(account.user)

    def _delete(self, user: User) -> bool:
        user_id = user.id
        if any(member.role == "owner" for member in self._tables.memberships(user_id)):
            raise OwnerCannotLeave
        self._tables.accounts[user_id] = None
        del self._tables.emails[user.email_key], self._tables.user_keys[user_id]
        self._tables.resets.pop(user_id, None)
        self._tables.verifications.pop(user_id, None)
        self._tables.calendars.pop(user_id, None)
        self._tables.delete_promotions(user_id)
        self._tables.second_factors.pop(user_id, None)
        self._tables.user_timers.pop(user_id, None)
        self._tables.delete_focus_of(user_id)
        self._tables.delete_account_invites_of(user_id)
        self._tables.sign_ins = {
            key: sign_in for key, sign_in in self._tables.sign_ins.items() if sign_in.user_id != user_id
        }
        for room_id in self._tables.rooms:
            if user_id in self._tables.members[room_id]:
                self._tables.end_membership(room_id, user_id)
            self._tables.delete_invites(room_id, user_id)
            self._tables.presence[room_id].pop(user_id, None)
        if self._tables.has_sanctions(user_id):
            hashed = email_hash(self._tables.email_hash_key, user.email_key)
            self._tables.former_accounts[user_id] = hashed
        self._tables.past_members.pop(user_id, None)
        self._tables.tasks.pop(user_id, None)
        self._tables.task_keys.pop(user_id, None)
        for message_id, name in self._tables.named.pop(user_id, {}).items():
            self._tables.redact_name(message_id, name)
        self._tables.redact_reports(user_id)
        return True

    async def is_empty(self) -> bool:
        return not self._tables.accounts

"""Profiles: change a user's name and picture, and publish the new ones everywhere the old ones are shown."""

from collections.abc import Mapping
from typing import Any

import msgspec

from domain.account_requests import ProfileChange
from domain.accounts import DELETED_NAME, User, UserSummary
from domain.base import RoomId, UserId
from domain.clock import to_milliseconds
from domain.errors.accounts import NotSignedIn
from domain.errors.storage import StorageUnavailable
from domain.events import UserUpdated
from domain.messages import Message
from domain.study.day_changes import day_changes
from domain.study.progress import DayChanges
from runtime.bounded_dict import BoundedDict
from services.accounts.reserved_names import reject_reserved_names
from services.context import ServiceContext
from services.presence.presence import Presence
from services.rooms.lookalikes import confusable_keys
from services.study.clock import StudyClock
from services.study.dashboard import MAX_LISTED_ROOMS

MAX_RENAMED = 1_000
"""Users whose latest name is remembered for messages that were in flight when it changed."""

_NAME_FIELDS = {"first_name": "firstName", "last_name": "lastName"}
_DAY_FIELDS = ("time_zone", "day_starts_at", "daily_goal")
_PUBLISHED_FIELDS = (*_NAME_FIELDS, "avatar")


class Profiles:
    """Changes of names and pictures, published so that no client shows two names of one user."""

    def __init__(self, ctx: ServiceContext, presence: Presence, study_clock: StudyClock) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._presence = presence
        self._study_clock = study_clock
        self._publisher = ctx.publisher
        self._limiter = ctx.limiter
        self._current_senders: BoundedDict[UserId, UserSummary] = BoundedDict(MAX_RENAMED)

    async def change(self, change: ProfileChange, user: User) -> User:
        """Change the given fields of the user's profile, and return it.

        A changed name or picture is published to the user's rooms (the `MAX_LISTED_ROOMS` most recently active) and to
        the user's own connections.

        Raises:
            NotSignedIn: the account was deleted.
            InvalidInput: the new name claims a role, which only admins may do.
            RateLimited: the name or picture was changed too often.
        """
        fields = change.provided()
        for name in ("avatar", "bio", "language"):
            if name in fields:
                fields[name] = fields[name] or None
        before = await self._lookups.user(user.id) or user
        changes = {field for field in _PUBLISHED_FIELDS if field in fields and fields[field] != getattr(before, field)}
        if renames := [name for field, name in _NAME_FIELDS.items() if field in changes]:
            if not before.is_admin:
                names = {field: fields.get(field, getattr(before, field)) for field in _NAME_FIELDS}
                reject_reserved_names(**names, fields=renames)
            await self._limiter.hit_each(("profiles", user.id), ("renames", user.id))
        elif changes:
            await self._limiter.hit("profiles", user.id)
        changed = await self._storage.change_user(user.id, fields, self._day_changes(before, fields))
        if changed is None:
            raise NotSignedIn
        await self._publish(user.id, is_renamed=changed.summary != before.summary)
        return changed

    def _day_changes(self, before: User, fields: Mapping[str, Any]) -> DayChanges | None:
        """Return the effects of a change on the user's days; None if it changes no rule of days."""
        rules = {name: fields[name] for name in _DAY_FIELDS if name in fields}
        if not rules:
            return None
        return day_changes(
            before.day_rule,
            msgspec.structs.replace(before, **rules).day_rule,
            registered_at=to_milliseconds(before.created_at),
            now=self._study_clock.now(),
        )

    async def _publish(self, user_id: UserId, *, is_renamed: bool) -> None:
        rooms = await self._rooms_of(user_id) if is_renamed else []
        while True:
            changes = self._presence.change_count
            user = await self._lookups.user(user_id)
            # Else, of two concurrent changes, the older might be published last.
            if changes == self._presence.change_count:
                break
        if user is None:
            return
        self._presence.profile_changed(user)
        if is_renamed:
            self._remember(user.summary)
            self._publisher.publish_to_rooms(UserUpdated(user.summary, confusable_keys(user.name)), rooms)
        self._publisher.push(user.id, UserUpdated(user.summary))

    def account_changed(self, user: User) -> None:
        """Notify the user's own connections that their role changed."""
        self._publisher.push(user.id, UserUpdated(user.summary))

    async def account_deleted(self, user_id: UserId) -> None:
        """Remove the user from every room and publish that the name was removed.

        It is published to every room with connections: the user may have left it before.
        """
        self._presence.remove_everywhere(user_id)
        deleted = UserSummary(user_id, DELETED_NAME)
        self._remember(deleted)
        self._publisher.publish_to_rooms(
            UserUpdated(deleted, confusable_keys(DELETED_NAME)), self._presence.occupied_rooms
        )

    def with_current_sender(self, message: Message) -> Message:
        """Return the message, stored before its sender's name changed, with the current name."""
        if not self._current_senders or message.sender is None:
            return message
        sender = self._current_senders.get(message.sender.id, message.sender)
        return message if sender == message.sender else msgspec.structs.replace(message, sender=sender)

    def _remember(self, sender: UserSummary) -> None:
        self._current_senders[sender.id] = sender

    async def _rooms_of(self, user_id: UserId) -> list[RoomId]:
        try:
            return [membership.room.id for membership in await self._lookups.rooms_of(user_id, MAX_LISTED_ROOMS)]
        except StorageUnavailable:  # the change is stored: notify at least the rooms where they are present
            return self._presence.rooms_of(user_id)

"""Statuses and activities that members choose: stored with the membership, shown while they are present."""

from domain.accounts import User
from domain.base import RoomId, UserId
from domain.errors.accounts import UserNotFound
from domain.errors.moderation import Muted
from domain.presence import PresenceUpdate
from services.access import RoomAccess
from services.context import ServiceContext
from services.presence.presence import Presence


class PresenceChoices:
    """Changes of the status and the activity of members.

    A chosen status and an activity stand until they are changed, over visits, connections and restarts of the server.
    They end with the membership.
    """

    def __init__(self, ctx: ServiceContext, access: RoomAccess, presence: Presence) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._clock = ctx.clock
        self._limiter = ctx.limiter
        self._access = access
        self._presence = presence

    async def update(self, room_id: RoomId, update: PresenceUpdate, user: User) -> None:
        """Store and publish the user's status and activity; without either, record input of the user in the room.

        Raises:
            RoomNotFound, NotAMember: as for `RoomAccess.require_member`.
            NotPresent: the user has no connection in the room.
            Muted: the user is muted in the room, and sets an activity.
        """
        _, member = await self._access.require_member(room_id, user)
        self._presence.require_connected(room_id, user.id)
        fields = {name: value for name, value in update.stored.items() if value != getattr(member, name)}
        if not fields:
            self._presence.touch(room_id, user.id)
            return
        now = self._clock.now()
        try:
            await self._access.run_authorized(room_id, user, self._storage.set_presence(room_id, user.id, fields, now))
        except Muted as failure:
            raise failure.at(now) from None
        await self._presence.show_choice(room_id, user.id, is_input=True)

    async def clear_activity(self, room_id: RoomId, user_id: UserId, user: User) -> None:
        """Remove the activity of a member, as an action of `user` in the audit log. Idempotent.

        Raises:
            RoomNotFound, Forbidden, EmailNotVerified: as for `RoomAccess.require_moderator`.
            UserNotFound: there is no such user.
            Forbidden, NotAMember: the user does not outrank the target, or the target is not a member.
        """
        await self._access.require_moderator(room_id, user)
        if await self._lookups.user(user_id) is None:
            raise UserNotFound
        await self._limiter.hit("moderation", user.id)
        act = self._access.audit_draft(room_id, "activity-cleared", user, user_id)
        if await self._access.run_authorized(room_id, user, self._storage.clear_activity(room_id, user_id, act)):
            await self._presence.show_choice(room_id, user_id, is_input=False)

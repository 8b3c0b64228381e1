"""Moderation of a room: roles, removals, mutes, bans, and the audit log."""

from domain.accounts import User, UserSummary
from domain.base import Record, RoomId, UserId
from domain.errors.accounts import UserNotFound
from domain.errors.rooms import RoomNotFound
from domain.events import Notification, NotificationKind
from domain.moderation import AuditEntry, AuditQuery, Ban
from domain.rooms import Member, MemberProfile, MemberRole, Room
from services.access import RoomAccess
from services.context import ServiceContext
from services.messages.system_messages import SystemMessages
from services.paging import read_page
from services.rooms.memberships import Memberships
from services.rooms.views import RoomViews

MAX_LISTED_BANS = 1_000
"""Limit of listed bans of one room."""


class AuditLog(Record, frozen=True):
    """A page of a room's audit log, newest first. `has_more` is true if there are older entries."""

    entries: list[AuditEntry]
    has_more: bool


class Moderation:
    """Actions of owners, moderators and admins on users in rooms.

    Every method except the last two raises the errors of `RoomAccess.require_moderator` (for roles, of
    `RoomAccess.require_owner`), and `Forbidden` if the user does not outrank the target (see domain/permissions.py).
    The storage checks this again in the transaction of the action. An action with a notice in the room also counts as a
    message of the user.
    """

    def __init__(
        self,
        ctx: ServiceContext,
        access: RoomAccess,
        views: RoomViews,
        memberships: Memberships,
        system_messages: SystemMessages,
    ) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._access = access
        self._views = views
        self._memberships = memberships
        self._system_messages = system_messages
        self._publisher = ctx.publisher
        self._limiter = ctx.limiter
        self._clock = ctx.clock

    async def set_role(self, room_id: RoomId, user_id: UserId, role: MemberRole, user: User) -> MemberProfile:
        """Change the role of a member to moderator or member, and return their profile.

        Raises:
            NotAMember: the target is not a member.
        """
        await self._access.require_owner(room_id, user)
        person = await self._require_user(user_id)
        await self._limiter.hit_each(("moderation", user.id), ("messages", user.id))
        before = await self._lookups.member(room_id, user_id)
        act = self._access.audit_draft(room_id, "role-changed", user, user_id, role=role)
        member = await self._access.run_authorized(room_id, user, self._storage.set_role(room_id, user_id, role, act))
        profile = await self._announce_member(member, person, "role-changed", by=user.summary)
        if role == "moderator" and before is not None and before.role != role:
            await self._system_messages.post(room_id, "{} made {} a moderator", user.summary, person.summary)
        return profile

    async def remove(self, room_id: RoomId, user_id: UserId, user: User) -> None:
        """Remove a member from the room.

        Raises:
            NotAMember: the target is not a member.
        """
        room, _ = await self._access.require_moderator(room_id, user)
        person = await self._require_user(user_id)
        await self._limiter.hit_each(("moderation", user.id), ("messages", user.id))
        act = self._access.audit_draft(room_id, "member-removed", user, user_id)
        await self._access.run_authorized(room_id, user, self._storage.remove_member(room_id, user_id, act))
        await self._memberships.evict(room, user_id, "removed")
        await self._system_messages.post(room_id, "{} removed {}", user.summary, person.summary)

    async def mute(self, room_id: RoomId, user_id: UserId, seconds: int, user: User) -> MemberProfile:
        """Mute a member for this number of seconds from now, and return their profile.

        Raises:
            NotAMember: the target is not a member.
        """
        await self._access.require_moderator(room_id, user)
        person = await self._require_user(user_id)
        await self._limiter.hit("moderation", user.id)
        until = self._clock.later(seconds)
        act = self._access.audit_draft(room_id, "member-muted", user, user_id, until=until)
        muting = self._storage.mute_member(room_id, user_id, until, act)
        return await self._announce_member(await self._access.run_authorized(room_id, user, muting), person, "muted")

    async def unmute(self, room_id: RoomId, user_id: UserId, user: User) -> None:
        """End a mute early. Idempotent: without a mute, nothing happens."""
        await self._access.require_moderator(room_id, user)
        person = await self._require_user(user_id)
        await self._limiter.hit("moderation", user.id)
        act = self._access.audit_draft(room_id, "member-unmuted", user, user_id)
        if await self._access.run_authorized(room_id, user, self._storage.unmute_member(room_id, user_id, act)):
            member = await self._lookups.member(room_id, user_id)
            if member is not None:
                await self._announce_member(member, person, "unmuted")

    async def ban(self, room_id: RoomId, user_id: UserId, reason: str, user: User) -> Ban:
        """Ban a user from the room, member or not, until the ban is lifted."""
        room, _ = await self._access.require_moderator(room_id, user)
        person = await self._require_user(user_id)
        await self._limiter.hit_each(("moderation", user.id), ("messages", user.id))
        act = self._access.audit_draft(room_id, "member-banned", user, user_id, reason=reason)
        if await self._access.run_authorized(room_id, user, self._storage.add_ban(room_id, user_id, reason, act)):
            await self._memberships.evict(room, user_id, "banned")
            await self._system_messages.post(room_id, "{} removed {}", user.summary, person.summary)
        return Ban(person.summary, user.summary, reason, act.timestamp)

    async def unban(self, room_id: RoomId, user_id: UserId, user: User) -> None:
        """Lift a ban. Idempotent: without a ban, nothing happens.

        A ban of a deleted account applies to a new account with the same email, and is lifted in the same way.
        """
        await self._access.require_moderator(room_id, user)
        if not await self._storage.is_banned(room_id, user_id):
            await self._require_user(user_id)
        await self._limiter.hit("moderation", user.id)
        act = self._access.audit_draft(room_id, "member-unbanned", user, user_id)
        await self._access.run_authorized(room_id, user, self._storage.delete_ban(room_id, user_id, act))

    async def bans(self, room_id: RoomId, user: User) -> list[Ban]:
        """Return the bans of the room, latest first."""
        await self._access.require_moderator(room_id, user)
        bans = await self._storage.bans(room_id, MAX_LISTED_BANS)
        await self._access.require_moderator(room_id, user)  # the role may have been revoked meanwhile
        return bans

    async def audit_log(self, room_id: RoomId, query: AuditQuery, user: User) -> AuditLog:
        """Return a page of the audit log, newest first, for the owner and admins.

        An action on the reader has no reason, because it may reveal who complained.
        """
        await self._access.require_owner(room_id, user)
        entries, has_more = await read_page(
            lambda limit: self._storage.audit_log(room_id, before=query.before, limit=limit), query.limit
        )
        await self._access.require_owner(room_id, user)  # the room may have been transferred meanwhile
        return AuditLog([entry.visible_to(user.id) for entry in entries], has_more)

    async def _require_user(self, user_id: UserId) -> User:
        person = await self._lookups.user(user_id)
        if person is None:
            raise UserNotFound
        return person

    async def _announce_member(
        self, member: Member, person: User, kind: NotificationKind, by: UserSummary | None = None
    ) -> MemberProfile:
        """Publish a member's profile to the room, notify the member, and return it. `by` is named to the member."""
        room: Room | None = await self._lookups.room(member.room_id)
        if room is None:
            raise RoomNotFound
        profile = await self._memberships.publish_member(room, person, member, only_mute=kind != "role-changed")
        role = member.role if kind == "role-changed" else None
        info, now = self._views.info(room), self._clock.now()
        notification = Notification.about_room(kind, info, now, by=by, role=role, until=profile.muted_until)
        self._publisher.push(person.id, notification)
        return profile

"""Settings of a user's own membership of a room, as far as they are about studying."""

from domain.accounts import User
from domain.base import RoomId
from domain.rooms import MembershipChange, MembershipSettings
from services.access import RoomAccess
from services.context import ServiceContext
from services.study.focus import FocusSessions
from services.study.room_focus import RoomFocus


class MembershipSettingsChanges:
    """Changes of the settings of memberships by their users."""

    def __init__(self, ctx: ServiceContext, access: RoomAccess, focus: FocusSessions, shown: RoomFocus) -> None:
        self._storage = ctx.storage
        self._access = access
        self._focus = focus
        self._shown = shown

    async def change(self, room_id: RoomId, change: MembershipChange, user: User) -> MembershipSettings:
        """Change the settings that have a value, and return all.

        Raises:
            RoomNotFound, NotAMember: as for `RoomAccess.require_member`.
        """
        _, member = await self._access.require_member(room_id, user)
        settings = {name: value for name, value in change.provided().items() if value != getattr(member, name)}
        if settings:
            write = self._storage.set_membership(room_id, user.id, settings)
            member = await self._access.run_authorized(room_id, user, write)
        if "follow_timer" in settings:
            await self._focus.set_follow(room_id, user.id, follows=member.follow_timer)
        if settings:
            await self._shown.settings_changed(member)
        return MembershipSettings(room_id, member.follow_timer, member.show_on_leaderboard)

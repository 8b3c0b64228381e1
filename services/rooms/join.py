"""Join of a connection to a room: become present, then catch up on missed messages."""

from typing import NamedTuple

from domain.accounts import User
from domain.connections import Connection
from domain.messages import HeldMessage
from domain.rooms import JoinRoom
from domain.study.timer import TimerView
from services.access import RoomAccess
from services.messages.held_messages import HeldMessages
from services.messages.messages import CatchUp, Messages
from services.presence.presence import JoinResult, Presence
from services.study.room_focus import RoomFocus
from services.study.timers import Timers


class JoinedRoom(NamedTuple):
    """Result of a join: the room, its present users and timer, the missed messages, and own messages that are held."""

    entered: JoinResult
    timer: TimerView
    caught_up: CatchUp
    held: list[HeldMessage]


class RoomJoins:
    """Joins of connections to rooms of which their users are members."""

    def __init__(
        self,
        access: RoomAccess,
        presence: Presence,
        timers: Timers,
        messages: Messages,
        held_messages: HeldMessages,
        room_focus: RoomFocus,
    ) -> None:
        self._access = access
        self._held_messages = held_messages
        self._room_focus = room_focus
        self._presence = presence
        self._timers = timers
        self._messages = messages

    async def join(self, connection: Connection, user: User, request: JoinRoom) -> JoinedRoom:
        """Subscribe the connection to the room, then read the missed messages: in this order none is lost between.

        If the join fails, a connection that was outside the room before is outside again.

        Raises:
            EmailNotVerified: the server requires a verified email.
            RoomNotFound, NotAMember: as for `Presence.join`, also if the user was evicted meanwhile.
            NotSignedIn: the account was deleted or disabled meanwhile.
        """
        room_id = request.room_id
        self._access.require_verified(user)
        await self._room_focus.prepare(room_id, user.id)
        entered = await self._presence.join(connection, user, room_id)
        try:
            visible_from = entered.member.visible_from
            timer = await self._timers.view(room_id)
            caught_up = await self._messages.catch_up(room_id, request.since, request.epoch, visible_from)
            held = await self._held_messages.own(room_id, user.id)
            await self._presence.ensure_present(connection, user, room_id)  # else missed messages must not be sent
            await self._access.require_user(connection.user_id)  # nor if the account was disabled meanwhile
        except BaseException:
            if entered.is_new:  # the join fails, so the user must not appear as present
                self._presence.leave(connection, room_id)
            raise
        return JoinedRoom(entered, timer, caught_up, held)

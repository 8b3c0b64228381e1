"""System messages: notices of the server in a room, about events there."""

import logging

import msgspec

from domain.accounts import UserSummary
from domain.base import RoomId
from domain.errors.base import AppError
from domain.messages import MessageDraft
from services.context import ServiceContext
from services.messages.writer import MessageWriter
from text import normalise

log = logging.getLogger(__name__)


class SystemMessages:
    """Posts notices as messages without a sender."""

    def __init__(self, ctx: ServiceContext, writer: MessageWriter) -> None:
        self._writer = writer
        self._clock = ctx.clock
        self._new_id = ctx.new_id

    async def post(self, room_id: RoomId, sentence: str, *users: UserSummary) -> None:
        """Post a notice. Each `{}` is replaced by the quoted name of a user, in the order of `users`.

        The event has already happened: if the notice cannot be stored, that is logged and no error is raised. Callers
        count a notice as a message of the acting user (`messages` of the limits), before the action.
        """
        shown = tuple(msgspec.structs.replace(person, name=normalise.quote_name(person.name)) for person in users)
        draft = MessageDraft(
            id=self._new_id(),
            room_id=room_id,
            sender=None,
            content=sentence.format(*(person.name for person in shown)),
            timestamp=self._clock.now(),
            mentioned_users=shown,
        )
        try:
            await self._writer.write(draft)
        except AppError as failure:
            log.warning("storing a notice of room %s failed: %s", room_id, failure)

"""Socket.IO API: the table of events. The signature of a handler declares its argument and its ack.

Each line has the handler, and its errors in addition to errors of any event: invalid JSON or argument, unknown room,
expired session, rate limit, unavailable storage.
"""

from domain.errors.accounts import AccessTokenInvalid, AnotherPerson, EmailNotVerified
from domain.errors.base import Forbidden
from domain.errors.messages import TooManyHeld
from domain.errors.moderation import Muted
from domain.errors.rooms import NotAMember, NotPresent
from domain.errors.study import (
    FocusOverlap,
    FocusSessionNotFound,
    ResumeTooLate,
    TaskNotFound,
    TimerChanged,
    TimerStateConflict,
)
from socket_events import chat, focus, timers
from socket_events.routing import Event, event

EVENTS: dict[str, Event] = {
    "join-room": event(chat.join_room, EmailNotVerified, NotAMember, is_room=True),
    "leave-room": event(chat.leave_room, is_room=True),
    "send-message": event(chat.send_message, EmailNotVerified, NotAMember, Muted, TooManyHeld),
    "cancel-held": event(chat.cancel_held, NotAMember),
    "update-status": event(chat.update_status, NotAMember, NotPresent, Muted),
    "user-active": event(chat.user_active),
    "mark-read": event(chat.mark_read, NotAMember),
    "set-timer": event(
        timers.set_timer, EmailNotVerified, Forbidden, NotAMember, Muted, TimerChanged, TimerStateConflict
    ),
    "start-focus": event(
        focus.start, FocusOverlap, FocusSessionNotFound, NotAMember, NotPresent, ResumeTooLate, TaskNotFound
    ),
    "stop-focus": event(focus.stop),
    "confirm-focus": event(focus.confirm),
    "refresh-token": event(chat.refresh_token, AccessTokenInvalid, AnotherPerson),
}
"""Events that clients may send on /chat. On the personal namespace clients only receive."""

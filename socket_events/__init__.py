"""The Socket.IO edge: the whole table of events on one screen. A handler acts; its signature says the rest.

A line has the handler, and how the event may fail beside what any may: no JSON, no valid argument, no such room,
nobody signed in any more, too much, no storage.
"""

from domain.errors.accounts import AccessTokenInvalid, AnotherPerson, EmailNotVerified
from domain.errors.moderation import Muted
from domain.errors.rooms import NotAMember, NotPresent
from socket_events import chat
from socket_events.routing import Event, event

EVENTS: dict[str, Event] = {
    "join-room": event(chat.join_room, EmailNotVerified, NotAMember, is_room=True),
    "leave-room": event(chat.leave_room, is_room=True),
    "send-message": event(chat.send_message, EmailNotVerified, NotAMember, Muted),
    "update-status": event(chat.update_status, NotAMember, NotPresent),
    "mark-read": event(chat.mark_read, NotAMember),
    "refresh-token": event(chat.refresh_token, AccessTokenInvalid, AnotherPerson),
}
"""What clients may send on /chat. On the personal namespace they only listen."""

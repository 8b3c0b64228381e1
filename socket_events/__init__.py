"""The Socket.IO edge: the whole table of events on one screen. A handler parses, acts and answers."""

from socket_events import chat
from socket_events.dispatch import Handler

EVENTS: dict[str, Handler] = {
    "join-room": chat.join_room,
    "leave-room": chat.leave_room,
    "send-message": chat.send_message,
    "update-status": chat.update_status,
    "mark-read": chat.mark_read,
}
"""What clients may send on /chat. On the personal namespace they only listen."""

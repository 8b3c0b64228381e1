"""Keys of cached reads, and patterns for invalidating many keys at once."""

from domain.base import RoomId, SessionId, UserId

# Ids are UUIDs: they contain no special characters of regular expressions.
ALL_SESSIONS = "^sign-in:"
ALL_SESSIONS_AND_USERS = "^(sign-in|user):"
ALL_DISCOVER = "^discover:"
ALL_WITH_NAMES = "^(members|messages|owners):"
ALL_OWNERS = "^owners:"


def user_key(user_id: UserId) -> str:
    """Return the key of the user, or its absence."""
    return f"user:{user_id}"


def session_key(session_id: SessionId) -> str:
    """Return the key of the session."""
    return f"sign-in:{session_id}"


def room_key(room_id: RoomId) -> str:
    """Return the key of the room, or its absence."""
    return f"room:{room_id}"


def member_key(room_id: RoomId, user_id: UserId) -> str:
    """Return the key of the membership, or its absence."""
    return f"member:{room_id}:{user_id}"


def members_key(room_id: RoomId) -> str:
    """Return the key of the room's list of members."""
    return f"members:{room_id}"


def member_ids_key(room_id: RoomId) -> str:
    """Return the key of the ids of the room's members."""
    return f"member-ids:{room_id}"


def messages_key(room_id: RoomId) -> str:
    """Return the key of the room's last page of messages."""
    return f"messages:{room_id}"


def rooms_of_key(user_id: UserId) -> str:
    """Return the key of the user's list of rooms."""
    return f"rooms-of:{user_id}"


def discover_key(user_id: UserId) -> str:
    """Return the key of the user's first page of `discover`."""
    return f"discover:{user_id}"


def role_pattern(user_id: UserId, *, sessions: bool = False) -> str:
    """Return a pattern for all keys that depend on a role on the server: lists mark admins, and mutes do not apply."""
    of_rooms = f"(room|members|member-ids):|rooms-of:{user_id}$|discover:{user_id}$"  # memberships by role may end
    return f"^(user:{user_id}$|member:[^:]*:{user_id}$|{of_rooms}{'|sign-in:' if sessions else ''})"


def membership_keys(room_id: RoomId, user_id: UserId) -> tuple[str, ...]:
    """Return all keys that depend on the user's membership of the room."""
    of_room = room_key(room_id), members_key(room_id), member_ids_key(room_id)
    return *of_room, member_key(room_id, user_id), rooms_of_key(user_id), discover_key(user_id)

"""Tables with data of a room or a user: the lists that deletions in both SQL backends read.

tests/storage/test_tables.py compares the lists with the schemas: each column that refers to a user or a room is in one
of them, or the test argues why its rows stay.
"""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

ROOM_TABLES = ("members", "past_members", "presence", "invites", "bans", "mutes", "removals", "audit_log")
"""Tables whose rows are deleted together with their room. Column: `room_id`."""

SANCTION_TABLES = ("bans", "mutes", "removals")
"""Tables with restrictions that also apply to a new account of the same email. Columns: `room_id`, `user_id`."""

HAS_SANCTION = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {table}.user_id = u.id)" for table in SANCTION_TABLES)
"""Condition: the user of `users u` has a row in `SANCTION_TABLES`."""

USER_TABLES = {
    "sign_ins": ("user_id",),
    "resets": ("user_id",),
    "verifications": ("user_id",),
    "second_factors": ("user_id",),
    "presence": ("user_id",),
    "promotions": ("user_id", "proposed_by"),
    "invites": ("created_by",),
    "account_invites": ("created_by",),
    "account_invite_uses": ("user_id",),
    "command_changes": ("user_id",),
    "named": ("user_id",),
    "reported_names": ("user_id",),
    "past_members": ("user_id",),
    "members": ("user_id",),
}
"""Tables whose rows are deleted together with an account, and their columns with the user's id."""

CLEARED_ROOM = (
    "deleted = true, name = '', description = '', subject = '', image = NULL, search_text = '', total_members = 0"
)
"""Assignments that take the content out of the row of a deleted room. The row is purged later, after its messages."""

CLEARED_USER = (
    "deleted = true, last_name = '', email = NULL, avatar = NULL, bio = NULL, last_login = NULL, verified_at = NULL,"
    " search_text = '', email_key = '', email_number = 0, pending = false"
)
"""Assignments that take the personal data out of the row of a deleted user, to which messages and reports refer.

Two columns are left to the backends: `first_name` becomes `DELETED_NAME`, and `password_hash` NULL, or empty where the
column does not allow NULL.
"""


def room_deletions(room_id: str) -> list[str]:
    """Return the statements that delete the rows of a room, one for each of `ROOM_TABLES`.

    Args:
        room_id: SQL of the room's id, which occurs once in each statement.
    """
    return [f"DELETE FROM {table} WHERE room_id = {room_id}" for table in ROOM_TABLES]


def user_deletions(user_id: str) -> list[str]:
    """Return the statements that delete the rows of a user, one for each of `USER_TABLES`, in their order.

    Two statements before them need these rows: one subtracts the user from `total_members` of rooms, one deletes the
    invitation to the user's email.

    Args:
        user_id: SQL of the user's id, which occurs once for each column.
    """
    memberships = f"SELECT room_id FROM members WHERE user_id = {user_id}"
    own_invites = f"SELECT invite_id FROM account_invite_uses WHERE user_id = {user_id}"
    return [
        f"UPDATE rooms SET total_members = total_members - 1 WHERE id IN ({memberships})",
        f"DELETE FROM account_invites WHERE email IS NOT NULL AND id IN ({own_invites})",
        *(delete_user_rows(table, user_id) for table in USER_TABLES),
    ]


def delete_user_rows(table: str, user_id: str) -> str:
    """Return the statement that deletes the rows of a user from one of `USER_TABLES`."""
    columns = USER_TABLES[table]
    return f"DELETE FROM {table} WHERE {' OR '.join(f'{column} = {user_id}' for column in columns)}"

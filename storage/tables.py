"""Tables with data of a room or a user: the lists that deletions in both SQL backends read.

tests/storage/test_tables.py compares the lists with the schemas: each column that refers to a user or a room is in one
of them. tests/storage/test_personal_columns.py compares them with the ids in a database, before and after a deletion,
and tests/storage/test_export_complete.py with an export.
"""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from typing import NamedTuple

ROOM_TABLES = (
    *("members", "past_members", "presence", "invites", "bans", "mutes", "removals", "audit_log"),
    *("going", "scheduled_sessions", "room_timers", "held_messages", "focus_room_days"),
    "room_totals",
)
"""Tables whose rows are deleted together with their room. Column: `room_id`."""

DETACHED_TABLES = {"tasks": "room_id = NULL, shared = false", "focus_sessions": "room_id = NULL"}
"""Tables whose rows stay when their room is deleted, because they belong to a user, and the assignments for them."""
SANCTION_TABLES = ("bans", "mutes", "removals")
"""Tables with restrictions that also apply to a new account of the same email. Columns: `room_id`, `user_id`."""

HAS_SANCTION = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {table}.user_id = u.id)" for table in SANCTION_TABLES)
"""Condition: the user of `users u` has a row in `SANCTION_TABLES`."""

DELETED = "deleted"
"""`PersonalColumn.on_deletion`: the rows are deleted together with the account."""

ANONYMISED = "anonymised"
"""`PersonalColumn.on_deletion`: the rows stay without personal data (`CLEARED_USER`)."""

EXPORTED = "exported"
"""`PersonalColumn.in_export`: the rows are in the export of the account."""


class PersonalColumn(NamedTuple):
    """A column with ids of users.

    Attributes:
        table, column: names, the same in both databases.
        on_deletion: `DELETED`, `ANONYMISED`, or why the rows with a user's id stay when the account is deleted.
        in_export: `EXPORTED`, or why the rows with a user's id are not in the export of the account.
    """

    table: str
    column: str
    on_deletion: str
    in_export: str


_LINK = "a secret, of a link that the user was sent"
_SANCTION = "in force for a new account of the same email"
_LOG = "the room's log; the user's name in it is that of deleted users"
_PLANNED = "in the room's schedule; the name is that of deleted users"
_TOTALS = "sums of `focusSessions`"
_PURGED_REPORT = "the report is purged some time after it was resolved"
_REPORT_ABOUT = "another user's report; texts that only reports have are in `storedWithReports`"

PERSONAL_COLUMNS = (
    PersonalColumn("sign_ins", "user_id", DELETED, EXPORTED),
    PersonalColumn("resets", "user_id", DELETED, _LINK),
    PersonalColumn("verifications", "user_id", DELETED, _LINK),
    PersonalColumn("second_factors", "user_id", DELETED, EXPORTED),
    PersonalColumn("calendars", "user_id", DELETED, _LINK),
    PersonalColumn("presence", "user_id", DELETED, "of the moment: it ends with the visit"),
    PersonalColumn("tasks", "user_id", DELETED, EXPORTED),
    PersonalColumn("task_keys", "user_id", DELETED, "recognises retries for 30 days; the task is in `tasks`"),
    PersonalColumn("focus_sessions", "user_id", DELETED, EXPORTED),
    PersonalColumn("focus_days", "user_id", DELETED, EXPORTED),
    PersonalColumn("focus_room_days", "user_id", DELETED, _TOTALS),
    PersonalColumn("room_totals", "user_id", DELETED, _TOTALS),
    PersonalColumn("focus_task_days", "user_id", DELETED, _TOTALS),
    PersonalColumn("focus_hours", "user_id", DELETED, _TOTALS),
    PersonalColumn(
        "daily_goals", "user_id", DELETED, "the goal of each day is in `focusDays`, that of now in `profile`"
    ),
    PersonalColumn("skipped_days", "user_id", DELETED, "dates without a day, made of changes of the time zone"),
    PersonalColumn("promotions", "user_id", DELETED, EXPORTED),
    PersonalColumn("promotions", "proposed_by", DELETED, EXPORTED),
    PersonalColumn("invites", "created_by", DELETED, EXPORTED),
    PersonalColumn("account_invites", "created_by", DELETED, EXPORTED),
    PersonalColumn("account_invite_uses", "user_id", DELETED, EXPORTED),
    PersonalColumn("command_changes", "user_id", DELETED, "tells running servers which account a command has changed"),
    PersonalColumn("named", "user_id", DELETED, "for redaction; the name of today is in `profile`"),
    PersonalColumn("reported_names", "user_id", DELETED, "for redaction; the text is in `storedWithReports`"),
    PersonalColumn("going", "user_id", DELETED, EXPORTED),
    PersonalColumn("past_members", "user_id", DELETED, EXPORTED),
    PersonalColumn("members", "user_id", DELETED, EXPORTED),
    PersonalColumn("user_timers", "user_id", DELETED, EXPORTED),
    PersonalColumn("held_messages", "sender_id", DELETED, EXPORTED),
    PersonalColumn("users", "id", ANONYMISED, EXPORTED),
    PersonalColumn(
        "scheduled_sessions", "created_by", "in the room's schedule; the name is that of deleted users", EXPORTED
    ),
    PersonalColumn("rooms", "created_by", "of an owner who transferred the room", "`role` in `rooms` says owner"),
    PersonalColumn("room_timers", "changed_by", "the room's timer; an id without a name", EXPORTED),
    PersonalColumn("messages", "sender_id", "the room's messages; the name is that of deleted users", EXPORTED),
    PersonalColumn("expired_keys", "sender_id", "recognises retries for 30 days", "recognises retries; without a text"),
    PersonalColumn("bans", "user_id", _SANCTION, EXPORTED),
    PersonalColumn("bans", "banned_by", "another user is banned", "the action is in `auditLog`"),
    PersonalColumn("mutes", "user_id", _SANCTION, EXPORTED),
    PersonalColumn("removals", "user_id", _SANCTION, EXPORTED),
    PersonalColumn("former_accounts", "user_id", "written by the deletion", "a deleted account has no export"),
    PersonalColumn("audit_log", "actor_id", _LOG, EXPORTED),
    PersonalColumn("audit_log", "target_id", _LOG, EXPORTED),
    PersonalColumn("reports", "reporter_id", _PURGED_REPORT, EXPORTED),
    PersonalColumn("reports", "target_id", _PURGED_REPORT, _REPORT_ABOUT),
    PersonalColumn("reports", "sender_id", _PURGED_REPORT, _REPORT_ABOUT),
    PersonalColumn("reports", "accused_id", _PURGED_REPORT, _REPORT_ABOUT),
    PersonalColumn("reports", "resolved_by", _PURGED_REPORT, "another user's report; the action is in `auditLog`"),
)
"""All columns with ids of users. Account deletion deletes rows table by table, in this order."""

USER_TABLES = {
    table: tuple(one.column for one in PERSONAL_COLUMNS if one.table == table)
    for table in dict.fromkeys(one.table for one in PERSONAL_COLUMNS if one.on_deletion == DELETED)
}
"""Tables whose rows are deleted together with an account, and their columns with the user's id."""

CLEARED_ROOM = (
    "deleted = true, name = '', description = '', subject = '', image = NULL, search_text = '', total_members = 0"
)
"""Assignments that remove the content from the row of a deleted room. The row is purged later, after its messages."""

CLEARED_USER = (
    "deleted = true, last_name = '', email = NULL, avatar = NULL, bio = NULL, language = NULL,"
    " time_zone = NULL, day_starts_at = 4, daily_goal = 60, week_starts_on = 'monday',"
    " last_login = NULL, verified_at = NULL, search_text = '', email_key = '', email_number = 0, pending = false"
)
"""Assignments that remove personal data from the row of a deleted user, to which messages and reports refer.

The backends set two more columns: `first_name` becomes `DELETED_NAME`, and `password_hash` NULL, or empty where the
column does not allow NULL.
"""


def room_deletions(room_id: str) -> list[str]:
    """Return the statements that delete or detach the rows of a room, one for each of both lists of tables.

    Args:
        room_id: SQL of the room's id, which occurs once in each statement.
    """
    return [
        *(f"DELETE FROM {table} WHERE room_id = {room_id}" for table in ROOM_TABLES),
        *(f"UPDATE {table} SET {detached} WHERE room_id = {room_id}" for table, detached in DETACHED_TABLES.items()),
    ]


def user_deletions(user_id: str) -> list[str]:
    """Return the statements that delete the rows of a user, in the order in which they must run.

    The first subtracts the user from `total_members` of their rooms, for which it needs the rows of `members`. The
    others delete the rows, one for each of `USER_TABLES`.

    Args:
        user_id: SQL of the user's id, which may occur several times in a statement.
    """
    memberships = f"SELECT room_id FROM members WHERE user_id = {user_id}"
    return [
        f"UPDATE rooms SET total_members = total_members - 1 WHERE id IN ({memberships})",
        *(delete_user_rows(table, user_id) for table in USER_TABLES),
    ]


def delete_user_rows(table: str, user_id: str) -> str:
    """Return the statement that deletes the rows of a user from one of `USER_TABLES`.

    Account invitations that were sent to the user's email, and that the user used, are deleted, too.
    """
    conditions = [f"{column} = {user_id}" for column in USER_TABLES[table]]
    if table == "account_invites":
        used = f"SELECT invite_id FROM account_invite_uses WHERE user_id = {user_id}"
        conditions.append(f"email IS NOT NULL AND id IN ({used})")
    return f"DELETE FROM {table} WHERE {' OR '.join(conditions)}"

"""Lists of tables that deletions read: each reference to a user or a room is in them, or its rows stay for a reason."""

import sqlite3
from contextlib import closing

import pytest

from storage.tables import ROOM_TABLES, SANCTION_TABLES, USER_TABLES

USER_ROWS_THAT_STAY = {
    ("audit_log", "actor_id"): "the room's log; the user's name in it is that of deleted users",
    ("audit_log", "target_id"): "the room's log; the user's name in it is that of deleted users",
    ("bans", "banned_by"): "another user is banned",
    **{(table, "user_id"): "in force for a new account of the same email" for table in SANCTION_TABLES},
    ("expired_keys", "sender_id"): "recognises retries of an expired message for 30 days",
    ("former_accounts", "user_id"): "written by the deletion",
    ("messages", "sender_id"): "the room's messages; the sender's name is that of deleted users",
    **{
        ("reports", column): "the report is purged some time after it was resolved"
        for column in ("accused_id", "reporter_id", "resolved_by", "sender_id")
    },
    ("rooms", "created_by"): "of an owner who handed the room over",
}

ROOM_ROWS_THAT_STAY = {
    "expired_keys": "purged in batches, with the messages",
    "messages": "purged in batches",
}


@pytest.fixture(params=["sqlite", "postgres"])
def references(request):
    """Return the columns that refer to a table, in the schema of each SQL backend."""
    if request.param == "sqlite":
        return sqlite_references(request.getfixturevalue("sqlite_tables"))
    server, database = (request.getfixturevalue(name) for name in ("postgres", "postgres_tables"))
    return postgres_references(server, database)


def sqlite_references(path):
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            'SELECT reference."table", schema.name, reference."from"'
            " FROM sqlite_master schema, pragma_foreign_key_list(schema.name) reference WHERE schema.type = 'table'"
        ).fetchall()
    return lambda target: {(table, column) for to, table, column in found if to == target}


def postgres_references(server, database):
    found = server.execute(
        "SELECT confrelid::regclass::text, conrelid::regclass::text, attname FROM pg_constraint"
        " JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1] WHERE contype = 'f'",
        database=database,
    )
    return lambda target: {(table, column) for to, table, column in found if to == target}


def test_every_reference_to_a_user_is_deleted_or_stays_for_a_reason(references):
    deleted = {(table, column) for table, columns in USER_TABLES.items() for column in columns}
    assert deleted & {*USER_ROWS_THAT_STAY} == set()
    assert references("users") == deleted | {*USER_ROWS_THAT_STAY}


def test_every_reference_to_a_room_is_deleted_or_stays_for_a_reason(references):
    assert {*ROOM_TABLES} & {*ROOM_ROWS_THAT_STAY} == set()
    assert references("rooms") == {(table, "room_id") for table in (*ROOM_TABLES, *ROOM_ROWS_THAT_STAY)}

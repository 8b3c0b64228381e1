"""Lists that deletions read: each column that refers to a user or a room, and each column of their rows, or why not."""

import re
import sqlite3
from contextlib import closing
from typing import NamedTuple

import pytest

from storage.tables import (
    CLEARED_ROOM,
    CLEARED_USER,
    DELETED,
    DETACHED_TABLES,
    PERSONAL_COLUMNS,
    ROOM_TABLES,
    SANCTION_TABLES,
    USER_TABLES,
)

WITHOUT_REFERENCE = {("users", "id"), ("reports", "target_id")}
"""Personal columns without a foreign key: the key itself, and one with the id of a message, a room or a user."""

ROOM_ROWS_THAT_STAY = {
    "expired_keys": "purged in batches, with the messages",
    "messages": "purged in batches",
}


USER_COLUMNS_THAT_STAY = {
    "id": "messages refer to it",
    "first_name": "set to the name of deleted users",
    "name": "generated from the others, in SQLite",
    "password_hash": "cleared by each backend",
    "role": "no personal data",
    "disabled": "no personal data",
    "created_at": "counted in the totals of new accounts",
}

ROOM_COLUMNS_THAT_STAY = {
    **dict.fromkeys(("id", "created_by", "created_at", "last_active"), "purged with the row"),
    **dict.fromkeys(("visibility", "capacity", "retention_days", "timer_control"), "no content"),
    **dict.fromkeys(("quiet_focus", "has_held", "leaderboard", "time_zone"), "no content"),
    **dict.fromkeys(("first_seq", "last_seq", "history_from", "expired_before"), "of messages that are purged later"),
}


@pytest.fixture(params=["sqlite", "postgres"])
def schema(request):
    """Return the schema of each SQL backend."""
    if request.param == "sqlite":
        return sqlite_schema(request.getfixturevalue("sqlite_tables"))
    server, database = (request.getfixturevalue(name) for name in ("postgres", "postgres_tables"))
    return postgres_schema(server, database)


class Schema(NamedTuple):
    """Columns of tables, and the columns that refer to other tables."""

    columns: set[tuple[str, str]]
    references: set[tuple[str, str, str]]

    def columns_of(self, table):
        return {column for name, column in self.columns if name == table}

    def references_to(self, target):
        return {(table, column) for to, table, column in self.references if to == target}


def sqlite_schema(path):
    with closing(sqlite3.connect(path)) as connection:
        tables = "FROM sqlite_master schema, {}(schema.name) part WHERE schema.type = 'table'"
        return Schema(
            {*connection.execute(f"SELECT schema.name, part.name {tables.format('pragma_table_xinfo')}")},
            {
                *connection.execute(
                    f"""SELECT part."table", schema.name, part."from" {tables.format("pragma_foreign_key_list")}"""
                )
            },
        )


def postgres_schema(server, database):
    columns = server.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'",
        database=database,
    )
    references = server.execute(
        "SELECT confrelid::regclass::text, conrelid::regclass::text, attname FROM pg_constraint"
        " JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1] WHERE contype = 'f'",
        database=database,
    )
    return Schema({*columns}, {*references})


def test_every_reference_to_a_user_is_a_personal_column(schema):
    """A new column with ids of users needs a line in `PERSONAL_COLUMNS`, and so a decision on deletion and export."""
    listed = [(one.table, one.column) for one in PERSONAL_COLUMNS]
    assert len(set(listed)) == len(listed)
    assert schema.references_to("users") == set(listed) - {*WITHOUT_REFERENCE}


def test_every_column_named_like_a_personal_one_is_listed(schema):
    """A column with ids of users may lack a foreign key."""
    listed = {(one.table, one.column) for one in PERSONAL_COLUMNS}
    names = {column for _, column in listed - {("users", "id")}}
    assert {(table, column) for table, column in schema.columns if column in names} == listed - {("users", "id")}


def test_tables_of_deletion_have_only_deleted_columns():
    for table in USER_TABLES:
        assert {one.on_deletion for one in PERSONAL_COLUMNS if one.table == table} == {DELETED}


def test_tables_of_single_users_are_deleted_with_an_account(schema):
    """Rows stay if they belong to a room or to other users, too, or were written by the deletion."""
    of_rooms = {table for table, _ in schema.references_to("rooms")}
    staying = {one.table for one in PERSONAL_COLUMNS} - {*USER_TABLES}
    assert staying <= of_rooms | {"former_accounts", "reports", "rooms", "users"}


def test_sanctions_stay_when_an_account_is_deleted():
    assert not {*SANCTION_TABLES} & {*USER_TABLES}
    assert {(table, "user_id") for table in SANCTION_TABLES} <= {(one.table, one.column) for one in PERSONAL_COLUMNS}


def test_every_reference_to_a_room_is_deleted_or_stays_for_a_reason(schema):
    listed = [*ROOM_TABLES, *DETACHED_TABLES, *ROOM_ROWS_THAT_STAY]
    assert len({*listed}) == len(listed)
    assert schema.references_to("rooms") == {(table, "room_id") for table in listed}


@pytest.mark.parametrize(
    ("table", "assignments", "stay"),
    [("users", CLEARED_USER, USER_COLUMNS_THAT_STAY), ("rooms", CLEARED_ROOM, ROOM_COLUMNS_THAT_STAY)],
)
def test_every_column_is_cleared_or_stays_for_a_reason(schema, table, assignments, stay):
    cleared = {*re.findall(r"(\w+) =", assignments)}
    assert cleared & {*stay} == set()
    assert schema.columns_of(table) | {"name"} == cleared | {*stay}

"""Columns and mappers of the SQL backends agree: number, order and types."""

import re
from collections.abc import Iterator
from typing import get_type_hints

import msgspec
import pytest

from domain.moderation import AuditDraft
from domain.permissions import Authority
from storage.rows import accounts, admin, columns, messages, moderation, presence, rooms, set_clause
from tests.support.factories import at, new_room, new_user

JSON = {"details": '{"role": "owner"}'}
"""Texts of columns that are JSON."""


def listed(query: str) -> str:
    """Return the list of columns of a query."""
    return re.split(r"\bFROM\b", without_brackets(query.partition("SELECT")[2]))[0]


def without_brackets(sql: str) -> str:
    """Return the SQL with a word in place of each pair of brackets."""
    while (shorter := re.sub(r"\([^()]*\)", " computed ", sql)) != sql:
        sql = shorter
    return sql


def listed_promotion_of(row):
    return admin.listed_promotion_of(row, new_user())


def listed_account_invite_of(row):
    [invite] = accounts.listed_account_invites_of([row], [])
    return invite


def admission_facts_of(row):
    return rooms.admission_facts_of(row, Authority())


FLAT = {
    accounts.user_of: accounts.USER,
    accounts.session_of: accounts.SESSION,
    accounts.password_reset_of: accounts.PASSWORD_RESET,
    accounts.second_factor_of: accounts.SECOND_FACTOR,
    accounts.account_invite_of: accounts.ACCOUNT_INVITE,
    admin.announcement_of: admin.ANNOUNCEMENT,
    admin.promotion_of: admin.PROMOTION,
    moderation.audit_draft_of: moderation.AUDIT_DRAFT,
    presence.presence_of: presence.PRESENCE,
    rooms.room_of: rooms.ROOM,
    rooms.member_of: rooms.MEMBER,
    rooms.invite_of: rooms.INVITE,
}
"""Mappers of records whose fields are named as their columns."""

NESTED = {
    accounts.account_of: accounts.ACCOUNT,
    accounts.user_summary_of: accounts.user_summary("u"),
    accounts.optional_user_summary_of: accounts.user_summary("u"),
    listed_account_invite_of: listed(accounts.LISTED_ACCOUNT_INVITES),
    listed_promotion_of: listed(admin.LISTED_PROMOTIONS),
    messages.message_of: messages.MESSAGE,
    moderation.audit_entry_of: listed(moderation.AUDIT_ENTRIES),
    moderation.ban_of: listed(moderation.BANS),
    moderation.report_of: listed(moderation.REPORTS),
    rooms.authority_of: rooms.AUTHORITY,
    admission_facts_of: rooms.admission("?"),
    rooms.invite_facts_of: listed(rooms.invite_facts("?", "?")),
    rooms.membership_of: rooms.MEMBERSHIP,
    rooms.member_profile_of: rooms.MEMBER_PROFILE,
}


def column_names(selected: str) -> list[str]:
    """Return the names of the columns in a list; of an expression, its last word."""
    return [re.findall(r"\w+", part.replace(" END", ""))[-1] for part in without_brackets(selected).split(",")]


def row_of(names: list[str]) -> list[str]:
    """A row in which each column contains its name."""
    return [JSON.get(name, name) for name in names]


def mapper_name(part: object) -> str:
    return getattr(part, "__name__", "")


@pytest.mark.parametrize(("mapper", "selected"), (FLAT | NESTED).items(), ids=mapper_name)
def test_mapper_takes_exactly_its_columns(mapper, selected):
    row = row_of(column_names(selected))
    mapper(row)
    for wrong in (row[:-1], [*row, "more"]):
        with pytest.raises((TypeError, ValueError)):
            mapper(wrong)


@pytest.mark.parametrize(("mapper", "selected"), FLAT.items(), ids=mapper_name)
def test_mapper_reads_each_column_into_its_field(mapper, selected):
    names = column_names(selected)
    record = mapper(row_of(names))
    expected = {"details": {"role": "owner"}, "recovery": ("recovery",)}
    for name in names:
        assert getattr(record, name) in (expected.get(name, name), True)
    derived = {"name"} if mapper is accounts.user_of else set()
    assert {*record.__struct_fields__} - derived == {*names}


@pytest.mark.parametrize(("mapper", "selected"), (FLAT | NESTED).items(), ids=mapper_name)
def test_mapper_converts_every_flag(mapper, selected):
    """SQLite has numbers for flags: a mapper that passed them on would send them to clients."""
    for record in records_in(mapper(row_of(column_names(selected)))):
        flags = {name for name, kind in get_type_hints(type(record)).items() if kind is bool}
        assert {name for name in flags if not isinstance(getattr(record, name), bool)} == set()


def records_in(record: object) -> Iterator[object]:
    """The record, and the records in its fields."""
    yield record
    for value in msgspec.structs.astuple(record) if isinstance(record, msgspec.Struct) else ():
        if isinstance(value, msgspec.Struct):
            yield from records_in(value)


def test_columns_have_the_alias_of_their_table():
    assert columns(["id", "name"], "r") == "r.id, r.name"
    assert columns(["id", "name"]) == "id, name"


def test_set_clause_lists_changes_in_their_order():
    assert set_clause({"name": "A", "bio": None}, frozenset({"bio", "name"}), "?") == ("name = ?, bio = ?", ["A", None])
    assert set_clause({}, frozenset({"name"}), "%s") == ("", [])


def test_set_clause_rejects_other_columns():
    with pytest.raises(ValueError, match=r"not to be changed: email, id$"):
        set_clause({"name": "A", "id": 1, "email": 2}, frozenset({"name"}), "?")


def test_room_changes_set_computed_columns_too():
    room = new_room(new_user(), visibility="private", last_seq=7)
    changes = {"visibility": "public", "expired_before": at(5)}
    assignments, values = rooms.room_changes(changes, room.changed(changes), "?")
    assert assignments == "visibility = ?, history_from = ?, expired_before = ?, search_text = ?"
    assert values == ["public", 8, at(5), room.search_key]
    with pytest.raises(ValueError, match="total_members"):
        rooms.room_changes({"total_members": 0}, room, "?")


def test_new_rows_have_the_values_of_their_columns():
    days = {"time_zone": "Asia/Tokyo", "day_starts_at": 0, "daily_goal": 90, "week_starts_on": "sunday"}
    user = new_user(
        avatar="/ada.png", bio="Numbers", language="de", last_login=at(3), verified_at=at(2), disabled=True, **days
    )
    stored = dict(zip(column_names(accounts.NEW_ACCOUNT), accounts.new_account_row(user, "hash"), strict=True))
    computed = {"password_hash": "hash", "search_text": user.search_key, "email_key": user.email_key}
    assert stored == {name: getattr(user, name) for name in column_names(accounts.USER)} | computed
    room = new_room(user, description="d", subject="s", image="i", visibility="private", capacity=5, retention_days=3)
    stored = dict(zip(column_names(rooms.NEW_ROOM), rooms.new_room_row(room), strict=True))
    assert stored == {name: getattr(room, name) for name in stored.keys() - {"search_text"}} | {
        "search_text": room.search_key
    }
    action = AuditDraft(
        id="1",
        room_id="2",
        action="member-muted",
        actor_id="3",
        target_id="4",
        details={"until": at(5)},
        timestamp=at(1),
    )
    assert moderation.audit_draft_of(moderation.audit_draft_row(action)) == action

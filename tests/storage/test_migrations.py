"""A database from before a step has, after it, what was kept before."""

import sqlite3
from contextlib import closing
from itertools import takewhile

import pytest

from domain import ids
from domain.errors.accounts import EmailTaken
from storage import migrations
from storage.postgres import PostgresStorage
from storage.sqlite import SqliteStorage
from storage.sqlite.schema import SQL_FUNCTIONS
from tests.conftest import DURABLE
from tests.support.factories import at, new_sign_in, new_user

NOTE = """
CREATE TABLE schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at {now});
"""


def script(database: str, topic: str, *rows: str) -> str:
    """Return what makes a database as it was before the step about `topic`, with some rows in it."""
    steps = list(takewhile(lambda step: not step.name.endswith(topic), migrations.migrations_for(database)))
    assert len(steps) < len(migrations.migrations_for(database)), f"there is no step about {topic}"
    noted = [f"INSERT INTO schema_migrations (number, name) VALUES ({step.number}, '{step.name}')" for step in steps]  # noqa: S608
    now = {"sqlite": "TEXT", "postgres": "timestamptz NOT NULL DEFAULT now()"}[database]
    return NOTE.format(now=now) + ";\n".join([*(step.sql.rstrip("; \n") for step in steps), *noted, *rows]) + ";"


@pytest.fixture(params=["sqlite", "postgres"])
def old(request, tmp_path):
    """A function that creates an old database of each kind in turn, and returns its storage, not yet open."""

    def make(topic, *rows):
        sql = script(request.param, topic, *rows)
        if request.param == "sqlite":
            path = tmp_path / "old.db"
            with closing(sqlite3.connect(path)) as connection:
                for name, function in SQL_FUNCTIONS.items():
                    connection.create_function(name, 1, function)
                connection.executescript(sql)
            return SqliteStorage(path)
        server = request.getfixturevalue("postgres")
        dsn = server.create_database()
        name = dsn.rpartition("/")[2]
        request.addfinalizer(lambda: server.execute(f"DROP DATABASE {name} WITH (FORCE)"))
        server.execute(sql, database=name)
        return PostgresStorage(dsn)

    return make


async def test_sign_ins_from_before_they_told_of_their_client_were_last_used_when_they_began(old):
    ada, sign_in_id = new_user(), ids.new_id()
    user = f"('{ada.id}', 'Ada', 'Lovelace', '{ada.email}', 'hash', 'student', '{at(0)}')"
    sign_in = f"('{sign_in_id}', '{ada.id}', 'hash', '{at(0)}', '{at(1000)}', false)"
    storage = old(
        "sign_ins",
        f"INSERT INTO users (id, first_name, last_name, email, password_hash, role, created_at) VALUES {user}",  # noqa: S608
        f"INSERT INTO sign_ins (id, user_id, refresh_hash, created_at, expires_at, revoked) VALUES {sign_in}",  # noqa: S608
    )
    await storage.open()
    kept = new_sign_in(ada, id=sign_in_id, refresh_hash="hash", client="", address="")
    assert await storage.session(sign_in_id) == kept
    assert await storage.sessions_of(ada.id, at(1), 10) == [kept]
    await storage.close()


async def test_rooms_users_and_emails_from_before_search_keys_are_found(old):
    ids_of = [ids.new_id() for _ in range(4)]
    emails = ("i\u0307rem@example.org", "i\u0307ii\u0307@example.org", "ii\u0307i@example.org", "iii@example.org")
    users = ", ".join(
        f"('{user_id}', '\u0130rem', '\u00d6z', '{email}', 'hash', 'student', '{at(0)}', 'old')"
        for user_id, email in zip(ids_of, emails, strict=True)
    )
    room_id = ids.new_id()
    texts = f"'{room_id}', '\u0130stanbul', 'a\nCaf\u00e9', ''"
    room = f"({texts}, 'public', '{at(0)}', '{ids_of[0]}', '{at(0)}', 'old', 0, 1)"
    storage = old(
        "search_keys",
        "INSERT INTO users (id, first_name, last_name, email, password_hash, role, created_at, search_text)"  # noqa: S608
        f" VALUES {users}",
        "INSERT INTO rooms (id, name, description, subject, visibility, last_active, created_by, created_at,"  # noqa: S608
        f" search_text, last_seq, total_members) VALUES {room}",
    )
    await storage.open()
    for search in ("istanbul", "a\ncafe", "cafe"):
        assert [room.id for room in await storage.discover(ids.new_id(), search=search, limit=2)] == [room_id]
    assert len(await storage.users(search="irem oz\ni", limit=5)) == 4
    kept = [user.email for user in await storage.users(limit=5)][::-1]
    assert kept == ["irem@example.org", *emails[1:]]  # an address that is taken is not given twice
    await storage.close()


async def test_accounts_with_one_address_in_two_spellings_stay_apart(old, caplog):
    ids_of = [ids.new_id() for _ in range(3)]
    emails = ("ada@b\u00fccher.example", "ada@xn--bcher-kva.example", "bob@example.org")
    users = ", ".join(
        f"('{user_id}', 'Ada', 'L', '{email}', 'hash', 'student', '{at(0)}', 'ada')"
        for user_id, email in zip(ids_of, emails, strict=True)
    )
    storage = old(
        "email_keys",
        "INSERT INTO users (id, first_name, last_name, email, password_hash, role, created_at, search_text)"  # noqa: S608
        f" VALUES {users}",
    )
    await storage.open()
    assert "1 accounts have the address of an older account in another spelling" in caplog.text
    for user_id, email in zip(ids_of, emails, strict=True):
        assert (await storage.account_by_email(email)).user.id == user_id
    assert (await storage.account_by_email("ADA@b\u00fccher.example.")).user.id == ids_of[0]
    for gone in ids_of[:2]:
        with pytest.raises(EmailTaken):
            await storage.add_user(new_user(email="ADA@b\u00fccher.example"), "hash")
        await storage.delete_user(gone)
    await storage.add_user(new_user(email="ADA@b\u00fccher.example"), "hash")
    await storage.close()


async def test_old_reports_are_read_by_the_roles_of_their_accused(old):
    owner, moderator, member, admin, head, reporter, room_id = [ids.new_id() for _ in range(7)]
    people = (owner, moderator, member, admin, head, reporter)
    users = ", ".join(
        f"('{user_id}', 'Ada', 'L', '{user_id}@example.org', 'hash',"
        f" '{'admin' if user_id in {admin, head} else 'student'}', '{at(0)}', 'ada', '{user_id}@example.org')"
        for user_id in people
    )
    roles = {owner: "owner", moderator: "moderator"}
    members = ", ".join(f"('{room_id}', '{who}', '{roles.get(who, 'member')}', '{at(0)}', 0)" for who in people[:4])
    report_ids = {who: ids.new_id() for who in people[:4]}
    reports = ", ".join(
        f"('{room_id}', '{report_id}', '{ids.new_id()}', {seq}, 'rude', '{at(1)}', '{who}', '{reporter}', '', 'open',"
        f" '{at(2)}')"
        for seq, (who, report_id) in enumerate(report_ids.items(), 1)
    )
    storage = old(
        "report_kinds",
        "INSERT INTO users (id, first_name, last_name, email, password_hash, role, created_at, search_text, email_key)"  # noqa: S608
        f" VALUES {users}",
        "INSERT INTO rooms (id, name, description, subject, visibility, last_active, created_by, created_at,"  # noqa: S608
        f" search_text, last_seq, total_members) VALUES ('{room_id}', 'Maths', '', '', 'public', '{at(0)}', '{owner}',"
        f" '{at(0)}', 'maths', 0, 4)",
        f"INSERT INTO members (room_id, user_id, role, joined_at, last_read) VALUES {members}",  # noqa: S608
        "INSERT INTO reports (room_id, id, message_id, seq, content, timestamp, sender_id, reporter_id, reason, status,"  # noqa: S608
        f" created_at) VALUES {reports}",
    )
    await storage.open()
    readers = {who: await storage.report_readers(report_id) for who, report_id in report_ids.items()}
    assert readers == {
        owner: sorted([admin, head]),
        moderator: sorted([owner, admin, head]),
        member: sorted([owner, moderator, admin, head]),
        admin: [head],
    }
    kept = await storage.report(report_ids[member], head)
    assert (kept.kind, kept.accused.id, kept.message.sender.id, kept.room_name) == ("message", member, member, "Maths")
    await storage.close()


@pytest.mark.parametrize("database", DURABLE)
def test_migration_numbers_have_no_gap_and_no_double(database):
    numbers = [step.number for step in migrations.migrations_for(database)]
    assert numbers == list(range(1, len(numbers) + 1))

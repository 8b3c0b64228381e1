"""SQLite backend: its file, rejected starts, and translation of errors."""

import asyncio
import os
import re
import resource
import sqlite3
import stat
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from domain import ids
from domain.errors.storage import StorageUnavailable, StorageUnusable
from storage import migrations
from storage.sqlite import SqliteStorage, schema
from tests.support.factories import at, draft, make_room, make_user, new_room, new_user, post

NOBODY = 65534


@pytest.fixture
def path(tmp_path):
    return tmp_path / "studyhall.db"


@pytest.fixture
async def storage(path):
    storage = SqliteStorage(path, busy_timeout=0.05)
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
def unprivileged():
    """A directory, for a process without the privileges of root."""
    with tempfile.TemporaryDirectory() as name:  # pytest's own are closed to others than who runs it
        euid = os.geteuid()
        if euid == 0:
            os.chown(name, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        yield Path(name)
        Path(name).chmod(0o777)
        os.seteuid(euid)


def run(path, *statements):
    """Run statements on the file as another program would, and return the rows of the last one."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return [connection.execute(statement).fetchall() for statement in statements][-1]


async def refusal(path):
    """Return the sentence with which the start is refused."""
    storage = SqliteStorage(path)
    with pytest.raises(StorageUnusable) as caught:
        await storage.open()
    await storage.close()
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


async def test_the_directory_is_made(tmp_path):
    storage = SqliteStorage(tmp_path / "some" / "where" / "studyhall.db")
    await storage.open()
    await storage.close()
    assert (tmp_path / "some" / "where" / "studyhall.db").is_file()


async def test_a_new_file_and_its_companions_are_private(storage, path):
    await make_user(storage)
    files = list(path.parent.iterdir())
    assert {file.name for file in files} == {path.name, f"{path.name}-wal", f"{path.name}-shm"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


async def test_the_mode_of_a_file_that_is_there_is_left_alone(path):
    path.touch()
    path.chmod(0o640)
    storage = SqliteStorage(path)
    await storage.open()
    await storage.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


async def test_closing_leaves_one_file(storage, path):
    await make_user(storage)
    await storage.close()
    assert list(path.parent.iterdir()) == [path]


async def test_what_is_acknowledged_is_on_disk(storage):
    [(journal,)] = await storage._database.write(lambda c: c.execute("PRAGMA journal_mode").fetchall())
    [(synchronous,)] = await storage._database.write(lambda c: c.execute("PRAGMA synchronous").fetchall())
    assert (journal, synchronous) == ("wal", 2)  # 2 is FULL


@pytest.mark.parametrize("content", [b"no database at all, but rather long a text " * 100, b"\x00" * 5000])
async def test_what_is_no_database_is_refused_and_left_alone(path, content):
    path.write_bytes(content)
    assert str(path) in await refusal(path)
    assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


async def test_a_damaged_database_is_refused(storage, path):
    await storage.close()
    damaged = bytearray(path.read_bytes())
    damaged[100:4096] = b"\xff" * 3996
    path.write_bytes(damaged)
    assert "restore it from a backup" in await refusal(path)
    assert path.read_bytes() == damaged


async def test_a_newer_schema_is_refused_and_left_alone(storage, path):
    await storage.close()
    run(path, "INSERT INTO schema_migrations VALUES (9999, '9999_future', 'then')")
    before = path.read_bytes()
    assert "9999" in await refusal(path)
    assert path.read_bytes() == before


async def test_the_database_of_another_program_is_refused_and_left_alone(path):
    run(path, "CREATE TABLE users (name)")
    before = path.read_bytes()
    assert "another program" in await refusal(path)
    assert path.read_bytes() == before


async def test_a_directory_is_refused_as_a_file(tmp_path):
    assert str(tmp_path) in await refusal(tmp_path)


async def test_a_file_is_refused_as_a_directory(tmp_path):
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in await refusal(tmp_path / "file" / "studyhall.db")


async def test_a_directory_that_cannot_be_written_is_refused(unprivileged):
    unprivileged.chmod(0o555)
    assert "make it writable" in await refusal(unprivileged / "studyhall.db")


@pytest.mark.parametrize(("directory", "file"), [(0o555, 0o666), (0o777, 0o444), (0o555, 0o444)])
async def test_a_file_that_cannot_be_written_is_refused(unprivileged, directory, file):
    path = unprivileged / "studyhall.db"
    storage = SqliteStorage(path)
    await storage.open()
    await storage.close()
    path.chmod(file)
    unprivileged.chmod(directory)
    assert "writable" in await refusal(path)


async def test_a_new_file_that_another_process_holds_is_waited_for(path, monkeypatch):
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(schema.time, "sleep", lambda _: other.execute("ROLLBACK"))
        storage = SqliteStorage(path)
        await storage.open()
        assert not other.in_transaction
    await storage.close()


async def test_steps_are_recorded_once(storage, path):
    await storage.close()
    for _ in range(2):
        await storage.open()
        await storage.close()
    steps = migrations.migrations_for("sqlite")
    recorded = run(path, "SELECT number, name FROM schema_migrations ORDER BY number")
    assert recorded == [(step.number, step.name) for step in steps]


async def test_a_step_that_fails_leaves_nothing(path, monkeypatch):
    script = "CREATE TABLE one (a);\nINSERT INTO one VALUES (1);\nINSERT INTO nowhere VALUES (1);\n"
    broken = migrations.Migration(1, "0001_broken", script)
    monkeypatch.setattr(schema, "MIGRATIONS", [lambda connection: schema._apply(broken, connection)])
    storage = SqliteStorage(path)
    with pytest.raises(sqlite3.OperationalError, match="no such table: nowhere"):
        await storage.open()
    assert run(path, "SELECT name FROM sqlite_master") == []


def test_a_script_is_split_where_its_statements_end():
    trigger = "CREATE TRIGGER t AFTER INSERT ON a\nBEGIN\n  DELETE FROM a;\n  DELETE FROM b;\nEND;\n"
    text = "INSERT INTO a\nVALUES ('one;\ntwo');\n"
    assert list(schema.split_statements(trigger + text + "SELECT 1")) == [trigger, text, "SELECT 1"]


async def test_a_write_does_not_wait_for_ever_for_another_process(storage, path):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable):
            await make_user(storage)
        with pytest.raises(StorageUnavailable):
            await storage.ping()
        other.execute("ROLLBACK")
    await make_user(storage)
    await storage.ping()


async def test_reads_do_not_wait_for_a_write(path):
    storage = SqliteStorage(path)
    await storage.open()
    ada = await make_user(storage)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(storage.record_login(ada.id, at(5)))
        for _ in range(10):
            assert await storage.user(ada.id) == ada
        assert not writing.done()
        other.execute("ROLLBACK")
    await writing
    assert (await storage.user(ada.id)).last_login == at(5)
    await storage.close()


async def test_a_caller_cancelled_while_waiting_leaves_no_transaction_open(path):
    storage = SqliteStorage(path)
    await storage.open()
    ada = await make_user(storage)
    room = await make_room(storage, ada)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = [asyncio.create_task(storage.add_messages([draft(room, ada)])) for _ in range(3)]
        await storage.user(ada.id)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert all(task.cancelled() for task in waiting)
        other.execute("ROLLBACK")
    [message] = await post(storage, draft(room, ada))
    assert [kept.seq for kept in await storage.messages_after(room.id, 0, 10)] == list(range(1, message.seq + 1))
    assert not await storage._database.write(lambda c: c.execute("PRAGMA foreign_key_check").fetchall())
    await storage.close()


async def test_a_full_disk_is_told_and_got_over(storage, path):
    ada = await make_user(storage)
    room = await make_room(storage, ada)
    connection = storage._database._connections[0]
    [(pages,)] = await connection.run(lambda c: c.execute("PRAGMA page_count").fetchall())
    await connection.run(lambda c: c.execute(f"PRAGMA max_page_count = {pages}").fetchall())
    drafts = [draft(room, ada, "x" * 4000) for _ in range(20)]
    with pytest.raises(StorageUnavailable):
        await storage.add_messages(drafts)
    assert await storage.messages_after(room.id, 0, 100) == []
    await connection.run(lambda c: c.execute("PRAGMA max_page_count = 1000000").fetchall())
    assert [message.seq for message in await post(storage, *drafts)] == list(range(1, 21))


async def test_a_ping_says_when_nothing_can_be_written(storage):
    await storage.ping()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with pytest.raises(StorageUnavailable):
            await storage.ping()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await storage.ping()


async def test_our_own_mistakes_are_not_passed_off_as_an_outage(storage):
    with pytest.raises(sqlite3.OperationalError, match="syntax error"):
        await storage._database.read("SELEKT 1")
    with pytest.raises(sqlite3.ProgrammingError):
        await storage._database.read("SELECT ?", 1, 2)
    with pytest.raises(sqlite3.IntegrityError):
        await storage._database.write(lambda c: c.execute("INSERT INTO rooms (id) VALUES ('1')"))
    await storage.ping()


async def test_a_reader_cannot_write(storage):
    with pytest.raises(StorageUnavailable):
        await storage._database.read("DELETE FROM users")


async def test_a_closed_storage_says_so(storage):
    await storage.close()
    with pytest.raises(StorageUnavailable, match="closed"):
        await storage.ping()
    with pytest.raises(StorageUnavailable, match="closed"):
        await storage.epoch()


async def test_the_database_itself_refuses_what_breaks_a_rule(storage, path):
    ada = await make_user(storage)
    bob = await make_user(storage, "Bob")
    room = await make_room(storage, ada, bob, capacity=2)
    for statement in (
        f"UPDATE members SET role = 'owner' WHERE user_id = '{bob.id}'",  # noqa: S608 - ids of our own
        "UPDATE rooms SET total_members = 3",
        "UPDATE members SET role = 'king'",
        "UPDATE rooms SET visibility = 'secret'",
        "UPDATE users SET email = NULL",
        f"INSERT INTO messages (room_id, seq, id, content, timestamp) VALUES ('{room.id}', 0, 'm', '', '')",  # noqa: S608
    ):
        with pytest.raises(sqlite3.IntegrityError):
            await storage._database.write(lambda c, statement=statement: c.execute(statement))


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        ("SELECT * FROM messages WHERE room_id = ? AND seq > ? ORDER BY seq LIMIT ?", "PRIMARY KEY"),
        (
            "SELECT * FROM messages WHERE room_id = ? AND sender_id IS ? AND client_message_id = ?",
            "messages_by_client",
        ),
        ("SELECT seq FROM messages WHERE room_id = ? ORDER BY timestamp DESC, id DESC LIMIT ?", "messages_by_time"),
        ("SELECT * FROM members WHERE user_id = ?", "members_by_user"),
    ],
)
async def test_what_is_asked_often_is_found_by_an_index(storage, path, sql, index):
    [(*_, plan)] = run(path, "EXPLAIN QUERY PLAN " + sql.replace("?", "1"))
    assert index in plan
    assert "SEARCH" in plan


@pytest.mark.parametrize(
    "looks",
    [
        lambda storage: storage.rooms_with_expired(at(0), 1, limit=10),
        lambda storage: storage.expire_messages(ids.new_id(), at(0), 1, 10),
        lambda storage: storage.purge_idempotency_keys(at(0), 10),
        lambda storage: storage.purge_reports(at(0), at(0), 10),
        lambda storage: storage.purge_rooms(10),
        lambda storage: storage.messages_sent(ids.new_id(), ids.new_id(), 0, 10),
        lambda storage: storage.audit_entries(ids.new_id(), limit=10),
        lambda storage: storage.reports_filed(ids.new_id(), limit=10),
        lambda storage: storage.owned_rooms(ids.new_id(), 10),
        lambda storage: storage.add_messages([draft(new_room(new_user()), new_user(), key="one")]),
    ],
    ids=[
        "expired rooms",
        "expiry",
        "keys",
        "reports",
        "purge",
        "messages by",
        "acts of",
        "reports by",
        "owned rooms",
        "post",
    ],
)
async def test_what_is_old_and_whose_it_is_is_found_by_an_index(storage, path, looks):
    await storage.delete_room((await make_room(storage, await make_user(storage))).id)
    said, connections = [], storage._database._connections
    for connection in connections:
        await connection.run(lambda raw: raw.set_trace_callback(said.append))
    await looks(storage)
    for connection in connections:
        await connection.run(lambda raw: raw.set_trace_callback(None))
    with closing(sqlite3.connect(path)) as other:
        plans = [
            step
            for sql in said
            if sql.split()[0] in {"SELECT", "DELETE"}
            for *_, step in other.execute(f"EXPLAIN QUERY PLAN {sql}")
        ]
    assert plans
    through_all = re.compile(r"SCAN (?!rooms|draft|CONSTANT ROW|\()|SEARCH \w+ USING .*\((id|rowid)>\?\)")
    assert not [step for step in plans if through_all.match(step) and "rooms" not in step], plans

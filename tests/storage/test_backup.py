"""`python server.py backup` and `restore`: what is in a copy, what comes back, and what is left alone."""

import asyncio
import os
import shutil
import signal
import sqlite3
import stat
from contextlib import asynccontextmanager, closing
from pathlib import Path

import aiohttp
import pytest

from domain.errors.storage import StorageUnusable
from storage.sqlite import SqliteStorage, schema
from storage.sqlite.backup import create_backup, restore
from tests.support.damage import DAMAGES
from tests.support.factories import draft, make_room, make_user, post
from tests.support.process import SECRET, ended, started
from tests.support.served import PASSWORD, PATIENCE, Chat

WRITERS = 4
SAID_BEFORE = 60
"""Acks to wait for until the backup begins."""


@pytest.fixture
def path(tmp_path):
    """The path of a database, alone in its folder."""
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "studyhall.db"


@pytest.fixture
def copy(tmp_path):
    """The path of a backup that does not exist yet, alone in its folder."""
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups" / "studyhall.db"


@asynccontextmanager
async def opened(path):
    storage = SqliteStorage(path)
    await storage.open()
    yield storage
    await storage.close()


async def fill(path, *said):
    """Store a room with a message in the database, and return its id."""
    async with opened(path) as storage:
        ada = await make_user(storage)
        room = await make_room(storage, ada)
        await post(storage, *(draft(room, ada, text) for text in said))
        return room.id


async def said_in(path, room_id):
    async with opened(path) as storage:
        return [message.content for message in await storage.messages_after(room_id, 0, 100)]


async def epoch_of(path):
    async with opened(path) as storage:
        return await storage.epoch()


def run(path, *statements):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def folder_of(path):
    """Return everything in the file's folder, byte for byte."""
    return {file.name: file.read_bytes() for file in path.parent.iterdir()}


# With a server


async def ask(http, method, url, body=None, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with http.request(method, url, json=body, headers=headers) as response:
        assert response.status < 300, await response.text()
        return await response.json()


async def talk(http, room, token, acked):
    """Send messages one after the other until the server is gone, and record acked ones."""
    while True:
        message = (await ask(http, "POST", f"{room}/messages", {"content": f"No. {len(acked)}"}, token))["data"]
        acked[message["seq"]] = message["content"]


@pytest.mark.processes
async def test_what_was_acked_before_a_backup_began_is_there_after_its_restore(path, copy):
    arguments = ("--port", 0, "--storage", f"sqlite:///{path}")
    environ = {"STUDYHALL_AUTH_SECRET": SECRET, "STUDYHALL_LIMITS_ENABLED": "false"}
    acked = {}
    async with aiohttp.ClientSession() as http:
        async with started(*arguments, environ=environ) as server:
            url = f"http://127.0.0.1:{await server.port()}"
            ada = {"firstName": "Ada", "lastName": "Okafor", "email": "ada@example.org", "password": PASSWORD}
            token = (await ask(http, "POST", f"{url}/api/auth/register", ada))["token"]
            room_id = (await ask(http, "POST", f"{url}/api/study-rooms", {"name": "Calculus"}, token))["data"]["id"]
            room = f"{url}/api/study-rooms/{room_id}"
            talking = [asyncio.create_task(talk(http, room, token, acked)) for _ in range(WRITERS)]
            while len(acked) < SAID_BEFORE:
                await asyncio.sleep(0.01)
            before = dict(acked)
            left = await ended("--storage", f"sqlite:///{path}", "backup", copy, environ=environ)
            after = len(acked)
            assert (left.code, len(left.said), left.errors) == (
                0,
                1,
                [f"studyhall: using the database sqlite:///{path}"],
            )
            refused = await ended("restore", copy, "--storage", f"sqlite:///{path}", environ=environ)
            assert (refused.code, refused.said) == (1, [])
            assert "in use: stop the server first" in refused.errors[-1]
            for task in talking:
                task.cancel()
            await asyncio.gather(*talking, return_exceptions=True)
            chat = await connect(url, token)
            joined = await chat.call("join-room", {"roomId": room_id})
            await chat.close()
            await server.stop()
        assert len(before) < after, "nothing was said during the backup"
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        assert list(copy.parent.iterdir()) == [copy]

        left = await ended("restore", copy, "--storage", f"sqlite:///{path}", environ=environ)
        assert (left.code, len(left.said), len(left.errors)) == (0, 1, 1)
        async with started(*arguments, environ=environ) as server:
            url = f"http://127.0.0.1:{await server.port()}"
            chat = await connect(url, token)
            again = await chat.call("join-room", {"roomId": room_id, "since": 10, "epoch": joined["epoch"]})
            anew = await chat.call(
                "join-room", {"roomId": room_id, "since": again["lastSeq"] - 3, "epoch": again["epoch"]}
            )
            await chat.close()
            history = f"{url}/api/study-rooms/{room_id}/messages?after=0&limit=100"
            kept = (await ask(http, "GET", history, token=token))["data"]["messages"]
            await server.stop()

    assert [message["seq"] for message in kept] == list(range(1, len(kept) + 1))
    assert before.items() <= {message["seq"]: message["content"] for message in kept}.items()
    assert (again["recovered"], again["epoch"] == joined["epoch"]) == (False, False)
    assert (anew["recovered"], len(anew["missed"])) == (True, 3)


async def connect(url, token):
    chat = Chat()
    await chat.client.connect(
        url, auth={"token": token}, namespaces=["/chat"], transports=["websocket"], wait_timeout=PATIENCE
    )
    return chat


@pytest.mark.processes
async def test_what_only_the_wal_holds_is_backed_up_and_kept_aside(path, copy):
    async with started("--port", 0, "--storage", f"sqlite:///{path}") as server:
        await server.port()
        room_id = await fill(path, "one")
        await server.stop(signal.SIGKILL)
    assert path.with_name("studyhall.db-wal").stat().st_size > 0
    shutil.copytree(path.parent, copy.parent / "torn")

    create_backup(copy.parent / "torn" / "studyhall.db", copy)
    assert await said_in(copy, room_id) == ["one"]
    aside = restore(path, copy)
    assert await said_in(aside, room_id) == ["one"]
    assert await said_in(path, room_id) == ["one"]


# Backup


async def test_a_backup_replaces_no_file(path, copy):
    await fill(path)
    copy.write_text("precious")
    with pytest.raises(StorageUnusable, match="is not replaced"):
        create_backup(path, copy)
    assert folder_of(copy) == {"studyhall.db": b"precious"}


@pytest.mark.parametrize("name", ["no first page of a table", "nothing but its first page", "half of it", "no header"])
async def test_a_damaged_database_is_not_backed_up(path, copy, name):
    await fill(path, "one")
    DAMAGES[name](path)
    before = path.read_bytes()
    with pytest.raises(StorageUnusable, match=r"studyhall\.db is damaged"):
        create_backup(path, copy)
    assert path.read_bytes() == before
    assert folder_of(copy) == {}


async def test_what_is_not_there_is_not_backed_up(path, copy):
    with pytest.raises(StorageUnusable, match="nothing to back up"):
        create_backup(path, copy)
    assert folder_of(path) == folder_of(copy) == {}


async def test_a_backup_into_a_place_that_cannot_be_is_told(path):
    await fill(path)
    with pytest.raises(StorageUnusable, match="/proc"):
        create_backup(path, Path("/proc/nowhere/studyhall.db"))


# Restore


async def test_a_restored_database_is_as_it_was_but_for_its_epoch(path, copy):
    room_id = await fill(path, "one", "two")
    epoch = await epoch_of(path)
    create_backup(path, copy)
    backup = copy.read_bytes()
    path.chmod(0o640)
    path.write_bytes(b"overwritten by mistake")

    aside = restore(path, copy)

    assert aside.read_bytes() == b"overwritten by mistake"
    assert sorted(path.parent.iterdir()) == sorted([path, aside])
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert copy.read_bytes() == backup
    assert await said_in(path, room_id) == ["one", "two"]
    assert await epoch_of(path) not in {epoch, ""}
    again = restore(path.with_name("second.db"), copy)
    assert again is None
    assert await epoch_of(path.with_name("second.db")) not in {epoch, await epoch_of(path)}
    assert stat.S_IMODE(path.with_name("second.db").stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
async def test_root_restores_for_whom_the_database_belongs_to(path, copy):
    await fill(path)
    create_backup(path, copy)
    os.chown(path, 65534, 65534)
    restore(path, copy)
    assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65534)


@pytest.mark.parametrize("name", DAMAGES)
async def test_a_damaged_backup_is_not_restored(path, copy, name):
    room_id = await fill(path, "one")
    create_backup(path, copy)
    DAMAGES[name](copy)
    backup, before = folder_of(copy), folder_of(path)

    with pytest.raises(StorageUnusable) as caught:
        restore(path, copy)

    assert str(copy) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (folder_of(copy), folder_of(path)) == (backup, before)
    assert await said_in(path, room_id) == ["one"]


@pytest.mark.parametrize(
    ("statements", "word"),
    [
        (["INSERT INTO schema_migrations VALUES (9999, '9999_future', 'then')"], "9999"),
        (["DROP TABLE schema_migrations"], "another program"),
        (["DROP INDEX messages_by_time", "PRAGMA writable_schema = ON", "DELETE FROM sqlite_master"], "empty"),
    ],
)
async def test_a_backup_that_is_not_of_this_version_is_not_restored(path, copy, statements, word):
    await fill(path)
    create_backup(path, copy)
    run(copy, *statements)
    backup, before = folder_of(copy), folder_of(path)

    with pytest.raises(StorageUnusable, match=word):
        restore(path, copy)

    assert (folder_of(copy), folder_of(path)) == (backup, before)


async def test_only_a_backup_is_restored(path, copy):
    await fill(path)
    before = folder_of(path)
    for other in (copy, copy.parent, path):
        with pytest.raises(StorageUnusable, match="name a backup"):
            restore(path, other)
    assert folder_of(path) == before


async def test_who_opens_a_database_while_it_is_replaced_does_not_go_on_with_the_old_one(path, copy, monkeypatch):
    await fill(path)
    create_backup(path, copy)
    enter_wal = schema.enable_wal

    def replaced_meanwhile(connection, patience):
        copy.replace(path)
        enter_wal(connection, patience)

    monkeypatch.setattr(schema, "enable_wal", replaced_meanwhile)
    storage = SqliteStorage(path)
    with pytest.raises(StorageUnusable, match="was replaced"):
        await storage.open()


# The command


@pytest.mark.processes
@pytest.mark.parametrize(
    ("storage", "words"),
    [
        ("memory://", ["memory://"]),
        ("postgresql://ada:open-sesame@127.0.0.1:1/studyhall", ["PostgreSQL", "docs/operating.md"]),
        ("sqlite:////nowhere/studyhall.db", ["/nowhere/studyhall.db"]),
    ],
)
async def test_what_is_no_sqlite_file_is_not_copied(copy, storage, words):
    for command, tool in (("backup", "pg_dump"), ("restore", "pg_restore")):
        left = await ended(command, copy, "--storage", storage)
        *_, why = left.errors
        assert (left.code, left.said) == (1, [])
        if command == "backup" or "nowhere" not in storage:
            assert all(word in why for word in words)
        assert (tool in why) == ("PostgreSQL" in words)
    assert folder_of(copy) == {}


@pytest.mark.processes
async def test_the_database_is_the_one_of_the_settings(path, copy, tmp_path):
    await fill(path)
    settings = tmp_path / "settings.toml"
    settings.write_text(f"[storage]\nurl = 'sqlite:///{path}'")
    assert (await ended("backup", "--config", settings, copy)).code == 0
    assert (await ended("--config", settings, "restore", copy)).code == 0
    assert len(list(path.parent.iterdir())) == 2


@pytest.mark.processes
async def test_help_names_the_commands():
    said = " ".join((await ended("--help")).said)
    assert all(name in said for name in ("backup", "restore", "create-admin", "reset-password"))


@pytest.mark.processes
@pytest.mark.parametrize(
    ("command", "word"),
    [
        (["backup"], "FILE"),
        (["restore"], "FILE"),
        (["backup", "a", "beside"], "beside"),
        (["frobnicate", "a"], "frobnicate"),
    ],
)
async def test_an_unknown_command_is_refused(command, word):
    left = await ended(*command)
    assert (left.code, left.said) == (2, [])
    assert word in left.errors[-1]

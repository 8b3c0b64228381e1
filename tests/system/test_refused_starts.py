"""`python server.py`: a start that fails is reported in one line, with the setting or file."""

import asyncio
import shutil
import socket
import sqlite3
from contextlib import closing

import pytest

from storage.sqlite import SqliteStorage
from tests.support.damage import DAMAGES
from tests.support.factories import draft, make_room, make_user, post
from tests.support.process import GIVES_UP_WITHIN, SECRET, ended, started

pytestmark = pytest.mark.slow


def assert_refused(left, *words):
    """Fail unless it ended in one line on standard error that has these words."""
    assert left.code == 1
    assert (left.said, len(left.errors)) == ([], 1), left
    for word in words:
        assert word in left.errors[0]


async def test_a_port_in_use_is_said_in_one_line(tmp_path):
    async with started("--port", 0, "--storage", "memory://") as first:
        port = await first.port()

        left = await ended("--port", port, "--storage", f"sqlite:///{tmp_path / 'studyhall.db'}")

        assert_refused(left, str(port), "address already in use")
        await first.stop()


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        pytest.param("[server]\nport = 'x'", ["[server] port"], id="a bad value"),
        pytest.param("[server]\nprot = 1", ["[server] prot"], id="an unknown key"),
        pytest.param("[sever]\nport = 1", ["[sever]"], id="an unknown section"),
        pytest.param("[server\n", ["TOML"], id="no TOML"),
    ],
)
async def test_a_bad_setting_in_the_file_is_named(tmp_path, toml, words):
    file = tmp_path / "settings.toml"
    file.write_text(toml)

    assert_refused(await ended("--config", file), "settings.toml", *words)


@pytest.mark.parametrize(
    "environ",
    [
        {"STUDYHALL_SERVER_PORT": "-1"},
        {"STUDYHALL_SERVER_PROT": "1"},
        {"STUDYHALL_LIMITS_MESSAGES": "many"},
        {"STUDYHALL_AUTH_SECRET": "short"},
    ],
)
async def test_a_bad_setting_in_the_environment_is_named(environ):
    assert_refused(await ended(environ=environ), *environ)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--port", "x"], "server.port"),
        (["--port", "65536"], "server.port"),
        (["--storage", "mysql://localhost/studyhall"], "storage.url"),
        (["--config", "/nowhere.toml"], "/nowhere.toml"),
    ],
)
async def test_a_bad_setting_on_the_command_line_is_named(arguments, word):
    assert_refused(await ended(*arguments), word)


async def test_an_unknown_option_is_named():
    left = await ended("--prot=1")

    assert (left.code, left.said) == (2, [])
    assert "--prot" in left.errors[-1]


async def test_a_host_that_is_not_here_is_named():
    left = await ended("--storage", "memory://", environ={"STUDYHALL_SERVER_HOST": "192.0.2.1"})

    assert_refused(left, "host", "192.0.2.1")


@pytest.mark.parametrize("storage", ["memory://", "sqlite:////nowhere/studyhall.db"])
async def test_production_wants_a_secret(storage):
    left = await ended("--storage", storage, environ={"STUDYHALL_SERVER_ENVIRONMENT": "production"})

    assert_refused(left, "STUDYHALL_AUTH_SECRET")


@pytest.mark.parametrize("environ", [{}, {"STUDYHALL_AUTH_SECRET": SECRET}], ids=["", "with a secret"])
async def test_a_storage_that_cannot_be_written_is_named(tmp_path, environ):
    text = tmp_path / "text"
    text.write_text("no database " * 100)

    async with asyncio.TaskGroup() as tasks:
        refused = {
            path: tasks.create_task(ended("--storage", f"sqlite:///{path}", environ=environ))
            for path in (text, text / "below.db", "/proc/nowhere/studyhall.db")
        }

    for path, left in refused.items():
        assert_refused(left.result(), str(path).rpartition("/")[0])
    assert "is not an SQLite database" in refused[text].result().errors[0]
    assert text.read_text() == "no database " * 100


def change(file, statement):
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(statement)


def folder_of(folder):
    """Return everything in a folder, byte for byte."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
async def test_a_server_refuses_what_is_damaged_in_one_line_and_leaves_it_alone(tmp_path, journal):
    whole = tmp_path / "whole.db"
    storage = SqliteStorage(whole)
    await storage.open()
    ada = await make_user(storage)
    room = await make_room(storage, ada)
    await post(storage, draft(room, ada))
    await storage.close()
    change(whole, f"PRAGMA journal_mode = {journal}")
    broken = {}
    for name, harm in DAMAGES.items():
        broken[name] = tmp_path / name / "studyhall.db"
        broken[name].parent.mkdir()
        shutil.copyfile(whole, broken[name])
        harm(broken[name])
    newer = broken["newer"] = tmp_path / "newer" / "studyhall.db"
    newer.parent.mkdir()
    shutil.copyfile(whole, newer)
    change(newer, "INSERT INTO schema_migrations VALUES (9999, '9999_future', 'then')")
    before = {name: folder_of(path.parent) for name, path in broken.items()}

    async with asyncio.TaskGroup() as tasks:
        refused = {
            name: tasks.create_task(ended("--storage", f"sqlite:///{path}", environ={"STUDYHALL_AUTH_SECRET": SECRET}))
            for name, path in broken.items()
        }

    for name, path in broken.items():
        assert_refused(refused[name].result(), str(path))
        assert folder_of(path.parent) == before[name], name


async def test_a_postgresql_that_does_not_answer_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        async with asyncio.TaskGroup() as tasks:
            refused = [
                tasks.create_task(
                    ended(
                        "--storage",
                        f"postgresql://ada:open-sesame@127.0.0.1:{listener.getsockname()[1]}/studyhall",
                        environ={"STUDYHALL_AUTH_SECRET": SECRET},
                        within=GIVES_UP_WITHIN,
                    )
                )
                for listener in (silent, closed)
            ]

    for left in refused:
        assert_refused(left.result(), "PostgreSQL did not answer")
        assert "open-sesame" not in left.result().errors[0]


async def test_a_postgresql_that_says_no_is_not_asked_again(postgres):
    async with asyncio.TaskGroup() as tasks:
        refused = [
            tasks.create_task(ended("--storage", dsn, environ={"STUDYHALL_AUTH_SECRET": SECRET}))
            for dsn in (postgres.dsn("nowhere"), postgres.dsn("postgres", password="guessed-it"))
        ]

    for left in refused:
        assert_refused(left.result(), "PostgreSQL refuses")
        assert "guessed-it" not in left.result().errors[0]

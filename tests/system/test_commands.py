"""`python server.py create-admin` and `reset-password`, beside a server that has the same database open."""

import argparse
import asyncio
import re
import sqlite3
from contextlib import closing

import aiohttp
import pyotp
import pytest
import socketio

from cli import commands
from config import load, redact_url
from storage.factory import create_storage
from tests.storage.test_focus_days import study
from tests.support.factories import make_user
from tests.support.process import SECRET, ended, started
from tests.support.served import PASSWORD

pytestmark = pytest.mark.slow

NEW = "another password"
ENVIRON = {"STUDYHALL_AUTH_SECRET": SECRET, "STUDYHALL_SERVER_PUBLIC_URL": "https://study.example.org"}
LINK = re.compile(r"https://study\.example\.org/reset#([\w-]{43})")


@pytest.fixture(params=["sqlite", "postgres"])
def storage(request, tmp_path):
    """The URL of an empty database that several processes may open."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'studyhall.db'}"
    return request.getfixturevalue("postgres").create_database()


class Client:
    """Asks a server."""

    def __init__(self, http, port):
        self._http = http
        self.origin = f"http://127.0.0.1:{port}"
        self._url = f"{self.origin}/api"

    async def ask(self, method, path, body=None, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self._http.request(method, self._url + path, json=body, headers=headers) as response:
            return response.status, await response.json()

    async def login(self, email="ada@example.org", password=PASSWORD):
        return await self.ask("POST", "/auth/login", {"email": email, "password": password})

    async def reset(self, said):
        token = LINK.fullmatch(said[-1])[1]
        return await self.ask("POST", "/auth/reset-password", {"token": token, "newPassword": NEW})


@pytest.fixture
async def client(storage):
    """A user of a server on that database."""
    async with started("--port", 0, "--storage", storage, environ=ENVIRON) as server, aiohttp.ClientSession() as http:
        yield Client(http, await server.port())
        await server.stop()


async def run(storage, *command):
    left = await ended(*command, "--storage", storage, environ=ENVIRON)
    assert (left.code, left.errors) == (0, [f"studyhall: using the database {redact_url(storage)}"]), left
    return left.said


async def make_database(storage):
    """Create an empty database, as the first start of a server does."""
    async with started("--port", 0, "--storage", storage, environ=ENVIRON) as server:
        await server.port()
        await server.stop()


async def test_the_first_admin_is_made_with_a_link_to_set_a_password(storage, client):
    said = await run(storage, "create-admin", " Ada@Example.org ", "--first-name", "Ada", "--last-name", "Okafor")

    assert said[0].startswith("Made an account for Ada Okafor, an admin.")
    assert (await client.login(password=""))[0] == 422
    assert (await client.login())[1]["code"] == "wrong_credentials"
    assert (await client.reset(said))[0] == 200
    assert (await client.reset(said))[1]["code"] == "invalid_reset_token"
    status, signed_in = await client.login(password=NEW)
    assert (status, signed_in["user"]["role"], signed_in["user"]["name"]) == (200, "admin", "Ada Okafor")


async def test_create_admin_makes_an_admin_with_one_name(storage, client):
    for email, names, name in (
        ("one@example.org", ("--first-name", "Sukarno"), "Sukarno"),
        ("two@example.org", ("--first-name", "Sukarno", "--last-name", " "), "Sukarno"),
        ("three@example.org", (), "three Admin"),
    ):
        assert (await run(storage, "create-admin", email, *names))[0].startswith(
            f"Made an account for {name}, an admin."
        )


async def test_create_admin_refuses_an_existing_account_and_describes_it(storage, client):
    ada = {"firstName": "Ada", "lastName": "Okafor", "email": "ada@example.org", "password": PASSWORD}
    _, signed_in = await client.ask("POST", "/auth/register", ada)
    _, me = await client.ask("GET", "/auth/me", token=signed_in["token"])
    assert me["data"]["role"] == "student"

    left = await ended("create-admin", "ADA@example.org", "--storage", storage, environ=ENVIRON)
    assert_refused(left, 'ada@example.org of "Ada Okafor" (a student; made ', "today", "NOT verified", "--existing")
    assert (await client.ask("GET", "/auth/me", token=signed_in["token"]))[1]["data"]["role"] == "student"
    assert (await client.login())[0] == 200


async def test_name_of_described_account_ends_no_quotation(storage, client):
    name = {"firstName": 'Ada" (made 2019-05-01; address checked', "lastName": '2019-05-02) and of "Bo'}
    account = name | {"email": "ada@example.org", "password": PASSWORD}
    assert (await client.ask("POST", "/auth/register", account))[0] == 201
    said = (await run(storage, "reset-second-factor", "ada@example.org"))[-1]
    assert said.startswith("the account ada@example.org of \"Ada' (made 2019-05-01; address checked 2019-")
    assert said.count('"') == 2


async def test_create_admin_existing_leaves_no_way_in_but_the_link(storage, client):
    ada = {"firstName": "Ada", "lastName": "Okafor", "email": "ada@example.org", "password": PASSWORD}
    _, signed_in = await client.ask("POST", "/auth/register", ada)
    token, factor = signed_in["token"], "/auth/second-factor"
    _, begun = await client.ask("POST", factor, {"currentPassword": PASSWORD}, token=token)
    assert (await client.ask("PUT", factor, {"code": pyotp.TOTP(begun["data"]["secret"]).now()}, token=token))[0] == 200
    old = LINK.fullmatch((await run(storage, "reset-password", "ada@example.org"))[-1])[1]

    said = await run(storage, "create-admin", "ada@example.org", "--existing")

    assert said[0].startswith('Made the account ada@example.org of "Ada Okafor" (a student; made ')
    assert "void" in said[0]
    assert (await client.login())[1]["code"] == "wrong_credentials"
    assert (await client.ask("POST", "/auth/refresh", {"refreshToken": signed_in["refreshToken"]}))[0] == 401
    body = {"token": old, "newPassword": NEW}
    assert (await client.ask("POST", "/auth/reset-password", body))[1]["code"] == "invalid_reset_token"
    assert (await client.reset(said))[0] == 200
    status, again = await client.login(password=NEW)
    assert (status, again["user"]["role"]) == (200, "admin")
    [said] = await run(storage, "create-admin", "ada@example.org")
    assert said.endswith("is an admin already. Nothing was changed.")


async def test_create_admin_existing_ends_sign_ins_of_a_running_server(storage, client):
    ada = {"firstName": "Ada", "lastName": "Okafor", "email": "ada@example.org", "password": PASSWORD}
    _, signed_in = await client.ask("POST", "/auth/register", ada)
    assert (await client.ask("GET", "/auth/me", token=signed_in["token"]))[0] == 200
    ended_here = asyncio.Event()
    socket = socketio.AsyncClient(reconnection=False)
    socket.on("disconnect", lambda *_: ended_here.set(), namespace="/chat")
    await socket.connect(client.origin, auth={"token": signed_in["token"]}, namespaces=["/chat"])

    await run(storage, "create-admin", "ada@example.org", "--existing")

    async with asyncio.timeout(10):
        await ended_here.wait()
    await socket.disconnect()
    assert (await client.ask("GET", "/auth/me", token=signed_in["token"]))[0] == 401


async def test_commands_beside_a_running_server_leave_presence_alone(storage, tmp_path):
    """A command opens storage only: to start the services would clear the presence that the server has stored."""
    ada = {"firstName": "Ada", "lastName": "Okafor", "email": "ada@example.org", "password": PASSWORD}
    environ = ENVIRON | {"STUDYHALL_PRESENCE_FLUSH_EVERY": "0.1"}
    config = load(None, environ, {"storage.url": storage})
    async with started("--port", 0, "--storage", storage, environ=environ) as server, aiohttp.ClientSession() as http:
        client = Client(http, await server.port())
        _, signed_in = await client.ask("POST", "/auth/register", ada)
        _, made = await client.ask("POST", "/study-rooms", {"name": "Quiet"}, signed_in["token"])
        room = made["data"]["id"]
        socket = socketio.AsyncClient(reconnection=False)
        await socket.connect(client.origin, auth={"token": signed_in["token"]}, namespaces=["/chat"])
        assert (await socket.call("join-room", room, namespace="/chat"))["ok"]
        reader = create_storage(config, create=False)
        await reader.open()
        try:
            async with asyncio.timeout(10):
                while not (present := await reader.presence(room)):
                    await asyncio.sleep(0.01)
            commands = [
                ("create-admin", "head@example.org"),
                ("reset-password", "ada@example.org"),
                ("reset-second-factor", "ada@example.org"),
            ]
            if config.storage.kind == "sqlite":
                commands.append(("backup", tmp_path / "copy.db"))
            for command in commands:
                await run(storage, *command)
                assert await reader.presence(room) == present, command
            _, seen = await client.ask("GET", f"/study-rooms/{room}/presence", token=signed_in["token"])
            assert [user["name"] for user in seen["data"]] == ["Ada Okafor"]
        finally:
            await reader.close()
        await socket.disconnect()
        await server.stop()


async def test_create_admin_existing_takes_no_names_and_needs_an_account(storage, client):
    ada = {"firstName": "Ada", "lastName": "Okafor", "email": "ada@example.org", "password": PASSWORD}
    await client.ask("POST", "/auth/register", ada)
    for arguments, word in (
        (("ada@example.org", "--existing", "--first-name", "Grace"), "--first-name"),
        (("grace@example.org", "--existing"), "no account"),
    ):
        assert_refused(await ended("create-admin", *arguments, "--storage", storage, environ=ENVIRON), word)
    assert (await client.login())[0] == 200


async def test_a_lost_password_is_set_anew_with_a_link(storage, client):
    ada = {"firstName": "Ada", "lastName": "Okafor", "email": "ada@example.org", "password": PASSWORD}
    _, signed_in = await client.ask("POST", "/auth/register", ada)

    said = await run(storage, "reset-password", "ADA@example.org")

    assert said[0].startswith('For the account ada@example.org of "Ada Okafor" (a student; made ')
    assert said[0].endswith("NOT verified). To set a password, once, within 60 minutes:")
    assert (await client.login())[0] == 200, "the old one is good until the link is used"
    assert (await client.reset(said))[0] == 200
    assert (await client.ask("GET", "/auth/me", token=signed_in["token"]))[0] == 401
    assert (await client.login())[1]["code"] == "wrong_credentials"
    assert (await client.login(password=NEW))[0] == 200


async def test_a_lost_second_factor_is_taken_away(storage, client):
    ada = {"firstName": "Ada", "lastName": "Okafor", "email": "ada@example.org", "password": PASSWORD}
    _, signed_in = await client.ask("POST", "/auth/register", ada)
    token, factor = signed_in["token"], "/auth/second-factor"
    _, begun = await client.ask("POST", factor, {"currentPassword": PASSWORD}, token=token)
    code = pyotp.TOTP(begun["data"]["secret"]).now()
    assert (await client.ask("PUT", factor, {"code": code}, token=token))[0] == 200
    assert (await client.login())[1]["code"] == "second_factor_needed"

    [said] = await run(storage, "reset-second-factor", " Ada@Example.org ")

    assert said.startswith('the account ada@example.org of "Ada Okafor" (a student; made ')
    assert said.endswith("NOT verified) signs in with the password alone from now on.")
    assert (await client.login())[0] == 200
    [said] = await run(storage, "reset-second-factor", "ada@example.org")
    assert said.endswith("NOT verified) has no second factor, and signs in with the password alone.")


# What is refused


def assert_refused(left, *words):
    errors = [line for line in left.errors if not line.startswith("studyhall: using the database ")]
    assert (left.code, left.said, len(errors)) == (1, [], 1), left
    for word in words:
        assert word in errors[0]


COMMANDS = ("create-admin", "reset-password", "reset-second-factor")


@pytest.mark.parametrize("is_there", [False, True], ids=["missing", "empty"])
async def test_commands_make_no_sqlite_database(tmp_path, is_there):
    file = tmp_path / "studyhall.db"
    if is_there:
        file.touch()
    before = list(tmp_path.iterdir())

    left = await asyncio.gather(
        *(ended(name, "ada@example.org", "--storage", f"sqlite:///{file}", environ=ENVIRON) for name in COMMANDS),
        ended("backup", tmp_path / "copy.db", "--storage", f"sqlite:///{file}.none", environ=ENVIRON),
    )

    for one in left:
        assert_refused(one, str(file))
    for one in left[:-1]:
        assert_refused(one, f"There is no database {file}: name the server's with --storage or --env-file")
    assert list(tmp_path.iterdir()) == before
    assert not is_there or file.stat().st_size == 0


async def test_commands_make_no_tables_in_postgresql(postgres):
    dsn = postgres.create_database()

    left = await asyncio.gather(
        *(ended(name, "ada@example.org", "--storage", dsn, environ=ENVIRON) for name in COMMANDS)
    )

    for one in left:
        assert_refused(one, "The database has no tables of Studyhall: name the server's with --storage or --env-file")
    database = dsn.rpartition("/")[2]
    assert postgres.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'", database=database) == []


async def test_env_file_names_the_database_and_the_link_whatever_is_in_it(tmp_path, monkeypatch):
    file = tmp_path / "a&b;c$d (e)" / "studyhall.db"
    await make_database(f"sqlite:///{file}")
    environment = tmp_path / "environment"
    environment.write_text(
        f"STUDYHALL_STORAGE_URL=sqlite:///{file}\nSTUDYHALL_SERVER_PUBLIC_URL='https://study.example.org'\n"
    )

    for arguments in (
        ("--env-file", environment, "create-admin", "ada@example.org"),
        ("create-admin", "ben@example.org", "--env-file", environment),
    ):
        left = await ended(*arguments)

        assert (left.code, left.errors) == (0, [f"studyhall: using the database sqlite:///{file}"])
        assert LINK.fullmatch(left.said[-1])


async def test_server_reads_an_env_file(tmp_path):
    environment = tmp_path / "environment"
    environment.write_text("\ufeffSTUDYHALL_STORAGE_URL=memory://\r\nSTUDYHALL_SERVER_PORT=0\r\n", "utf-8")
    async with started("--env-file", environment) as server:
        await server.port()
        await server.says("Storing data in memory://")
        await server.stop()


async def test_other_variables_of_an_env_file_reach_libpq(postgres, tmp_path):
    dsn = postgres.create_database()
    await make_database(dsn)
    environment = tmp_path / "environment"
    environment.write_text(
        f"STUDYHALL_STORAGE_URL={dsn.replace(':open-sesame', '')}\nPGPASSWORD=open-sesame\nSTUDYHALL_SERVER_PORT=8080"
    )

    left = await ended("--env-file", environment, "create-admin", "ada@example.org")

    assert left.code == 0
    assert left.said[-1].startswith("http://localhost:8080/reset#")
    assert left.errors[1:] == [
        "studyhall: the link begins with http://localhost:8080; another address is [server] public_url"
    ]


async def test_no_link_is_made_that_leads_nowhere(tmp_path):
    url = f"sqlite:///{tmp_path / 'studyhall.db'}"
    await make_database(url)
    for command in ("create-admin", "reset-password"):
        left = await ended(command, "ada@example.org", "--port", 0, "--storage", url)
        assert_refused(left, "[server] port: 0 is any free port, so no link can be made")
    assert_refused(await ended("reset-password", "ada@example.org", "--storage", url), "no account")


async def test_an_account_that_is_not_there_gets_no_link(tmp_path):
    file = tmp_path / "studyhall.db"
    await make_database(f"sqlite:///{file}")
    await run(f"sqlite:///{file}", "create-admin", "grace@example.org")

    left = await ended("reset-password", "ada@example.org", "--storage", f"sqlite:///{file}", environ=ENVIRON)

    assert_refused(left, "no account", "ada@example.org")


async def test_a_disabled_account_gets_no_link_and_is_enabled_with_its_admin(tmp_path):
    file = tmp_path / "studyhall.db"
    url = f"sqlite:///{file}"
    await make_database(url)
    await run(url, "create-admin", "ada@example.org")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE users SET disabled = 1")

    assert_refused(await ended("reset-password", "ada@example.org", "--storage", url), "disabled", "ada@example.org")

    assert "disabled" in (await run(url, "create-admin", "ada@example.org", "--existing"))[0]
    assert LINK.fullmatch((await run(url, "reset-password", "ada@example.org"))[-1])


async def test_what_cannot_be_done_is_said_in_one_line(tmp_path):
    url = f"sqlite:///{tmp_path / 'studyhall.db'}"
    refused = {  # a database that does not answer is waited for: all wait together
        ("ada@example.org", "--storage", "memory://"): "memory:// is inside the server's own process",
        ("ada", "--storage", url): "EMAIL: must be an email address",
        ("ada@example.org", "--storage", "postgresql://127.0.0.1:1/x"): "PostgreSQL",
    }
    tries = [(command, *arguments) for command in COMMANDS for arguments in refused]

    left = await asyncio.gather(*(ended(*arguments) for arguments in tries))

    for (_, *arguments), one in zip(tries, left, strict=True):
        assert_refused(one, refused[tuple(arguments)])
    assert list(tmp_path.iterdir()) == []


async def test_a_name_that_is_none_is_refused(tmp_path):
    url = f"sqlite:///{tmp_path / 'studyhall.db'}"
    left = await ended("create-admin", "ada@example.org", "--last-name", "x" * 81, "--storage", url)
    assert_refused(left, "--last-name: must have at most 80 characters")


def test_rebuild_focus_days_prints_progress_and_changed_users(tmp_path, monkeypatch, capsys):
    file = tmp_path / "studyhall.db"
    config = load(None, {"STUDYHALL_STORAGE_URL": f"sqlite:///{file}"}, {})

    async def fill():
        storage = create_storage(config)
        await storage.open()
        for name in ("Ada", "Ben"):
            await study(storage, await make_user(storage, name), 0, 600)
        await storage.close()

    asyncio.run(fill())
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE focus_days SET seconds = 1 WHERE user_id = (SELECT max(id) FROM users)")
    monkeypatch.setattr(commands, "_USERS_PER_BATCH", 1)
    monkeypatch.setattr(commands, "_PROGRESS_INTERVAL", 0)

    said = commands._rebuild_focus_days(config, argparse.Namespace())

    assert said == "Calculated the totals of 2 users anew; those of 1 were different."
    progress = capsys.readouterr().err.splitlines()[1:]
    assert progress == [f"studyhall: calculated the totals of {count} users" for count in (1, 2)]
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT seconds FROM focus_days").fetchall() == [(600,), (600,)]

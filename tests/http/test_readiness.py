"""`/readyz` is 503 whenever sends or reads fail, with the reason in the log."""

import asyncio

import aiohttp
import pytest

from domain.errors.storage import StorageUnavailable
from storage.postgres import PostgresStorage
from storage.postgres.connection_setup import permanent_error
from storage.sqlite import SqliteStorage
from tests.support.factories import draft, make_room, make_user, post
from tests.support.process import SECRET, ended, started
from tests.support.served import PASSWORD, PATIENCE


@pytest.fixture
def pupil(postgres):
    """The URL of a database for a role that is not a superuser, and a function that runs SQL as a superuser."""
    dsn = postgres.create_database()
    name = dsn.rpartition("/")[2]
    postgres.execute(f"CREATE ROLE pupil_{name} LOGIN PASSWORD 'open-sesame'")
    postgres.execute(f"ALTER DATABASE {name} OWNER TO pupil_{name}")

    def run(sql):
        postgres.execute(sql.replace("PUPIL", f"pupil_{name}"), database=name)

    run("GRANT CREATE, USAGE ON SCHEMA public TO PUPIL")
    return dsn.replace("studyhall:", f"pupil_{name}:"), run


BREAKS = {
    "no reading": ("REVOKE SELECT ON messages FROM PUPIL", "GRANT SELECT ON messages TO PUPIL"),
    "no writing": ("REVOKE INSERT ON messages FROM PUPIL", "GRANT INSERT ON messages TO PUPIL"),
    "no deleting": ("REVOKE DELETE ON expired_keys FROM PUPIL", "GRANT DELETE ON expired_keys TO PUPIL"),
    "no schema": ("ALTER SCHEMA public RENAME TO elsewhere", "ALTER SCHEMA elsewhere RENAME TO public"),
    "no table": ("ALTER TABLE members RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO members"),
    "no meta": ("ALTER TABLE meta RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO meta"),
}


@pytest.mark.processes
@pytest.mark.parametrize("name", BREAKS)
async def test_database_that_lets_nobody_work_is_not_ready(pupil, caplog, name):
    dsn, run = pupil
    breaks, mends = BREAKS[name]
    storage = PostgresStorage(dsn)
    await storage.open()
    await storage.ping()

    run(breaks)
    for _ in range(2):
        with pytest.raises(StorageUnavailable):
            await storage.ping()
    run(mends)
    await storage.ping()

    assert len([line for line in caplog.messages if line.startswith("PostgreSQL refuses the work: ")]) == 1
    await storage.close()


@pytest.mark.processes
async def test_database_without_a_place_for_one_more_is_ready(pupil):
    dsn, run = pupil
    storage = PostgresStorage(dsn, pool_size=1)
    await storage.open()
    await storage.ping()
    run("ALTER ROLE PUPIL CONNECTION LIMIT 1")
    storage._database._sharing_unchecked = True  # as after a new connection

    await storage.ping()
    await storage.close()


@pytest.mark.processes
@pytest.mark.parametrize("name", ["no reading", "no writing", "no table"])
async def test_send_that_is_not_let_through_is_unavailable(pupil, name):
    dsn, run = pupil
    storage = PostgresStorage(dsn)
    await storage.open()
    ada = await make_user(storage)
    room = await make_room(storage, ada)

    run(BREAKS[name][0])
    with pytest.raises(StorageUnavailable):
        await post(storage, draft(room, ada))
    run(BREAKS[name][1])

    await post(storage, draft(room, ada))
    await storage.close()


@pytest.mark.processes
@pytest.mark.parametrize(
    ("breaks", "words"),
    [
        ("REVOKE SELECT ON schema_migrations FROM PUPIL", "permission denied for table schema_migrations"),
        ("REVOKE DELETE ON messages FROM PUPIL", "no right to read and write messages, or no such table."),
        ("ALTER TABLE members RENAME TO elsewhere", "no right to read and write members, or no such table."),
        ("ALTER ROLE PUPIL SET default_transaction_read_only = on", "in a read-only transaction."),
    ],
)
async def test_start_that_could_not_work_is_refused_at_once(pupil, breaks, words):
    dsn, run = pupil
    storage = PostgresStorage(dsn)
    await storage.open()
    await storage.close()
    run(breaks)

    left = await ended("--port", 0, "--storage", dsn, environ={"STUDYHALL_AUTH_SECRET": SECRET})

    assert (left.code, left.said, len(left.errors)) == (1, [], 1)
    assert left.errors[0].startswith("studyhall: PostgreSQL ")
    assert left.errors[0].endswith(words)


@pytest.mark.processes
async def test_server_says_so(pupil):
    dsn, run = pupil
    environ = {"STUDYHALL_AUTH_SECRET": SECRET}
    async with started("--port", 0, "--storage", dsn, environ=environ) as server, aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{await server.port()}"

        async def ask(method, path, body=None, token=""):
            headers = {"Authorization": f"Bearer {token}"}
            async with http.request(method, url + path, json=body, headers=headers) as answer:
                return answer.status, await answer.json()

        ada = {"firstName": "Ada", "lastName": "Okafor", "email": "ada@example.org", "password": PASSWORD}
        _, signed_in = await ask("POST", "/api/auth/register", ada)
        token = signed_in["token"]
        _, room = await ask("POST", "/api/study-rooms", {"name": "Calculus"}, token)
        messages = f"/api/study-rooms/{room['data']['id']}/messages"
        assert (await ask("GET", "/readyz"))[0] == 200

        run("REVOKE INSERT ON messages FROM PUPIL")
        status, body = await ask("POST", messages, {"content": "Hello"}, token)
        assert (status, body["code"]) == (503, "storage_unavailable")
        assert (await ask("GET", "/readyz"))[0] == 503
        await server.says(
            "WARNING studyhall.storage: PostgreSQL refuses the work: permission denied for table messages"
        )

        run("GRANT INSERT ON messages TO PUPIL")
        async with asyncio.timeout(PATIENCE):
            while (await ask("GET", "/readyz"))[0] != 200:
                await asyncio.sleep(0.05)
        assert (await ask("POST", messages, {"content": "Hello"}, token))[0] == 201
        left = await server.stop()
    assert (left.code, left.errors) == (0, [])


async def test_sqlite_file_that_is_gone_or_replaced_is_not_ready(tmp_path):
    file = tmp_path / "studyhall.db"
    storage = SqliteStorage(file)
    await storage.open()
    await storage.ping()

    file.rename(tmp_path / "moved.db")
    with pytest.raises(StorageUnavailable):
        await storage.ping()
    file.touch()
    with pytest.raises(StorageUnavailable):
        await storage.ping()
    (tmp_path / "moved.db").replace(file)
    await storage.ping()
    await storage.close()


@pytest.mark.parametrize(
    "reason",
    [
        'connection to server at "10.0.0.1", port 5432 failed: FATAL:  password authentication failed for user "ada"',
        'failed: FATAL:  database "hall" does not exist',
        'failed: FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "ada", database "hall", no encryption',
        "failed: server does not support SSL, but SSL was required",
        "failed: SSL error: certificate verify failed",
        'failed: server certificate for "db" does not match host name "10.0.0.1"',
        "failed: FATAL:  SSL required",
        "failed: FATAL:  SASL authentication failed",
        "failed: FATAL:  no such user: ada",
        "failed: FATAL:  server login failed: wrong password type",
    ],
)
def test_refusal_that_lasts_is_told_at_once(reason):
    assert permanent_error(reason) == f"PostgreSQL refuses the connection: {reason}: correct [storage] url"


@pytest.mark.parametrize(
    "reason",
    [
        'connection to server at "127.0.0.1", port 5432 failed: Connection refused',
        "failed: FATAL:  the database system is starting up",
        "failed: FATAL:  the database system is shutting down",
        "failed: FATAL:  sorry, too many clients already",
        "failed: FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
        "failed: FATAL:  pgbouncer cannot connect to server",
        "[Errno -3] Temporary failure in name resolution",
        "TimeoutError",
    ],
)
def test_refusal_that_may_pass_is_waited_for(reason):
    assert permanent_error(reason) is None

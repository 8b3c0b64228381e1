"""No email, name or text of a user is in the log, whatever fails."""

import asyncio
import logging

import psycopg2
import pytest

from runtime import logs
from tests.support.mail_server import mail_server, school_with
from tests.support.served import PASSWORD

FORMATTERS = pytest.mark.parametrize("formatter", [logs.TextFormatter(), logs.JsonFormatter()], ids=["text", "json"])
EMAILS = [
    "ada.okafor@example.org",
    "head@school",
    "o'neil+x@mail.example.co.uk",
    "\u00e4da@caf\u00e9.example",
    "ADA@EXAMPLE.ORG",
]


def record(said, *values, failure=None, **fields):
    made = logging.LogRecord(
        "studyhall.test", logging.ERROR, __file__, 1, said, values, failure and (type(failure), failure, None)
    )
    made.fields = fields
    return made


@FORMATTERS
@pytest.mark.parametrize("email", EMAILS)
@pytest.mark.parametrize(
    "said", ["%s", "<%s>: rejected", "(email_key)=(%s) already exists", '{"email": "%s"}', "to=%s,", "'%s'"]
)
def test_an_email_is_masked_in_a_line_a_field_and_a_traceback(formatter, email, said):
    text = said % email
    for made in (record("%s", text), record("failed", operation=text), record("failed", failure=RuntimeError(text))):
        line = formatter.format(made)
        assert email not in line
        assert email.partition("@")[0] not in line
        assert "…@…" in line or "\\u2026@\\u2026" in line


@FORMATTERS
def test_the_address_of_a_database_stays_readable(formatter):
    for address in (
        "postgresql://studyhall:***@db.example.org/studyhall",
        "postgresql://studyhall@/studyhall?host=/run",
    ):
        assert address in formatter.format(record("Storing data in %s", address))


@FORMATTERS
@pytest.mark.parametrize(
    ("name", "words"), [("Okafor", "canary\nsecond canary"), ("Lindqvist", None), ("Lindqvist", "x")]
)
def test_rows_that_postgresql_names_in_a_failure_are_left_out(formatter, postgres, name, words):
    database = postgres.create_database().rpartition("/")[2]
    table = "CREATE TABLE people (name text UNIQUE, words text NOT NULL, CHECK (words <> 'x'))"
    for sql in (table, "INSERT INTO people VALUES ('Okafor', 'hello')"):
        postgres.execute(sql, database=database)
    with pytest.raises(psycopg2.IntegrityError, match=name) as raised:  # PostgreSQL says more than the log may have
        postgres.execute("INSERT INTO people VALUES (%s, %s)", name, words, database=database)

    for made in (record("failed: %s", raised.value), record("failed", failure=raised.value)):
        line = formatter.format(made)
        assert not [word for word in ("Okafor", "Lindqvist", "canary", "=(") if word in line], line
        assert "people" in line, "the table that it is about is said"


@FORMATTERS
def test_statements_that_postgresql_quotes_in_a_failure_are_left_out(formatter, postgres):
    with pytest.raises(psycopg2.ProgrammingError, match="canary") as raised:
        postgres.execute("SELECT %s FROM nowhere", "canary")
    line = formatter.format(record("failed", failure=raised.value))
    assert "canary" not in line
    assert "nowhere" in line


async def test_what_fails_names_nobody(log, monkeypatch):
    email, words = "ada.okafor@example.org", "canary in a message"
    async with mail_server() as mail:
        mail.answers[email] = f"550 5.1.1 <{email}>: no mailbox of Ada Okafor here"
        async with school_with(mail) as school:
            names = {"firstName": "Adaeze", "lastName": "Okaforowa", "email": email, "password": PASSWORD}
            made = await school.request("POST", "/api/auth/register", names)
            token = made.body["token"]

            async def ask(method, path, body=None):
                return (await school.request(method, path, body, token=token)).status

            room = (await school.request("POST", "/api/study-rooms", {"name": "Canary room"}, token=token)).data["id"]
            await ask("POST", f"/api/study-rooms/{room}/messages", {"content": words})
            await ask("POST", f"/api/study-rooms/{room}/messages", {"content": words * 1000})
            await ask("PUT", "/api/auth/me", {"bio": words * 1000})
            assert (await school.request("POST", "/api/auth/register", names)).status == 409
            assert (
                await school.request("POST", "/api/auth/login", {"email": email, "password": "wrong"})
            ).status == 401
            change = {"currentPassword": PASSWORD, "newPassword": "another password"}
            assert await ask("PUT", "/api/auth/password", change) == 200
            assert (await school.request("POST", "/api/auth/forgot-password", {"email": email})).status == 200
            async with asyncio.timeout(10):
                while log.getvalue().count("giving up a mail") < 4:  # two mails, in both formats
                    await asyncio.sleep(0.01)

            async def breaks(*_, **__):
                raise RuntimeError(f"nothing works for {email}")

            storage = school.storage
            for name in ("account_by_email", "account"):
                monkeypatch.setattr(storage, name, breaks)
            monkeypatch.setattr(type(school.services.dashboards), "for_user", breaks)
            assert (
                await school.request("POST", "/api/auth/login", {"email": email, "password": "wrong"})
            ).status == 500
            assert await ask("PUT", "/api/auth/password", change) == 500
            assert await ask("GET", "/api/dashboard") == 500

    said = [line for line in log.getvalue().splitlines() if " mail.log" not in line and '"mail.log"' not in line]
    assert any("nothing works for" in line for line in said)
    for name in ("okafor@example", email, "Adaeze", "Okaforowa", "canary", "Canary", "no mailbox"):
        assert not [line for line in said if name in line], name

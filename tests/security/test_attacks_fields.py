"""Mass assignment: fields that are nobody's to send, in every body and event, change nothing and come back nowhere.

The fields are all those that anything kept or shown has, and a few that other servers fell for; the values are unlike
anything that is there, so that they are found wherever they got to.
"""

import pytest

import handlers
import socket_events
from domain.base import Record
from tests.cases.authorisation import EVENTS, HTTP
from tests.support.scene import Scene, school_on

EVIL_ID = "0bad0bad-0bad-7bad-8bad-0bad0bad0bad"
EVIL_TIME = "1999-01-01T00:00:00.000Z"
EVIL_NUMBER = 666_131_666_131  # no part of an id or a hash, however unlucky
EVIL = "an evil one"  # no part of a token, however unlucky
GUESSED = (
    *("isAdmin", "admin", "is_admin", "roles", "permissions", "scope", "verified", "emailVerified", "__proto__"),
    *("constructor", "prototype", "$set", "$where", "user", "userId", "user_id", "owner", "ownerId", "owner_id"),
    *("passwordHash", "password_hash", "createdBy", "created_by", "totalMembers", "total_members", "isSystem"),
)
WITH_BODY = [row for row in (*HTTP, *EVENTS) if row.body and "" in row.public.values()]
ON_SQLITE = WITH_BODY[::4]
"""A sample: bodies become records above the storages."""


def records():
    """Every record that is kept or shown."""
    found, waiting = [], [Record]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return found


NUMBERS = ("seq", "lastseq", "firstseq", "lastread", "totalmembers", "activemembers", "capacity", "uses", "version")
YES = ("deleted", "disabled", "revoked", "lookalike", "recovered", "verified")
PEOPLE = ("sender", "user", "owner", "reporter", "actor", "target")


def value_of(name):
    """Return a value for a field that is unlike what could stand there."""
    lower = name.lower()
    kinds = {
        "admin": lower == "role" or "admin" in lower,
        EVIL_TIME: lower.endswith(("at", "timestamp", "until", "login", "active", "used", "expires")),
        EVIL_ID: lower == "id" or lower.endswith(("id", "by")),
        EVIL_NUMBER: lower in NUMBERS,
        True: lower in YES or lower.startswith("is"),
    }
    person = {"id": EVIL_ID, "name": EVIL, "role": "admin"}
    return next((value for value, fits in kinds.items() if fits), person if lower in PEOPLE else EVIL)


NAMES = sorted({name for record in records() for name in (*record.__struct_encode_fields__, *record.__struct_fields__)})
ALL = {name: value_of(name) for name in (*NAMES, *GUESSED)}


def taken(row):
    """Return what the body of a row may have."""
    if row.is_event:
        return set(socket_events.EVENTS[row.does].payload_type.__struct_encode_fields__)
    for route in handlers.ROUTES:
        if row.does == f"{route.method} " + route.path.replace("{", ":").replace("}", ""):
            return set(route.body.__struct_encode_fields__)
    raise AssertionError(row.does)


def with_all(row):
    """Return the row with every field in its body that is not its own."""
    others = {name: value for name, value in ALL.items() if name not in taken(row)}
    return row._replace(body={**others, **row.body})


def admins(state):
    return state.count("role='admin'") + state.count("'admin',")


def test_there_is_much_to_try():
    assert {"role", "createdBy", "isSystem", "lastSeq", "passwordHash", "status", "resolvedBy", "revoked"} <= set(ALL)
    assert len(WITH_BODY) >= 15


@pytest.mark.parametrize(
    ("storage", "row"),
    [("memory", row) for row in WITH_BODY] + [("sqlite", row) for row in ON_SQLITE],
    ids=lambda part: part if isinstance(part, str) else part.name,
)
async def test_fields_that_are_nobodys_to_send_change_nothing(storage, row, tmp_path):
    async with school_on(storage, tmp_path) as school:
        for number, actor in enumerate(("owner", "member", "outsider")):
            scene = await Scene.set(school, number, private=False)
            await scene.prepare(row, actor)
            before = scene.state()
            assert EVIL_ID not in before

            said = await scene.asks(with_all(row), actor)

            assert said.code == row.public[actor], said.raw
            after = scene.state()
            for marker in (EVIL_ID, EVIL_TIME, str(EVIL_NUMBER), f"'{EVIL}'"):
                assert marker not in after
                assert marker.strip("'") not in said.raw
            assert admins(after) <= admins(before)
            await scene.is_over()

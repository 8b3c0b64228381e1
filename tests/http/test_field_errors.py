"""Field errors: each code is the answer to some request, with the values of its sentence."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, get_args

import pytest
import pytest_asyncio

from domain.clock import format_timestamp
from domain.errors.fields import PARAMS, FieldErrorCode
from tests.support.field_errors import field_error_flaws
from tests.support.served import PASSWORD, served

SETTINGS = {
    "STUDYHALL_ACCOUNTS_ALLOWED_DOMAINS": "example.org,*.school.example",
    "STUDYHALL_ROOMS_RETENTION_DAYS": "30",
}
ROOMS = "POST /api/study-rooms"
SCHEDULE = "POST /api/study-rooms/<room>/schedule"
TOMORROW = datetime.now(UTC).date() + timedelta(days=1)
DATE = {"startsAt": f"{TOMORROW}T17:00", "minutes": 90, "timeZone": "UTC"}
REGISTER = "POST /api/auth/register"
NEWCOMER = {"firstName": "Dora", "email": "dora@example.org", "password": PASSWORD}


MANUAL = "POST /api/focus/manual"
HOUR = 3600


def ago(seconds):
    """Return the time that many seconds ago, as text."""
    return format_timestamp(time.time() - seconds)


def period(start, end):
    """Return the body of a focus session, by seconds ago."""
    return {"startedAt": ago(start), "endedAt": ago(end)}


class Case(NamedTuple):
    """A request and its field error. `<…>` in the route and the body is a value of the fixture."""

    route: str
    body: Any
    field: str
    message: str
    params: dict[str, Any] = {}  # noqa: RUF012  # never changed


CASES = {
    "bad_character": Case(
        ROOMS, {"name": "a\u202eb"}, "name", "must not contain the character U+202E", {"character": "U+202E"}
    ),
    "bad_date": Case(SCHEDULE, DATE | {"until": "later"}, "until", "must be a date, like 2026-12-31"),
    "bad_date_time": Case(
        SCHEDULE, DATE | {"startsAt": "soon"}, "startsAt", "must be a date and a time, like 2026-12-07T17:00"
    ),
    "bad_email": Case(REGISTER, NEWCOMER | {"email": "dora"}, "email", "must be an email address"),
    "bad_invite_code": Case(REGISTER, NEWCOMER | {"invite": "a b"}, "invite", "must be the code of an invitation"),
    "bad_link": Case("PUT /api/auth/me", {"avatar": "a.png"}, "avatar", "must start with https://, http:// or /"),
    "bad_timestamp": Case(
        MANUAL, period(HOUR, 600) | {"startedAt": "soon"}, "startedAt", "must be a time such as 2026-12-01T09:30:00Z"
    ),
    "bad_unicode": Case(ROOMS, {"name": "A", "\ud800": 1}, "", "must be a JSON object whose names are valid Unicode"),
    "bad_uuid": Case("PUT /api/study-rooms/<room>", {"ownerId": "x"}, "ownerId", "must be a UUID"),
    "common_password": Case(
        REGISTER,
        NEWCOMER | {"password": "1q2w3e4r5t"},
        "password",
        "is one of the most common passwords: take another one",
    ),
    "conflicting_fields": Case(
        "GET /api/study-rooms/<room>/messages?before=3&page=1",
        None,
        "before",
        "give one of before, after and page",
        {"fields": ["before", "after", "page"]},
    ),
    "contains_address": Case(
        "PUT /api/auth/me", {"lastName": "www.a.org"}, "lastName", "must not contain the address of a page or a mailbox"
    ),
    "email_domain_not_allowed": Case(
        REGISTER,
        NEWCOMER | {"email": "dora@b.org"},
        "email",
        "must be an address of example.org or *.school.example",
        {"domains": ["example.org", "*.school.example"]},
    ),
    "empty": Case(ROOMS, {"name": " "}, "name", "must not be empty"),
    "exceeds_server_limit": Case(
        ROOMS, {"name": "A", "retentionDays": 31}, "retentionDays", "must be at most 30 on this server", {"max": 30}
    ),
    "in_future": Case(MANUAL, period(60, -HOUR), "endedAt", "must not be in the future"),
    "mixed_scripts": Case(
        ROOMS,
        {"name": "p\u0430ypal"},
        "name",
        "must not mix Latin and Cyrillic letters in one word, as in p\u0430 (U+0430)",
        {"scripts": ["Latin", "Cyrillic"], "example": "p\u0430", "character": "U+0430"},
    ),
    "no_dates": Case(
        SCHEDULE,
        DATE | {"repeat": "weekly", "until": f"{TOMORROW}", "except": [f"{TOMORROW}"]},
        "except",
        "must leave at least one date",
    ),
    "not_an_integer": Case(
        ROOMS,
        {"name": "A", "capacity": 2.5},
        "capacity",
        "must be a whole number from 1 to 10,000",
        {"min": 1, "max": 10_000},
    ),
    "not_an_option": Case(
        ROOMS,
        {"name": "A", "visibility": "secret"},
        "visibility",
        "must be private or public",
        {"options": ["private", "public"]},
    ),
    "not_invited_email": Case(
        REGISTER, NEWCOMER | {"invite": "<invite>"}, "email", "must be the address that the invitation is for"
    ),
    "not_later": Case(
        MANUAL,
        period(600, 1200),
        "endedAt",
        "must be later than startedAt",
        {"fields": ["startedAt", "endedAt"]},
    ),
    "outside_session": Case(
        "PUT /api/focus/<focus>", {"endedAt": ago(-60)}, "endedAt", "must be within the time that was counted"
    ),
    "period_too_long": Case(
        MANUAL, period(14 * HOUR, HOUR), "endedAt", "must be at most 12 hours after startedAt", {"max": 12}
    ),
    "period_too_short": Case(MANUAL, period(659, 600), "endedAt", "must leave at least 60 seconds", {"min": 60}),
    "out_of_range": Case(
        "GET /api/study-rooms?limit=101", None, "limit", "must be a whole number from 1 to 100", {"min": 1, "max": 100}
    ),
    "personal_password": Case(
        REGISTER,
        NEWCOMER | {"password": "Study-Hall 2026"},
        "password",
        "must be more than your name, your email or the word studyhall",
    ),
    "required": Case(ROOMS, {}, "name", "is required"),
    "reserved_name": Case(
        "PUT /api/auth/me",
        {"firstName": "Admin"},
        "firstName",
        "must not pass for an admin, a moderator, the server or a deleted account",
    ),
    "too_early": Case(SCHEDULE, DATE | {"startsAt": "2026-01-05T17:00"}, "startsAt", "must not be in the past"),
    "too_late": Case(
        SCHEDULE, DATE | {"startsAt": f"{TOMORROW.year + 2}-01-05T17:00"}, "startsAt", "must be within a year from now"
    ),
    "too_long": Case(
        "PUT /api/auth/me", {"bio": "x" * 1001}, "bio", "must have at most 1,000 characters", {"max": 1000}
    ),
    "too_many_marks": Case(
        ROOMS,
        {"name": "x" + "\u0331" * 9},
        "name",
        "must not have so many marks above each other (U+0331)",
        {"character": "U+0331"},
    ),
    "too_many_words": Case(
        "PUT /api/auth/me", {"firstName": "a b c d e f g"}, "firstName", "must have at most 6 words", {"max": 6}
    ),
    "too_old": Case(
        MANUAL,
        period(32 * 24 * HOUR, 32 * 24 * HOUR - 600),
        "startedAt",
        "must be in the last 31 days",
        {"max": 31},
    ),
    "too_short": Case(
        REGISTER, NEWCOMER | {"password": "short"}, "password", "must have at least 10 characters", {"min": 10}
    ),
    "unknown_time_zone": Case(
        "PUT /api/auth/me",
        {"timeZone": "Europe/Atlantis"},
        "timeZone",
        "must be a time zone of the IANA database, like Europe/Berlin",
    ),
    "wrong_type": Case(ROOMS, {"name": 1}, "name", "must be text", {"type": "string"}),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place():
    """A server with an admin, her room and an invitation for one address."""
    async with served(environ=SETTINGS) as school:
        ada, head = await school.person("Ada"), await school.person("Head")
        await school.storage.set_access(head.id, role="admin")
        focus = (await ada.post("/api/focus/manual", period(3 * HOUR, 2 * HOUR))).data["id"]
        invite = (await head.post("/api/account-invites", {"email": "eve@example.org"})).data["code"]
        yield ada, {"room": await ada.opens(), "invite": invite, "focus": focus}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("code", CASES)
async def test_code_is_the_answer_to_a_request(place, code):
    ada, values = place
    case = CASES[code]
    method, _, path = case.route.replace("<room>", values["room"]).replace("<focus>", values["focus"]).partition(" ")
    body = (
        {name: values["invite"] if value == "<invite>" else value for name, value in case.body.items()}
        if case.body is not None
        else None
    )

    answer = await ada.served.request(method, path, body, token=ada.token)

    assert answer.status == 422
    assert answer.body["errors"] == [
        {"field": case.field, "code": code, "message": case.message, "params": case.params}
    ]
    assert field_error_flaws(answer.body["errors"]) == []


def test_every_code_has_params_and_a_request():
    assert set(get_args(FieldErrorCode)) == set(PARAMS) == set(CASES)


@pytest.mark.asyncio(loop_scope="module")
async def test_ack_and_error_event_list_the_rejected_fields(place):
    ada, values = place
    chat = await ada.chat(values["room"])
    argument = {"roomId": "x", "content": " "}
    errors = [
        {"field": "roomId", "code": "bad_uuid", "message": "must be a UUID", "params": {}},
        {"field": "content", "code": "empty", "message": "must not be empty", "params": {}},
    ]
    message = "roomId: must be a UUID; content: must not be empty"

    ack = await chat.call("send-message", argument)
    await chat.emit("send-message", argument)
    await chat.hears("error")

    assert ack == {"ok": False, "error": {"code": "invalid_input", "message": message, "errors": errors}}
    assert chat.heard[-1] == (
        "error",
        message,
        {"code": "invalid_input", "event": "send-message", "errors": errors},
    )

# ruff: noqa: S608 - statements are put together from constants of this file; values are parameters
"""An export has everything that is stored of a user, and names no other user: column by column of the database."""

import json
import sqlite3
from contextlib import closing

import pytest

from domain.clock import SystemClock
from storage.tables import EXPORTED, PERSONAL_COLUMNS
from tests.cases.schedule import SESSION
from tests.support.quiet_focus import start_room_focus
from tests.support.served import PASSWORD, served

PATH = "/api/auth/me/export"

OWN = "own"
"""The value is in the export."""

COLUMNS: dict[str, dict[str, str]] = {
    "account_invite_uses": {"invite_id": OWN, "user_id": OWN},
    "account_invites": dict.fromkeys(("id", "created_by", "created_at", "expires_at"), OWN)
    | {"code_hash": "a secret", "email": "of another user, unless the user used the invitation"},
    "audit_log": dict.fromkeys(("room_id", "id", "action", "timestamp"), OWN)
    | {
        "actor_id": "`was` says whether it was the user; another user is not named",
        "target_id": "`was` says whether it was the user; another user is not named",
        "details": "whole if the user acted; of an action on them without the reason, which may tell who complained",
    },
    "bans": dict.fromkeys(("room_id", "user_id", "created_at"), OWN)
    | {"banned_by": "another user", "reason": "may tell who complained"},
    "calendars": {"user_id": OWN, "secret_hash": "a secret", "created_at": "of a link that the user was shown"},
    "command_changes": {"user_id": "tells running servers which account a command has changed; no data of its own"},
    "expired_keys": {
        "room_id": OWN,
        "sender_id": OWN,
        **dict.fromkeys(
            ("client_message_id", "id", "timestamp", "expired_at"),
            "recognises retries of an expired message for 30 days; without its text",
        ),
    },
    "daily_goals": {"user_id": OWN, "since": "the goal of each day with study time is in `focusDays`"},
    "focus_days": {"user_id": OWN, "day": OWN},
    "focus_hours": {"user_id": OWN, "day": "in `focusDays`"},
    "focus_room_days": {"user_id": OWN, "room_id": OWN, "day": "in `focusDays`"},
    "room_totals": {"user_id": OWN, "room_id": OWN, "period": "follows from the days of `focusSessions`"},
    "focus_task_days": {"user_id": OWN, "task_id": "in `focusSessions`", "day": "in `focusDays`"},
    "skipped_days": {"user_id": OWN, "day": "a date without a day, made of a change of the time zone"},
    "focus_sessions": dict.fromkeys(
        ("id", "user_id", "room_id", "task_id", "activity", "source", "started_at", "ended_at", "time_zone"), OWN
    )
    | {
        "room_time_zone": "of the room, not of one user",
        "client_id": "recognises a retry for 30 days",
        "created_at": "the start of the session, or the time when it was entered",
        **dict.fromkeys(("lost_at", "ends_at", "acted_at", "checked_at"), "of the moment: it ends with the session"),
    },
    "former_accounts": {
        "user_id": "of a deleted account, which has no export",
        "email_hash": "of a deleted account, until its bans and mutes end",
    },
    "going": dict.fromkeys(("session_id", "user_id", "room_id"), OWN)
    | {"created_at": "orders the list of those who are going"},
    "held_messages": dict.fromkeys(("room_id", "id", "sender_id", "content", "sent_at", "client_message_id"), OWN),
    "invites": dict.fromkeys(("id", "room_id", "created_by", "expires_at"), OWN)
    | {"code": "a secret", "created_at": "`timestamp` of the action in `auditLog`, but for milliseconds"},
    "members": dict.fromkeys(
        ("room_id", "user_id", "role", "joined_at", "muted_until", "chosen_status", "activity"), OWN
    ),
    "messages": dict.fromkeys(
        ("room_id", "id", "sender_id", "content", "timestamp", "client_message_id", "sent_at"), OWN
    ),
    "meta": dict.fromkeys(("name", "value"), "about the database"),
    "mutes": dict.fromkeys(("room_id", "user_id", "until"), OWN),
    "named": {
        "user_id": OWN,
        "room_id": OWN,
        "name": "the user's name in a sentence of the room, for taking it out; names of today are in `profile`",
    },
    "past_members": dict.fromkeys(("user_id", "room_id"), OWN),
    "presence": {
        "room_id": OWN,
        "user_id": OWN,
        **dict.fromkeys(("status", "last_active"), "of the moment: it ends with the visit"),
    },
    "promotions": dict.fromkeys(("user_id", "created_at", "expires_at"), OWN) | {"proposed_by": "another user"},
    "public_notices": dict.fromkeys(
        ("id", "content", "created_at", "ends_at"), "of the server's admins together; shown to every user"
    ),
    "removals": {
        "room_id": OWN,
        "user_id": OWN,
        "removed_at": "`timestamp` of the action in `auditLog`",
        "until": "the end of an invitation that another user made",
    },
    "reported_names": {
        "user_id": OWN,
        "report_id": "the report is another user's",
        "name": "the user's name in the text of a report, for taking it out; the text is in `storedWithReports`",
    },
    "reports": dict.fromkeys(
        ("id", "kind", "room_id", "reporter_id", "reason", "status", "created_at", "resolved_at"), OWN
    )
    | {
        "content": "of the accused: in `messages`, in `profile` or in `storedWithReports`",
        "timestamp": "of the accused: with the content",
        "room_name": "of a deleted room",
        "target_id": "`messageId`; the id of a reported user would name them",
        "sender_id": "another user",
        "accused_id": "another user",
        "readers": "follows from the roles of another user",
        "resolved_by": "another user",
    },
    "resets": {"user_id": OWN, "token_hash": "a secret", "expires_at": "of a link that the user was sent"},
    "rooms": dict.fromkeys(("id", "name"), OWN)
    | dict.fromkeys(
        (
            "description",
            "subject",
            "image",
            "visibility",
            "timer_control",
            "quiet_focus",
            "leaderboard",
            "time_zone",
            "last_active",
            "created_at",
            "search_text",
            "expired_before",
        ),
        "of the room, not of one user; those with a role in it read it there",
    )
    | {"created_by": "`role` says owner; who opened a room that was handed over is in no list"},
    "room_timers": dict.fromkeys(("room_id", "state", "phase", "started_at", "changed_by", "changed_at"), OWN)
    | dict.fromkeys(("plan", "next_plan"), "in the export as objects")
    | {"empty_since": "of all users of the room together", "scheduled_session_id": "set by the server"},
    "schema_migrations": dict.fromkeys(("name", "applied_at"), "about the database"),
    "scheduled_sessions": dict.fromkeys(
        ("id", "room_id", "title", "local_start", "time_zone", "until", "created_by", "created_at", "client_id"), OWN
    )
    | {
        "ends_at": OWN,
        "days": "a list in the export",
        "excluded": "a list in the export",
        "plan": "in the export as an object",
        "due_at": "follows from the dates and the time",
    },
    "second_factors": {
        "user_id": OWN,
        "version": "changes with each change",
        "secret": "a secret",
        "recovery": "hashes of secrets; their number is in the export",
    },
    "sign_ins": dict.fromkeys(("id", "user_id", "created_at", "expires_at", "client", "address", "last_used"), OWN)
    | {"refresh_hash": "a secret", "previous_hash": "a secret"},
    "task_keys": {"user_id": OWN}
    | dict.fromkeys(("client_id", "task_id", "created_at"), "recognises retries for 30 days; the task is in `tasks`"),
    "tasks": dict.fromkeys(("id", "user_id", "room_id", "title", "notes", "due_on", "done_at"), OWN),
    "user_timers": dict.fromkeys(("user_id", "state", "phase", "started_at", "changed_at"), OWN)
    | dict.fromkeys(("plan", "next_plan"), "in the export as objects")
    | {"empty_since": "the same as changed_at"},
    "study_checkpoints": dict.fromkeys(("node", "alive_at"), "about the server"),
    "users": dict.fromkeys(
        (
            "id",
            "first_name",
            "last_name",
            "name",
            "email",
            "role",
            "avatar",
            "bio",
            "language",
            "time_zone",
            "week_starts_on",
            "created_at",
            "last_login",
        ),
        OWN,
    )
    | {
        "verified_at": OWN,
        "password_hash": "a secret",
        "search_text": "made of name and email",
        "email_key": "made of the email",
    },
    "verifications": {"user_id": OWN, "token_hash": "a secret", "expires_at": "of a link that the user was sent"},
}
"""For each column with text: OWN, or why the value is not in the export."""


def _columns(connection):
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        table: [row[1] for row in connection.execute(f"PRAGMA table_xinfo({table})") if row[2] == "TEXT"]
        for table in tables
    }


@pytest.fixture
async def school(tmp_path):
    async with served(f"sqlite:///{tmp_path}/a.db") as running:
        yield running


async def test_every_column_of_text_is_exported_or_argued(school, tmp_path):
    """A new column needs a line in COLUMNS, and a value in the export if it is OWN."""
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        found = _columns(connection)
    assert {table: sorted(names) for table, names in found.items()} == {
        table: sorted(names) for table, names in COLUMNS.items()
    }


def at(seconds):
    """Return the time in so many seconds."""
    return SystemClock().later(seconds)


async def _scene(school):
    """Return Ada, who has left something in every table, and Ben and Cleo."""
    ada, ben, cleo = await school.person("Ada", "Okafor"), await school.person("Ben"), await school.person("Cleo")
    await ada.put(
        "/api/auth/me", {"bio": "Numbers", "avatar": "/ada.png", "language": "de", "timeZone": "Europe/Berlin"}
    )
    mine, theirs, left = await ada.opens("Mine"), await ben.opens("Theirs"), await ben.opens("Left")
    for room in (theirs, left):
        for person in (ada, cleo):
            await person.joins(room)
    await cleo.joins(mine)
    for room in (mine, theirs, left):
        said = {"content": f"said in {room}", "clientMessageId": f"key {room}"}
        assert (await ada.post(f"/api/study-rooms/{room}/messages", said)).status == 201
    await _hold_message(ada, ben)
    his = (await ben.post(f"/api/study-rooms/{theirs}/messages", {"content": "His"})).data["id"]
    report = (await ada.post(f"/api/study-rooms/{theirs}/messages/{his}/report", {"reason": "rude of him"})).data["id"]
    for person in (ada, ben):
        assert (await person.post(f"/api/study-rooms/{theirs}/schedule", SESSION | {"clientId": "key"})).status == 201
    for task in ({"title": "Sheet 4", "notes": "page 3", "dueOn": "2026-12-04"}, {"title": "Essay", "roomId": mine}):
        made = (await ada.post("/api/tasks", task | {"clientId": f"key {task['title']}"})).data
        await ada.put(f"/api/tasks/{made['id']}", {"done": True})
    storage = school.storage
    await storage.set_access(cleo.id, role="admin")
    await cleo.put(f"/api/dashboard/admin/reports/{report}", {"status": "resolved"})
    await ada.post(f"/api/study-rooms/{mine}/invites", {})
    await ben.put(f"/api/study-rooms/{theirs}/members/{ada.id}/mute", {"seconds": 300})
    await ben.put(f"/api/study-rooms/{left}/bans/{ada.id}", {"reason": "Cleo says that she is rude"})
    await ada.put(f"/api/study-rooms/{mine}", {"subject": "Maths"})
    task = (await ada.post("/api/tasks", {"title": "Sheet 4"})).data["id"]
    studied = {name: at(-seconds) for name, seconds in (("startedAt", 900), ("endedAt", 300))}
    studied |= {"roomId": mine, "activity": "Essay", "clientId": "phone-1", "taskId": task}
    assert (await ada.post("/api/focus/manual", studied)).status == 201
    await ada.post("/api/auth/second-factor", {"currentPassword": PASSWORD})
    await storage.set_access(ada.id, role="admin")
    assert (await ada.post("/api/account-invites", {"email": "new@example.org"})).status == 201
    for path in ("/api/focus/timer", f"/api/study-rooms/{mine}/timer"):
        assert (await ada.put(path, {"action": "start", "version": 0})).status == 200
    return ada, ben, cleo


async def _hold_message(ada, ben):
    """Let quiet focus hold a message of Ada in a room of Ben."""
    quiet = (await ben.post("/api/study-rooms", {"name": "Quiet", "quietFocus": "hold"})).data["id"]
    await ada.joins(quiet)
    await start_room_focus(quiet, ben)
    said = {"content": f"said in {quiet}", "clientMessageId": f"key {quiet}"}
    assert (await ada.post(f"/api/study-rooms/{quiet}/messages", said)).status == 202


def _own_values():
    """Return each column of `COLUMNS` whose value is in the export of a user, and the condition on its rows."""
    ids = {(one.table, one.column) for one in PERSONAL_COLUMNS}
    for personal in PERSONAL_COLUMNS:
        for column, told in COLUMNS[personal.table].items():
            is_own = personal.in_export == EXPORTED and (personal.table, column) not in ids
            if told == OWN and (is_own or column in {personal.column, "room_id"}):
                yield personal.table, column, f"{personal.column} = ?"
    for column in ("id", "name"):
        yield "rooms", column, "id IN (SELECT room_id FROM members WHERE user_id = ?)"


def test_rows_that_are_not_exported_have_no_own_value():
    """A table without an exported column has no value of the user but ids: of the user, and of rooms."""
    exported = {one.table for one in PERSONAL_COLUMNS if one.in_export == EXPORTED}
    assert {one.table for one in PERSONAL_COLUMNS} <= {*COLUMNS}
    for table, columns in COLUMNS.items():
        ids = {one.column for one in PERSONAL_COLUMNS if one.table == table} | {"room_id"}
        own = {column for column, told in columns.items() if told == OWN}
        assert table in exported or own <= ids or (table, own) == ("rooms", {"id", "name"}), table
        assert (table in exported) <= bool(own), table


async def test_every_own_value_in_database_is_in_export(school, tmp_path):
    ada, *_ = await _scene(school)
    export = await ada.get(PATH)
    values = set(_values(export.body))
    missing, filled = [], set()
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        for table, column, where in _own_values():
            for (value,) in connection.execute(f"SELECT {column} FROM {table} WHERE {where}", (ada.id,)):
                filled.add(table)
                if value not in values | {None, "", ada.id}:
                    missing.append((table, column, value))
    assert missing == []
    assert filled >= {
        "account_invites",
        "audit_log",
        "bans",
        "going",
        "focus_sessions",
        "held_messages",
        "invites",
        "members",
        "messages",
        "mutes",
        "past_members",
        "reports",
        "scheduled_sessions",
        "tasks",
        "room_timers",
        "user_timers",
        "users",
    }


def _values(value):
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _values(one)
    else:
        yield value


async def test_export_names_no_other_user_and_no_reason_of_ban(school):
    ada, ben, cleo = await _scene(school)
    written = json.dumps((await ada.get(PATH)).body)
    for other in (ben.id, ben.name, cleo.id, cleo.name, "Cleo", "says that she", "new@example.org"):
        assert other not in written
    [ban] = [act for act in (await ada.get(PATH)).body["auditLog"] if act["action"] == "member-banned"]
    assert (ban["was"], ban["details"]) == ("target", {})
    [ban] = [act for act in (await ben.get(PATH)).body["auditLog"] if act["action"] == "member-banned"]
    assert ban["details"] == {"reason": "Cleo says that she is rude"}, "one's own words"


async def test_owner_who_was_banned_reads_no_reason_in_audit_log(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ben.opens("Theirs")
    path = f"/api/study-rooms/{room}"
    await ada.joins(room)
    await ben.put(f"{path}/bans/{ada.id}", {"reason": "Cleo says that she is rude"})
    await ben.delete(f"{path}/bans/{ada.id}")
    await ada.joins(room)
    of_ben = (await ben.get(f"{path}/audit-log")).data["entries"]
    await ben.put(path, {"ownerId": ada.id})
    of_ada = (await ada.get(f"{path}/audit-log")).data["entries"]
    reasons = [
        [entry["details"] for entry in entries if entry["action"] == "member-banned"] for entries in (of_ben, of_ada)
    ]
    assert reasons == [[{"reason": "Cleo says that she is rude"}], [{}]]


async def test_text_that_only_a_report_has_is_in_export_of_its_writer(school):
    ada, ben, cleo = await school.person("Ada"), await school.person("Ben"), await school.person("Cleo")
    rooms = [await ben.opens(f"Room {number}") for number in range(3)]
    said = []
    for room in rooms:
        await ada.joins(room)
        await cleo.joins(room)
        said.append((await ada.post(f"/api/study-rooms/{room}/messages", {"content": f"words in {room}"})).data)
        for person in (ben, cleo):
            await person.post(f"/api/study-rooms/{room}/messages/{said[-1]['id']}/report", {"reason": "rude"})
    await cleo.post(f"/api/study-rooms/{rooms[0]}/members/{ada.id}/report", {"reason": "That is no name"})
    assert (await ada.get(PATH)).body["storedWithReports"] == [], "all of it is elsewhere"

    storage = school.storage
    assert await storage.expire_messages(rooms[0], "2099-01-01T00:00:00.000Z", 1, 100)
    await ben.delete(f"/api/study-rooms/{rooms[1]}")
    await ada.put("/api/auth/me", {"firstName": "Augusta"})
    body = (await ada.get(PATH)).body
    assert body["storedWithReports"] == [
        {"kind": "message", "roomId": one["roomId"], "messageId": one["id"]}
        | {name: one[name] for name in ("seq", "content", "timestamp")}
        for one in said[:2]
    ] + [
        {
            "kind": "user",
            "roomId": rooms[0],
            "messageId": None,
            "seq": None,
            "content": ada.name,
            "timestamp": None,
        }
    ]
    assert [message["content"] for message in body["messages"]] == [said[2]["content"]]
    written = json.dumps(body)
    for other in (ben.id, ben.name, cleo.id, cleo.name, "rude", "no name"):
        assert other not in written


async def test_reported_text_that_differs_from_the_message_is_in_export(school, tmp_path):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens("Mine")
    await ben.joins(room)
    path = f"/api/study-rooms/{room}/messages"
    said = [(await ada.post(path, {"content": content})).data for content in ("first words", "other words")]
    notice = (await ada.post(f"{path}/system", {"content": "Break at four"})).data
    for one in (*said, notice):
        assert (await ben.post(f"{path}/{one['id']}/report", {"reason": "rude"})).status == 201
    assert (await ada.get(PATH)).body["storedWithReports"] == [], "all of it is elsewhere"

    with closing(sqlite3.connect(tmp_path / "a.db")) as connection, connection:
        connection.execute("UPDATE messages SET content = 'changed' WHERE id IN (?, ?)", (said[0]["id"], notice["id"]))
    stored = (await ada.get(PATH)).body["storedWithReports"]
    assert [(one["messageId"], one["content"]) for one in stored] == [
        (said[0]["id"], "first words"),
        (notice["id"], "Break at four"),
    ]


async def test_reported_activity_is_in_export_once_it_is_stored_nowhere_else(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ben.opens("Theirs")
    await ada.joins(room)
    chat = await ada.chat(room)
    await chat.call("update-status", {"roomId": room, "activity": "rude words"})
    await ben.post(f"/api/study-rooms/{room}/members/{ada.id}/report", {"reason": "rude"})
    body = (await ada.get(PATH)).body
    assert body["storedWithReports"] == [], "all of it is elsewhere"
    assert [(one["activity"], one["chosenStatus"]) for one in body["rooms"]] == [("rude words", None)]

    await ben.delete(f"/api/study-rooms/{room}/members/{ada.id}/activity")
    [stored] = (await ada.get(PATH)).body["storedWithReports"]
    assert stored["content"] == "Ada Okafor\nrude words"


async def test_posted_notices_are_in_export(school):
    ada = await school.person("Ada")
    room = await ada.opens("Mine")
    await ada.post(f"/api/study-rooms/{room}/messages/system", {"content": "Break at four"})
    [act] = (await ada.get(PATH)).body["auditLog"]
    assert act["details"]["content"] == "Break at four"

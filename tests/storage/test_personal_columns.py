"""Columns with ids of users: those in a database are those of storage/tables.py, before and after a deletion."""

from datetime import date

import msgspec
import pytest

from domain import ids
from domain.accounts import AccountInvite, EmailVerificationToken, PasswordResetToken, SecondFactor
from domain.admin import Promotion
from domain.study.focus import FocusRow, FocusSession
from domain.study.progress import DayChanges
from domain.study.timer import Timer
from storage.sqlite import SqliteStorage
from storage.tables import DELETED, PERSONAL_COLUMNS
from tests.conftest import DURABLE, make_backend
from tests.support.factories import (
    at,
    draft,
    make_admin,
    make_invite,
    make_room,
    make_scheduled_session,
    make_sign_in,
    make_task,
    make_user,
    new_act,
    new_report,
    new_user,
    post,
    present,
)
from tests.support.quiet_focus import hold

DAY = 24 * 3600
OF_FORMER_ACCOUNTS = ("former_accounts", "user_id")

SQLITE_COLUMNS = (
    "SELECT tables.name, columns.name FROM sqlite_master tables, pragma_table_xinfo(tables.name) columns"
    " WHERE tables.type = 'table'"
)
POSTGRES_COLUMNS = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
)


@pytest.fixture(params=DURABLE)
def backend(request, tmp_path):
    """Each backend with tables, behind the fixture `storage`."""
    return make_backend(request.param, request, tmp_path)


async def columns_with(storage, user_id):
    """Return the columns of the database that contain the id, alone or in a text."""
    in_sqlite = isinstance(storage, SqliteStorage)
    read = storage._database.read if in_sqlite else storage._database.fetch
    columns = [(table, column) for table, column in await read(SQLITE_COLUMNS if in_sqlite else POSTGRES_COLUMNS)]
    assert columns
    query = "SELECT 1 FROM {} WHERE CAST({} AS text) LIKE '%{}%' LIMIT 1"
    return {(table, column) for table, column in columns if await read(query.format(table, column, user_id))}


async def leave_traces(storage):
    """Return a user with data in every column of `PERSONAL_COLUMNS`, without a room of her own."""
    grace, bob, eve = (
        await make_admin(storage, "Grace"),
        await make_user(storage, "Bob"),
        await make_user(storage, "Eve"),
    )
    await make_admin(storage, "Mary")
    ada = await _invited_user(storage, grace)
    theirs, handed_over = await make_room(storage, bob, ada), await make_room(storage, ada, bob, eve)
    await storage.transfer_room(handed_over.id, ada.id, bob.id)  # Ada is a moderator there
    await _use_account(storage, ada, grace)
    await _talk(storage, theirs, ada, bob)
    await make_scheduled_session(storage, theirs, ada)
    await _study(storage, ada, bob)
    await _report(storage, theirs, ada, bob)
    await _moderate(storage, handed_over, ada, eve)
    await _suffer_sanctions(storage, ada, bob)
    await _become_admin(storage, ada, bob)
    await storage.set_calendar(ada.id, "hash of a secret", at(1))
    await _set_timers(storage, theirs, ada)
    return ada


async def _invited_user(storage, admin):
    invite = _account_invite(admin, "hash of a code", email="ada@example.org")
    await storage.add_account_invite(invite, 100)
    ada = new_user("Ada", email="ada@example.org", created_at=at(1))
    await storage.add_invited_user(ada, "hash", invite.code_hash)
    return ada


def _account_invite(maker, code_hash, **fields):
    return AccountInvite(
        id=ids.new_id(), code_hash=code_hash, created_by=maker.id, created_at=at(0), expires_at=at(1000), **fields
    )


async def _use_account(storage, ada, admin):
    await make_sign_in(storage, ada)
    await storage.add_verification(EmailVerificationToken(ada.id, "hash of a link", at(1000)))
    await storage.add_promotion(Promotion(ada.id, admin.id, at(10), at(1000)), verified_only=False)
    await make_task(storage, ada, client_id="key")


async def _study(storage, ada, bob):
    state = FocusRow(
        session=FocusSession(
            id=ids.new_id(),
            user_id=ada.id,
            room_id=None,
            task_id=None,
            activity="Essay",
            source="stopwatch",
            started_at=at(10),
        ),
        acted_at=at(10),
    )
    await storage.save_focus([state])
    await storage.change_user(
        ada.id, {"daily_goal": 30}, DayChanges(date.fromisoformat(at(0)[:10]), (date.fromisoformat(at(0)[:10]),))
    )
    room = await make_room(storage, bob, ada)
    counted = {"room_id": room.id, "task_id": ids.new_id(), "ended_at": at(5), "seconds": 60}
    ended = msgspec.structs.replace(state.session, id=ids.new_id(), started_at=at(-55), **counted)
    await storage.save_focus([msgspec.structs.replace(state, session=ended)])


async def _talk(storage, room, ada, bob):
    notice = msgspec.structs.replace(draft(room, None, f"{ada.name} is here"), mentioned_users=(ada.summary,))
    await post(storage, draft(room, ada, "one"), notice)
    await storage.save_presence({room.id: [present(ada)]})
    await hold(storage, await make_room(storage, bob, ada), ada)
    short = await make_room(storage, bob, ada, retention_days=1)
    await post(storage, draft(short, ada, key="one"))
    assert await storage.expire_messages(short.id, at(5 * DAY), None, 10)


async def _report(storage, room, ada, bob):
    of_ada, of_bob = await post(storage, draft(room, ada, "rude"), draft(room, bob, "ruder"))
    await storage.add_report(new_report(of_ada, bob))
    await storage.add_report(new_report(of_bob, ada))
    await storage.add_report(new_report(None, bob, room_id=room.id, kind="user", target_id=ada.id))


async def _moderate(storage, room, ada, eve):
    await make_invite(storage, room, ada)
    [message] = await post(storage, draft(room, eve, "rude"))
    report = await storage.add_report(new_report(message, ada))
    await storage.set_report_status(report.id, "resolved", new_act(room, ada, "report-resolved"))
    await storage.add_ban(room.id, eve.id, "rude", new_act(room, ada, "member-banned", eve))


async def _suffer_sanctions(storage, ada, bob):
    muted, banned, removed = [await make_room(storage, bob, ada) for _ in range(3)]
    await storage.mute_member(muted.id, ada.id, at(1000), new_act(muted, bob, "member-muted", ada))
    await storage.add_ban(banned.id, ada.id, "", new_act(banned, bob, "member-banned", ada))
    await make_invite(storage, removed, bob)
    await storage.remove_member(removed.id, ada.id, new_act(removed, bob, "member-removed", ada))


async def _become_admin(storage, ada, bob):
    await storage.reclaim_account(PasswordResetToken(ada.id, "hash of a token", at(1000)), "hash")
    await storage.set_second_factor(SecondFactor(ada.id, ids.new_id(), "secret"), expected_version=None)
    await storage.add_promotion(Promotion(bob.id, ada.id, at(20), at(1000)), verified_only=False)
    await storage.add_account_invite(_account_invite(ada, "hash of another code"), 100)


async def _set_timers(storage, room, ada):
    timer = Timer(room_id=room.id, version=1, changed_by=ada.id, changed_at=at(10))
    assert await storage.set_room_timer(room.id, timer, 0, at(10), ada.id)
    assert await storage.set_user_timer(ada.id, msgspec.structs.replace(timer, room_id=None), 0)


async def test_ids_of_user_are_in_personal_columns_only(storage):
    ada = await leave_traces(storage)
    listed = {(one.table, one.column) for one in PERSONAL_COLUMNS}
    assert await columns_with(storage, ada.id) == listed - {OF_FORMER_ACCOUNTS}


async def test_ids_of_deleted_user_are_in_columns_that_stay(storage):
    ada = await leave_traces(storage)
    assert await storage.delete_user(ada.id)
    staying = {(one.table, one.column) for one in PERSONAL_COLUMNS if one.on_deletion != DELETED}
    assert await columns_with(storage, ada.id) == staying

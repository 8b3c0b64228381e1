"""The conformance suite: who there is, and how much of it all. Each sentence of storage/base/, on every backend."""

from functools import partial
from itertools import takewhile
from unittest.mock import AsyncMock

import pytest

from domain.admin import Totals
from storage import migrations
from storage.postgres import schema as postgres_schema
from storage.postgres.database import PostgresDatabase
from storage.postgres.messages import prepared
from storage.sqlite import schema as sqlite_schema
from tests.conftest import DURABLE, make_backend, opened
from tests.support.alike import ALIKE
from tests.support.factories import at, draft, make_room, make_user, make_users, post
from text import normalise


async def found(storage, search, **options):
    return [user.id for user in await storage.users(search=normalise.search_key(search), limit=10, **options)]


async def test_users_come_newest_first_a_page_at_a_time(storage):
    users = [user.id for user in await make_users(storage, 5)][::-1]
    first = [user.id for user in await storage.users(limit=2)]
    assert first == users[:2]
    assert [user.id for user in await storage.users(before=first[-1], limit=2)] == users[2:4]
    assert [user.id for user in await storage.users(before=users[3], limit=2)] == users[4:]
    assert await storage.users(before=users[4], limit=2) == []


async def test_a_listed_user_is_as_kept(storage):
    user = await make_user(
        storage, role="admin", disabled=True, avatar="/ada.png", bio="Notes", language="de", last_login=at(5)
    )
    assert await storage.users(limit=10) == [user]


async def test_a_search_looks_into_name_and_email_without_case(storage):
    ada = await make_user(storage, "Ada", email="ada.l@example.org")
    for search in ("ada love", "ADA", "lace", "ada.l@EXAMPLE", "", "\uff21da"):
        assert await found(storage, search) == [ada.id], search
    for search in ("adalove", "%", "_", "\\", "eve", "lovelace ada"):
        assert await found(storage, search) == [], search


async def test_a_search_knows_the_case_of_every_letter(storage):
    user = await make_user(storage, "\u00d6zg\u00fcr Stra\u00dfe", email="o@example.org")
    for search in ("\u00f6zg\u00dcr", "STRASSE", "o\u0308zg"):
        assert await found(storage, search) == [user.id]


async def test_user_search_ignores_case_and_accents(storage):
    for number, (sought, name) in enumerate(ALIKE):
        await make_user(storage, f"{number:02} {name}", email=f"{number:02}-someone@example.org")
        await make_user(storage, "Eve", email=f"{number:02}-{sought}@example.org".lower())
    for number, pair in enumerate(ALIKE):
        for words in pair:
            assert len(await found(storage, f"{number:02} {words}")) == 1, pair
            assert len(await found(storage, f"{number:02}-{words}")) == 1, pair


async def test_a_search_follows_the_name(storage):
    ada = await make_user(storage, "Ada", email="a@example.org")
    await storage.change_user(ada.id, {"first_name": "Augusta"})
    assert await found(storage, "ada") == []
    assert await found(storage, "augusta lovelace") == [ada.id]


async def test_a_search_goes_on_where_a_page_ended(storage):
    users = [await make_user(storage, name) for name in ("Ada", "Bob", "Ada", "Ada")]
    assert await found(storage, "ada", before=users[3].id) == [users[2].id, users[0].id]


@pytest.mark.parametrize("name", DURABLE)
async def test_people_from_before_there_was_a_search_are_found(name, request, tmp_path, monkeypatch):
    backend, every = make_backend(name, request, tmp_path, empty=True), migrations.migrations_for(name)
    earlier = list(takewhile(lambda step: not step.name.endswith("_directory"), every))
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_schema, "MIGRATIONS", [partial(sqlite_schema._apply, step) for step in earlier])
        patch.setattr(postgres_schema, "migrations_for", lambda _: earlier)
        patch.setattr(postgres_schema, "_fill_search_keys", AsyncMock())
        patch.setattr(postgres_schema, "_fill_email_keys", AsyncMock())
        patch.setattr(PostgresDatabase, "require_ready", AsyncMock())  # it misses the tables of later steps
        patch.setattr(prepared, "PREPARED", "SELECT")  # and their columns
        async with opened(backend) as storage:
            await (storage._database.write(_add) if name == "sqlite" else storage._database.fetch(_BEFORE))
    async with opened(backend) as storage:
        assert await found(storage, "\u00f6ZG\u00dcR strasse") == ["01890a5d-ac96-774b-bcce-b302099a8057"]


_BEFORE = """
    INSERT INTO users (id, first_name, last_name, email, password_hash, role, created_at)
    VALUES ('01890a5d-ac96-774b-bcce-b302099a8057', '\u00d6zg\u00fcr', 'Stra\u00dfe', 'o@example.org', '', 'student',
            '2026-11-22T09:30:00.123Z')
"""


def _add(connection):
    connection.execute(_BEFORE)


async def test_who_deleted_their_account_is_not_listed(storage, ada, bob):
    await storage.delete_user(ada.id)
    assert [user.id for user in await storage.users(limit=10)] == [bob.id]
    assert await found(storage, "ada") == []
    assert await found(storage, "deleted") == []


async def test_all_rooms_come_newest_first_a_page_at_a_time(storage, ada, bob):
    public = await make_room(storage, ada, bob, name="Analysis")
    private = await make_room(storage, ada, name="Café", visibility="private", description="Numbers")
    gone = await make_room(storage, bob)
    await storage.delete_room(gone.id)
    assert await storage.all_rooms(limit=10) == [private, public]
    assert await storage.all_rooms(limit=1) == [private]
    assert await storage.all_rooms(before=private.id, limit=10) == [public]
    for search in ("CAFE", "number"):
        assert await storage.all_rooms(search=normalise.search_key(search), limit=10) == [private]
    assert await storage.all_rooms(search=normalise.search_key("nothing"), limit=10) == []


async def test_an_empty_storage_has_nothing_of_anything(storage):
    assert await storage.counts(at(0)) == Totals(users=0, rooms=0, messages=0, sign_ups={})


async def test_everything_is_counted_that_is_there(storage, ada, bob):
    gone = await make_user(storage, "Gone")
    rooms = [await make_room(storage, ada, bob) for _ in range(3)]
    await post(storage, *(draft(rooms[0], ada) for _ in range(3)), draft(rooms[1], bob), draft(rooms[2], ada))
    await storage.delete_room(rooms[2].id)
    await storage.delete_user(gone.id)
    totals = await storage.counts(at(0))
    assert (totals.users, totals.rooms, totals.messages) == (2, 2, 4)


async def test_sign_ups_are_counted_by_the_day_in_utc(storage):
    day = 24 * 3600
    start = at(0)
    assert start.endswith("T08:00:00.000Z")
    for seconds in (0, 1, 15.999 * 3600, 16 * 3600, day, 5 * day):
        await make_user(storage, created_at=at(seconds))
    deleted = await make_user(storage, created_at=at(day))
    await storage.delete_user(deleted.id)
    dates = [at(days * day)[:10] for days in (0, 1, 5)]
    assert (await storage.counts(at(0))).sign_ups == dict(zip(dates, (3, 2, 1), strict=True))
    assert (await storage.counts(at(1))).sign_ups == dict(zip(dates, (2, 2, 1), strict=True))
    assert (await storage.counts(at(6 * day))).sign_ups == {}

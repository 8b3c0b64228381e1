"""Conformance: user accounts, email addresses and passwords (storage/base/accounts/users.py), on every backend."""

import asyncio

import msgspec
import pytest

from domain import ids
from domain.accounts import Account
from domain.errors.accounts import EmailTaken
from tests.support.factories import at, draft, make_room, make_user, new_user, post


async def test_a_user_comes_back_as_kept(storage):
    user = new_user(
        "Ada", role="admin", avatar="/ada.png", bio="Notes", language="de", last_login=at(5), verified_at=at(6)
    )
    await storage.add_user(user, "hash")
    assert await storage.user(user.id) == user
    assert await storage.account(user.id) == Account(user, "hash")
    assert await storage.account_by_email(user.email) == Account(user, "hash")


async def test_user_with_one_name_has_no_blank_behind_it(storage, bob):
    one = await make_user(storage, "Sukarno", last_name="")
    room = await make_room(storage, one, bob)
    [said] = await post(storage, draft(room, one, "Hello"))
    assert (await storage.user(one.id)).name == "Sukarno"
    assert said.sender.name == "Sukarno"
    assert (await storage.messages_before(room.id, None, 1))[0].sender.name == "Sukarno"
    assert (await storage.members(room.id, 1))[0].name == "Sukarno"
    assert [user.name for user in await storage.users(search="sukarno\n", limit=2)] == ["Sukarno"]
    await storage.change_user(bob.id, {"last_name": ""})
    assert [member.name for member in await storage.members(room.id, 2)] == ["Sukarno", "Bob"]
    assert (await storage.change_user(bob.id, {"last_name": "Lovelace"})).name == "Bob Lovelace"


async def test_there_is_no_user_whom_nobody_added(storage, ada):
    assert await storage.user(ids.new_id()) is None
    assert await storage.account(ids.new_id()) is None
    assert await storage.account_by_email("nobody@example.org") is None


async def test_email_is_found_in_every_spelling(storage):
    user = await make_user(storage, email="ada_l@b\u00fccher.example")
    for email in ("ada_l@b\u00fccher.example", "ADA_L@xn--bcher-kva.example", "\uff41da_l@BU\u0308CHER.example."):
        assert (await storage.account_by_email(email)).user == user
        with pytest.raises(EmailTaken):
            await storage.add_user(new_user("Eve", email=email), "hash")
    for email in (
        "ada%@b\u00fccher.example",
        "ada_l@bucher.example",
        "adal@b\u00fccher.example",
        "ada_l+1@b\u00fccher.example",
    ):
        assert await storage.account_by_email(email) is None


async def test_an_email_belongs_to_one_user(storage, ada):
    for email in (ada.email, ada.email.upper()):
        with pytest.raises(EmailTaken):
            await storage.add_user(new_user("Eve", email=email), "hash")
    assert (await storage.account_by_email(ada.email)).user == ada


async def test_one_of_many_who_register_an_email_at_once_gets_it(storage):
    emails = ("same@example.org", "SAME@example.org.")
    users = [new_user(f"User {number}", email=emails[number % 2]) for number in range(20)]
    results = await asyncio.gather(*(storage.add_user(user, "hash") for user in users), return_exceptions=True)
    assert [type(result) for result in results if result is not None] == [EmailTaken] * 19
    [winner] = [user for user, result in zip(users, results, strict=True) if result is None]
    assert (await storage.account_by_email("same@example.org")).user == winner


async def test_adding_a_user_again_changes_nothing(storage, ada):
    before = await storage.account(ada.id)
    await storage.add_user(ada, "another hash")
    assert await storage.account(ada.id) == before


async def test_only_the_fields_named_change(storage):
    user = await make_user(storage, avatar="/ada.png", bio="Notes")
    changed = await storage.change_user(user.id, {"first_name": "Augusta", "bio": None})
    assert (changed.name, changed.avatar, changed.bio) == ("Augusta Lovelace", "/ada.png", None)
    assert await storage.user(user.id) == changed


async def test_language_is_set_and_cleared(storage, ada):
    assert ada.language is None
    for language in ("de", None, "en"):
        changed = await storage.change_user(ada.id, {"language": language})
        assert changed == await storage.user(ada.id) == msgspec.structs.replace(ada, language=language)


async def test_rules_of_days_are_changed_one_by_one(storage, ada):
    assert (ada.time_zone, ada.day_starts_at, ada.daily_goal, ada.week_starts_on) == (None, 4, 60, "monday")
    values = {"time_zone": "Asia/Kathmandu", "day_starts_at": 0, "daily_goal": 1440, "week_starts_on": "sunday"}
    for field, value in values.items():
        changed = await storage.change_user(ada.id, {field: value})
        assert changed == await storage.user(ada.id)
    assert changed == msgspec.structs.replace(ada, **values)


async def test_a_change_of_nothing_changes_nothing(storage, ada):
    assert await storage.change_user(ada.id, {}) == ada
    assert await storage.user(ada.id) == ada


async def test_changing_nobody_is_answered_with_none(storage):
    assert await storage.change_user(ids.new_id(), {"bio": "Notes"}) is None
    assert await storage.change_user(ids.new_id(), {}) is None


async def test_changes_of_different_fields_at_once_both_survive(storage, ada):
    changes = {"first_name": "Augusta", "last_name": "King", "avatar": "/a.png", "bio": "Notes", "language": "de"}
    await asyncio.gather(*(storage.change_user(ada.id, {field: value}) for field, value in changes.items()))
    user = await storage.user(ada.id)
    assert {field: getattr(user, field) for field in changes} == changes


async def test_a_password_is_replaced(storage, ada):
    assert await storage.set_password(ada.id, "new hash", expected_hash=f"hash of {ada.id}") is True
    assert await storage.account(ada.id) == Account(ada, "new hash")
    assert await storage.set_password(ada.id, "new hash", expected_hash=f"hash of {ada.id}") is True


async def test_a_password_is_not_replaced_where_it_is_another_by_now(storage, ada):
    assert await storage.set_password(ada.id, "new hash", expected_hash="hash of somebody's") is False
    assert await storage.account(ada.id) == Account(ada, f"hash of {ada.id}")


async def test_of_many_who_replace_one_password_at_once_one_does(storage, ada):
    hashes = [f"hash {number}" for number in range(20)]
    done = await asyncio.gather(
        *(storage.set_password(ada.id, new, expected_hash=f"hash of {ada.id}") for new in hashes)
    )
    [winner] = [new for new, is_done in zip(hashes, done, strict=True) if is_done]
    assert (await storage.account(ada.id)).password_hash == winner


async def test_a_login_is_recorded(storage, ada):
    await storage.record_login(ada.id, at(7))
    assert (await storage.user(ada.id)).last_login == at(7)


async def test_what_is_set_for_nobody_does_nothing(storage, ada):
    assert await storage.set_password(ids.new_id(), "new hash", expected_hash="hash") is False
    await storage.record_login(ids.new_id(), at(7))
    assert await storage.account(ada.id) == Account(ada, f"hash of {ada.id}")


async def test_a_storage_is_empty_until_the_first_user_was_ever_added(storage):
    assert await storage.is_empty() is True
    user = await make_user(storage)
    assert await storage.is_empty() is False
    await storage.delete_user(user.id)
    assert await storage.is_empty() is False

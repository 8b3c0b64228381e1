"""Conformance: links of calendars. Each sentence of storage/base/study/calendars.py, on every backend."""

import pytest

from domain.accounts import PasswordResetToken
from domain.errors.accounts import NotSignedIn
from tests.support.factories import at, make_user, new_user


async def test_link_is_found_by_its_hash_and_replaced(storage, ada, bob):
    await storage.set_calendar(ada.id, "first", at(1))
    await storage.set_calendar(bob.id, "other", at(2))
    assert await storage.user_of_calendar("first") == ada.id
    assert await storage.calendar_created_at(ada.id) == at(1)
    await storage.set_calendar(ada.id, "second", at(3))
    assert [await storage.user_of_calendar(one) for one in ("first", "second", "other")] == [None, ada.id, bob.id]
    assert await storage.calendar_created_at(ada.id) == at(3)


async def test_deleted_link_is_not_found(storage, ada, bob):
    await storage.set_calendar(ada.id, "first", at(1))
    assert [await storage.delete_calendar(ada.id) for _ in range(2)] == [True, False]
    assert not await storage.delete_calendar(bob.id)
    assert await storage.user_of_calendar("first") is None
    assert await storage.calendar_created_at(ada.id) is None


async def test_link_needs_an_account_that_may_sign_in(storage, ada):
    disabled = await make_user(storage, "Eve")
    await storage.set_access(disabled.id, disabled=True)
    await storage.delete_user(ada.id)
    for user in (disabled, ada, new_user()):
        with pytest.raises(NotSignedIn):
            await storage.set_calendar(user.id, f"hash {user.id}", at(1))


async def test_link_ends_with_account_password_and_access(storage, bob):
    ends = {
        "delete_user": lambda user: storage.delete_user(user.id),
        "set_access": lambda user: storage.set_access(user.id, disabled=True),
        "use_password_reset": lambda user: storage.use_password_reset(f"token {user.id}", "new", at(5)),
        "reclaim_account": lambda user: storage.reclaim_account(PasswordResetToken(user.id, "new", at(9)), "new"),
    }
    await storage.set_calendar(bob.id, "bob's", at(1))
    for name, end in ends.items():
        user = await make_user(storage, name)
        await storage.add_password_reset(PasswordResetToken(user.id, f"token {user.id}", at(9)))
        await storage.set_calendar(user.id, name, at(1))
        await end(user)
        assert await storage.user_of_calendar(name) is None, name
        assert await storage.calendar_created_at(user.id) is None, name
    assert await storage.user_of_calendar("bob's") == bob.id

"""Conformance: roles of accounts, disabled accounts, the last admin, and changes by commands, on every backend."""

import asyncio

import pytest

from domain import ids
from domain.accounts import Account, PasswordResetToken, SecondFactor
from domain.errors.admin import LastAdmin
from tests.support.factories import at, make_sign_in, make_user


async def test_a_role_and_a_disabled_account_are_set_apart(storage, ada):
    await make_user(storage, "Grace", role="admin")
    assert (await storage.set_access(ada.id, role="admin")).role == "admin"
    disabled = await storage.set_access(ada.id, disabled=True)
    assert (disabled.role, disabled.disabled) == ("admin", True)
    assert await storage.user(ada.id) == disabled
    assert (await storage.account_by_email(ada.email)).user == disabled
    assert await storage.set_access(ada.id, role="student", disabled=False) == ada
    assert await storage.user(ada.id) == ada


async def test_disabling_revokes_every_sign_in_and_enabling_brings_none_back(storage, ada, bob):
    mine, others = [await make_sign_in(storage, ada) for _ in range(3)], await make_sign_in(storage, bob)
    await storage.set_access(ada.id, role="student")
    assert not (await storage.session(mine[0].id)).revoked
    for disabled in (True, False):
        await storage.set_access(ada.id, disabled=disabled)
        assert all([(await storage.session(sign_in.id)).revoked for sign_in in mine])
    assert await storage.session(others.id) == others


async def test_a_user_who_is_added_disabled_is(storage):
    user = await make_user(storage, disabled=True)
    assert await storage.user(user.id) == user
    assert (await storage.account(user.id)).user == user


async def test_setting_the_standing_of_nobody_is_answered_with_none(storage, ada):
    await storage.delete_user(ada.id)
    assert await storage.set_access(ada.id, disabled=True) is None
    assert await storage.set_access(ids.new_id(), role="admin") is None


@pytest.mark.parametrize("change", [{"role": "student"}, {"disabled": True}, {"role": "student", "disabled": True}])
async def test_the_last_admin_stays_one(storage, ada, change):
    last = await make_user(storage, role="admin")
    await make_user(storage, role="admin", disabled=True)
    deleted = await make_user(storage, role="admin")
    await storage.delete_user(deleted.id)
    with pytest.raises(LastAdmin):
        await storage.set_access(last.id, **change)
    assert await storage.user(last.id) == last
    assert await storage.set_access(last.id, role="admin", disabled=False) == last
    assert (await storage.set_access(ada.id, **change)).disabled is change.get("disabled", False)


async def test_a_disabled_admin_may_lose_the_role_beside_the_last_one(storage):
    last, disabled = await make_user(storage, role="admin"), await make_user(storage, role="admin", disabled=True)
    assert (await storage.set_access(disabled.id, role="student")).role == "student"
    assert await storage.user(last.id) == last


async def test_of_admins_who_all_step_back_at_once_one_stays(storage):
    admins = [await make_user(storage, f"Admin {number}", role="admin") for number in range(8)]
    results = await asyncio.gather(
        *(storage.set_access(admin.id, role="student") for admin in admins), return_exceptions=True
    )
    assert [type(result) for result in results].count(LastAdmin) == 1
    assert [(await storage.user(admin.id)).role for admin in admins].count("admin") == 1


async def test_reclaimed_account_is_an_admin_with_one_way_in(storage, ada, bob):
    mine, theirs = await make_sign_in(storage, ada), await make_sign_in(storage, bob)
    for user in (ada, bob):
        assert await storage.set_second_factor(SecondFactor(user.id, ids.new_id(), "secret"), expected_version=None)
    await storage.set_access(ada.id, disabled=True)
    await storage.add_password_reset(PasswordResetToken(ada.id, "older", at(100)))

    user = await storage.reclaim_account(PasswordResetToken(ada.id, "newer", at(100)), "unknown")

    assert (user.role, user.disabled, user.name) == ("admin", False, ada.name)
    assert await storage.account(ada.id) == Account(user, "unknown")
    assert (await storage.session(mine.id)).revoked
    assert not (await storage.session(theirs.id)).revoked
    assert await storage.second_factor(ada.id) is None
    assert await storage.second_factor(bob.id) is not None
    assert await storage.password_reset("older") is None
    assert await storage.use_password_reset("newer", "set", at(50)) == ada.id


async def test_reclaiming_a_missing_account_changes_nothing(storage, ada):
    before, _ = await storage.command_changes(None)
    assert await storage.reclaim_account(PasswordResetToken(ids.new_id(), "hash", at(100)), "unknown") is None
    await storage.delete_user(ada.id)
    assert await storage.reclaim_account(PasswordResetToken(ada.id, "hash", at(100)), "unknown") is None
    assert await storage.password_reset("hash") is None
    assert await storage.command_changes(before) == (before, [])


async def test_command_changes_are_numbered_in_order(storage, ada, bob):
    start, none = await storage.command_changes(None)
    assert none == []
    await storage.reclaim_account(PasswordResetToken(ada.id, "ada's", at(100)), "unknown")
    middle, changed = await storage.command_changes(start)
    assert changed == [ada.id]
    await asyncio.gather(
        *(
            storage.reclaim_account(PasswordResetToken(user.id, f"hash of {user.id}", at(100)), "unknown")
            for user in (ada, bob)
        )
    )
    newest, changed = await storage.command_changes(middle)
    assert sorted(changed) == sorted([ada.id, bob.id])
    assert await storage.command_changes(newest) == (newest, [])
    assert await storage.command_changes(None) == (newest, [])


async def test_account_changed_by_a_command_can_be_deleted(storage, ada):
    await storage.reclaim_account(PasswordResetToken(ada.id, "hash", at(100)), "unknown")
    assert await storage.delete_user(ada.id)
    assert await storage.user(ada.id) is None

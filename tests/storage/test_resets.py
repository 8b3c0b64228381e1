"""The conformance suite: who may set a new password. Each sentence of storage/base/, on every backend."""

import asyncio

import pytest

from domain.accounts import Account, PasswordResetToken
from domain.errors.accounts import UserNotFound
from tests.support.factories import at, make_sign_in, new_user

HASH = "hash of a token"


def reset_for(user, hashed=HASH, expires=100):
    return PasswordResetToken(user.id, hashed, at(expires))


async def test_a_reset_comes_back_as_kept(storage, ada):
    await storage.add_password_reset(reset_for(ada))
    assert await storage.password_reset(HASH) == reset_for(ada)
    assert await storage.password_reset("hash of another") is None


async def test_a_new_reset_takes_the_place_of_the_users_last_one_alone(storage, ada, bob):
    await storage.add_password_reset(reset_for(bob, "of bob"))
    await storage.add_password_reset(reset_for(ada, "first"))
    await storage.add_password_reset(reset_for(ada, "second", 200))
    assert await storage.password_reset("first") is None
    assert await storage.use_password_reset("first", "new hash", at(50)) is None
    assert await storage.password_reset("second") == reset_for(ada, "second", 200)
    assert await storage.password_reset("of bob") == reset_for(bob, "of bob")


async def test_adding_a_reset_again_changes_nothing(storage, ada):
    await storage.add_password_reset(reset_for(ada))
    await storage.add_password_reset(reset_for(ada))
    assert await storage.password_reset(HASH) == reset_for(ada)


async def test_using_a_reset_sets_the_password_and_ends_the_sign_ins_of_its_user(storage, ada, bob):
    mine, others = [await make_sign_in(storage, ada) for _ in range(2)], await make_sign_in(storage, bob)
    await storage.add_password_reset(reset_for(ada))
    assert await storage.use_password_reset(HASH, "new hash", at(50)) == ada.id
    assert await storage.account(ada.id) == Account(ada, "new hash")
    assert await storage.account(bob.id) == Account(bob, f"hash of {bob.id}")
    assert all([(await storage.session(sign_in.id)).revoked for sign_in in mine])
    assert await storage.session(others.id) == others


async def test_a_reset_is_used_once(storage, ada):
    await storage.add_password_reset(reset_for(ada))
    results = await asyncio.gather(
        *(storage.use_password_reset(HASH, f"hash {number}", at(50)) for number in range(20))
    )
    [winner] = [number for number, user_id in enumerate(results) if user_id is not None]
    assert results[winner] == ada.id
    assert (await storage.account(ada.id)).password_hash == f"hash {winner}"
    assert await storage.password_reset(HASH) is None


@pytest.mark.parametrize(("now", "used"), [(99, True), (100, False), (101, False)])
async def test_a_reset_whose_time_is_over_changes_nothing(storage, ada, now, used):
    sign_in = await make_sign_in(storage, ada)
    await storage.add_password_reset(reset_for(ada))
    assert await storage.use_password_reset(HASH, "new hash", at(now)) == (ada.id if used else None)
    assert ((await storage.account(ada.id)).password_hash == "new hash") is used
    assert (await storage.session(sign_in.id)).revoked is used


async def test_nobody_who_is_gone_has_a_reset(storage, ada):
    await storage.add_password_reset(reset_for(ada))
    await storage.delete_user(ada.id)
    assert await storage.password_reset(HASH) is None
    assert await storage.use_password_reset(HASH, "new hash", at(50)) is None
    for user in (ada, new_user()):
        with pytest.raises(UserNotFound):
            await storage.add_password_reset(reset_for(user, "another"))
        assert await storage.password_reset("another") is None

"""The conformance suite: links that verify emails. Each sentence of storage/base/, on every backend."""

import asyncio

import pytest

from domain import ids
from domain.accounts import EmailVerificationToken, PasswordResetToken
from domain.errors.accounts import UserNotFound
from tests.support.factories import at, new_user

HASH = "hash of a token"


def verification_for(user, hashed=HASH, expires=100):
    return EmailVerificationToken(user.id, hashed, at(expires))


async def test_using_a_verification_verifies_its_user_once(storage, ada, bob):
    await storage.add_verification(verification_for(ada))
    verified = await storage.use_verification(HASH, ada.id, at(50))
    assert verified.verified_at == at(50)
    assert await storage.user(ada.id) == verified
    assert (await storage.user(bob.id)).verified_at is None
    assert await storage.use_verification(HASH, ada.id, at(51)) is None
    assert await storage.user(ada.id) == verified


async def test_verification_of_another_user_verifies_nobody(storage, ada, bob):
    await storage.add_verification(verification_for(ada))
    assert await storage.use_verification(HASH, bob.id, at(50)) is None
    assert await storage.use_verification("hash of another", ada.id, at(50)) is None
    assert (await storage.user(ada.id)).verified_at is None
    assert (await storage.use_verification(HASH, ada.id, at(50))).verified_at == at(50)


async def test_verification_past_its_time_verifies_nobody(storage, ada):
    await storage.add_verification(verification_for(ada))
    assert await storage.use_verification(HASH, ada.id, at(100)) is None
    assert (await storage.user(ada.id)).verified_at is None


async def test_a_new_verification_voids_the_one_before(storage, ada):
    for hashed in ("first", "second", "second"):
        await storage.add_verification(verification_for(ada, hashed))
    assert await storage.use_verification("first", ada.id, at(50)) is None
    assert await storage.use_verification("second", ada.id, at(50)) is not None


async def test_verifying_again_leaves_the_first_moment(storage, ada):
    for moment in (50, 60):
        await storage.add_verification(verification_for(ada))
        assert (await storage.use_verification(HASH, ada.id, at(moment))).verified_at == at(50)


async def test_of_many_who_use_one_verification_at_once_one_does(storage, ada):
    await storage.add_verification(verification_for(ada))
    used = await asyncio.gather(*(storage.use_verification(HASH, ada.id, at(50)) for _ in range(10)))
    assert len([user for user in used if user]) == 1


async def test_missing_user_gets_no_verification(storage, ada):
    await storage.add_verification(verification_for(ada))
    await storage.delete_user(ada.id)
    assert await storage.use_verification(HASH, ada.id, at(50)) is None
    for gone in (ada, new_user()):
        with pytest.raises(UserNotFound):
            await storage.add_verification(verification_for(gone))
    assert await storage.use_verification(HASH, ids.new_id(), at(50)) is None


@pytest.mark.parametrize("mailed", [True, False])
async def test_a_reset_that_was_mailed_verifies_the_email(storage, ada, mailed):
    await storage.user(ada.id)
    reset = PasswordResetToken(ada.id, HASH, at(100), mailed)
    await storage.add_password_reset(reset)
    assert await storage.password_reset(HASH) == reset
    assert await storage.use_password_reset(HASH, "another", at(50)) == ada.id
    assert (await storage.user(ada.id)).verified_at == (at(50) if mailed else None)

"""The conformance suite: second factors. Each sentence of storage/base/accounts/second_factors.py, on every backend."""

import asyncio

from domain import ids
from domain.accounts import SecondFactor
from tests.support.factories import new_user


def factor_of(user, **fields):
    return SecondFactor(user.id, ids.new_id(), "JBSWY3DPEHPK3PXP", **fields)


async def test_a_second_factor_comes_back_as_kept(storage, ada, bob):
    assert await storage.second_factor(ada.id) is None
    begun = factor_of(ada)
    assert await storage.set_second_factor(begun, expected_version=None) is True
    assert await storage.second_factor(ada.id) == begun
    whole = factor_of(ada, confirmed=True, last_step=2**40, recovery=("one", "two"))
    assert await storage.set_second_factor(whole, expected_version=begun.version) is True
    assert await storage.second_factor(ada.id) == whole
    assert await storage.second_factor(bob.id) is None


async def test_setting_a_second_factor_again_changes_nothing(storage, ada):
    begun, next_one = factor_of(ada), factor_of(ada, confirmed=True)
    for _ in range(2):
        assert await storage.set_second_factor(begun, expected_version=None) is True
    for _ in range(2):
        assert await storage.set_second_factor(next_one, expected_version=begun.version) is True
    assert await storage.second_factor(ada.id) == next_one


async def test_one_that_was_changed_meanwhile_stays(storage, ada):
    kept = factor_of(ada)
    assert await storage.set_second_factor(factor_of(ada), expected_version=kept.version) is False
    assert await storage.second_factor(ada.id) is None
    await storage.set_second_factor(kept, expected_version=None)
    assert await storage.set_second_factor(factor_of(ada), expected_version=None) is False
    assert await storage.set_second_factor(factor_of(ada), expected_version=ids.new_id()) is False
    assert await storage.second_factor(ada.id) == kept


async def test_of_many_who_replace_one_one_wins(storage, ada):
    for before in (None, factor_of(ada)):
        if before is not None:
            await storage.delete_second_factor(ada.id)
            await storage.set_second_factor(before, expected_version=None)
        wanted = [factor_of(ada, last_step=number) for number in range(20)]
        version = before.version if before else None
        results = await asyncio.gather(*(storage.set_second_factor(one, expected_version=version) for one in wanted))
        [winner] = [number for number, is_kept in enumerate(results) if is_kept]
        assert await storage.second_factor(ada.id) == wanted[winner]


async def test_a_deleted_second_factor_is_gone(storage, ada, bob):
    mine, others = factor_of(ada), factor_of(bob)
    for factor in (mine, others):
        await storage.set_second_factor(factor, expected_version=None)
    assert await storage.delete_second_factor(ada.id) is True
    assert await storage.delete_second_factor(ada.id) is False
    assert await storage.second_factor(ada.id) is None
    assert await storage.second_factor(bob.id) == others
    assert await storage.set_second_factor(factor_of(ada), expected_version=mine.version) is False, (
        "it does not come back"
    )
    assert await storage.set_second_factor(mine, expected_version=None) is True


async def test_nobody_who_is_gone_has_a_second_factor(storage, ada):
    await storage.set_second_factor(factor_of(ada), expected_version=None)
    await storage.delete_user(ada.id)
    assert await storage.second_factor(ada.id) is None
    for user in (ada, new_user()):
        assert await storage.set_second_factor(factor_of(user), expected_version=None) is False
        assert await storage.second_factor(user.id) is None

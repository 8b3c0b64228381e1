"""The conformance suite: proposals to make users admins. Each sentence of storage/base/, on every backend."""

import asyncio

import pytest

from domain import ids
from domain.admin import ListedPromotion, Promotion
from domain.errors.accounts import UserNotFound
from domain.errors.admin import (
    AlreadyAdmin,
    OwnPromotion,
    PromotionExists,
    PromotionNotFound,
    SecondAdminNeeded,
    UserNotVerified,
)
from domain.errors.base import Forbidden
from tests.support.factories import at, make_admin, make_user


def proposal(user, admin, made=10, expires=100):
    return Promotion(user.id, admin.id, at(made), at(expires))


@pytest.fixture
async def admins(storage):
    """Two admins."""
    return await make_admin(storage, "Grace"), await make_admin(storage, "Mary")


async def test_a_promotion_confirmed_by_another_admin_makes_an_admin_once(storage, admins, ada):
    grace, mary = admins
    await storage.add_promotion(proposal(ada, grace), verified_only=False)
    assert await storage.promotions(at(20), 5) == [ListedPromotion(ada.listed, grace.summary, at(10), at(100))]

    promoted = await storage.confirm_promotion(ada.id, mary.id, at(20), verified_only=False)

    assert (promoted.id, promoted.role) == (ada.id, "admin")
    assert await storage.user(ada.id) == promoted
    assert await storage.promotions(at(20), 5) == []
    with pytest.raises(AlreadyAdmin):
        await storage.confirm_promotion(ada.id, mary.id, at(20), verified_only=False)
    assert [admin.id for admin in await storage.admins(5)] == sorted([ada.id, grace.id, mary.id])


async def test_nobody_confirms_their_own_proposal(storage, admins, ada, bob):
    grace, mary = admins
    await storage.add_promotion(proposal(ada, grace), verified_only=False)
    for refused, admin_id in ((OwnPromotion, grace.id), (Forbidden, ada.id), (Forbidden, bob.id), (Forbidden, "")):
        with pytest.raises(refused):
            await storage.confirm_promotion(ada.id, admin_id or ids.new_id(), at(20), verified_only=False)
    assert (await storage.user(ada.id)).role == "student"
    with pytest.raises(PromotionExists):
        await storage.add_promotion(proposal(ada, mary), verified_only=False)
    await storage.add_promotion(proposal(ada, grace, 20, 200), verified_only=False)
    assert [one.expires_at for one in await storage.promotions(at(20), 5)] == [at(200)]


async def test_a_promotion_that_is_over_is_not_confirmed_and_makes_place(storage, admins, ada, bob):
    grace, mary = admins
    await storage.add_promotion(proposal(ada, grace), verified_only=False)
    with pytest.raises(PromotionNotFound):
        await storage.confirm_promotion(ada.id, mary.id, at(100), verified_only=False)
    assert await storage.promotions(at(100), 5) == []
    with pytest.raises(PromotionNotFound):
        await storage.confirm_promotion(bob.id, mary.id, at(20), verified_only=False)
    await storage.add_promotion(proposal(ada, mary, 100, 200), verified_only=False)
    assert (await storage.confirm_promotion(ada.id, grace.id, at(150), verified_only=False)).is_admin


@pytest.mark.parametrize("change", [{"role": "student"}, {"disabled": True}])
async def test_a_promotion_ends_with_the_standing_of_its_admin(storage, admins, ada, change):
    grace, mary = admins
    await make_admin(storage, "Third")
    await storage.add_promotion(proposal(ada, grace), verified_only=False)
    await storage.set_access(grace.id, **change)
    await storage.set_access(grace.id, role="admin", disabled=False)
    assert await storage.promotions(at(20), 5) == []
    with pytest.raises(PromotionNotFound):
        await storage.confirm_promotion(ada.id, mary.id, at(20), verified_only=False)


async def test_a_promotion_ends_with_either_account_and_with_disabling_its_user(storage, admins, ada, bob):
    grace, mary = admins
    third = await make_admin(storage, "Third")
    carol = await make_user(storage, "Carol")
    for user, admin in ((ada, grace), (bob, third), (carol, grace)):
        await storage.add_promotion(proposal(user, admin), verified_only=False)
    await storage.delete_user(ada.id)
    await storage.set_access(third.id, role="student")
    await storage.delete_user(third.id)
    await storage.set_access(carol.id, disabled=True)
    await storage.set_access(carol.id, disabled=False)
    assert await storage.promotions(at(20), 5) == []
    for user in (ada, bob, carol):
        with pytest.raises(PromotionNotFound):
            await storage.confirm_promotion(user.id, mary.id, at(20), verified_only=False)


async def test_what_may_not_be_proposed_is_refused(storage, admins, ada, bob):
    grace, mary = admins
    await storage.set_access(bob.id, disabled=True)
    missing = await make_user(storage)
    await storage.delete_user(missing.id)
    for refused, promotion, verified_only in (
        (Forbidden, proposal(ada, bob), False),
        (Forbidden, proposal(bob, ada), False),
        (UserNotFound, proposal(bob, grace), False),
        (UserNotFound, proposal(missing, grace), False),
        (AlreadyAdmin, proposal(mary, grace), False),
        (AlreadyAdmin, proposal(grace, grace), False),
        (UserNotVerified, proposal(ada, grace), True),
    ):
        with pytest.raises(refused):
            await storage.add_promotion(promotion, verified_only=verified_only)
    assert await storage.promotions(at(20), 5) == []
    await storage.set_access(mary.id, role="student")
    with pytest.raises(SecondAdminNeeded):
        await storage.add_promotion(proposal(ada, grace), verified_only=False)


async def test_only_verified_users_are_confirmed_where_that_is_wanted(storage, admins):
    grace, mary = admins
    eve, ada = await make_user(storage, "Eve"), await make_user(storage, "Ada", verified_at=at(1))
    await storage.add_promotion(proposal(eve, grace), verified_only=False)
    await storage.add_promotion(proposal(ada, grace), verified_only=True)
    with pytest.raises(UserNotVerified):
        await storage.confirm_promotion(eve.id, mary.id, at(20), verified_only=True)
    assert (await storage.confirm_promotion(ada.id, mary.id, at(20), verified_only=True)).is_admin


async def test_a_promotion_is_deleted_by_admins_alone(storage, admins, ada, bob):
    grace, mary = admins
    await storage.add_promotion(proposal(ada, grace), verified_only=False)
    with pytest.raises(Forbidden):
        await storage.delete_promotion(ada.id, bob.id)
    assert await storage.delete_promotion(ada.id, mary.id) is True
    assert await storage.delete_promotion(ada.id, mary.id) is False
    with pytest.raises(PromotionNotFound):
        await storage.confirm_promotion(ada.id, mary.id, at(20), verified_only=False)


async def test_of_a_confirmation_and_a_demotion_at_once_one_order_holds(storage, admins, ada):
    grace, mary = admins
    await make_admin(storage, "Third")
    await storage.add_promotion(proposal(ada, grace), verified_only=False)
    confirmed, _ = await asyncio.gather(
        storage.confirm_promotion(ada.id, mary.id, at(20), verified_only=False),
        storage.set_access(grace.id, role="student"),
        return_exceptions=True,
    )
    is_admin = (await storage.user(ada.id)).is_admin
    assert is_admin is not isinstance(confirmed, PromotionNotFound)
    assert await storage.promotions(at(20), 5) == []


async def test_of_many_who_confirm_at_once_one_does(storage, admins, ada):
    grace, _ = admins
    others = [await make_admin(storage, f"Admin {number}") for number in range(5)]
    await storage.add_promotion(proposal(ada, grace), verified_only=False)
    results = await asyncio.gather(
        *(storage.confirm_promotion(ada.id, admin.id, at(20), verified_only=False) for admin in others),
        return_exceptions=True,
    )
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert {type(result) for result in results if isinstance(result, Exception)} == {AlreadyAdmin}

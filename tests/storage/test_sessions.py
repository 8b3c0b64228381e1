"""Conformance: sessions, their rotation, revocation and purge (storage/base/accounts/sessions.py), on every backend."""

import asyncio

import msgspec
import pytest

from domain import ids
from tests.support.factories import at, make_sign_in, new_sign_in, renewal, rotate


async def test_a_sign_in_comes_back_as_kept(storage, ada):
    sign_in = await make_sign_in(storage, ada)
    assert await storage.session(sign_in.id) == sign_in
    assert await storage.session(ids.new_id()) is None


async def test_adding_a_sign_in_again_changes_nothing(storage, ada):
    sign_in = await make_sign_in(storage, ada)
    rotated = await rotate(storage, sign_in.id, "first", renewal("second", at(2000)))
    await storage.add_session(sign_in)
    assert await storage.session(sign_in.id) == rotated


async def test_a_rotation_replaces_the_hash(storage, ada):
    sign_in = await make_sign_in(storage, ada)
    rotated = await rotate(storage, sign_in.id, "first", renewal("second", at(2000)))
    assert rotated == new_sign_in(
        ada,
        id=sign_in.id,
        refresh_hash="second",
        expires_at=at(2000),
        last_used=at(1000),
        client="Newer browser",
        address="198.51.100.7",
        previous_hash="first",
    )
    assert await storage.session(sign_in.id) == rotated


async def test_rotation_sent_again_is_the_same_rotation(storage, ada):
    sign_in = await make_sign_in(storage, ada)
    rotated = await rotate(storage, sign_in.id, "first", renewal("second", at(2000)))
    assert await rotate(storage, sign_in.id, "first", renewal("second", at(2000)), retry_since=at(1000)) == rotated


async def test_rotation_retry_replaces_the_unused_successor(storage, ada):
    sign_in = await make_sign_in(storage, ada)
    rotated = await rotate(storage, sign_in.id, "first", renewal("second", at(2000)))
    again = msgspec.structs.replace(renewal("third", at(3000)), last_used=at(1020), client="Other", address="::1")
    retried = await rotate(storage, sign_in.id, "first", again, retry_since=at(1000))
    assert retried == msgspec.structs.replace(
        rotated, refresh_hash="third", expires_at=at(3000), client="Other", address="::1"
    ), "the time that counts is the first trade's"
    assert await storage.session(sign_in.id) == retried
    assert await rotate(storage, sign_in.id, "third", renewal("fourth", at(4000))) is not None


@pytest.mark.parametrize("used", ["too late", "after its successor", "as the replaced successor"])
async def test_rotation_with_a_used_hash_revokes_the_sign_in(storage, ada, used):
    sign_in = await make_sign_in(storage, ada)
    await rotate(storage, sign_in.id, "first", renewal("second", at(2000)))
    used_hash, since = "first", at(1000)
    if used == "too late":
        since = at(1000.001)
    elif used == "after its successor":
        await rotate(storage, sign_in.id, "second", renewal("third", at(2000)))
    else:
        await rotate(storage, sign_in.id, "first", renewal("third", at(2000)), retry_since=since)
        used_hash = "second"
    before = await storage.session(sign_in.id)
    assert await rotate(storage, sign_in.id, used_hash, renewal("last", at(3000)), retry_since=since) is None
    assert await storage.session(sign_in.id) == msgspec.structs.replace(before, revoked=True)
    assert await rotate(storage, sign_in.id, before.refresh_hash, renewal("last", at(3000))) is None


async def test_what_is_revoked_or_unknown_is_not_rotated(storage, ada):
    sign_in = await make_sign_in(storage, ada)
    await storage.revoke_session(sign_in.id)
    assert await rotate(storage, sign_in.id, "first", renewal("second", at(2000))) is None
    assert (await storage.session(sign_in.id)).refresh_hash == "first"
    assert await rotate(storage, ids.new_id(), "first", renewal("second", at(2000))) is None


async def test_of_many_rotations_too_late_for_a_retry_one_wins(storage, ada):
    sign_in = await make_sign_in(storage, ada)
    results = await asyncio.gather(
        *(rotate(storage, sign_in.id, "first", renewal(f"new {number}", at(2000))) for number in range(20))
    )
    [winner] = [result for result in results if result is not None]
    kept = await storage.session(sign_in.id)
    assert kept.revoked
    assert kept.refresh_hash == winner.refresh_hash


async def test_concurrent_retries_leave_one_of_their_successors(storage, ada):
    sign_in = await make_sign_in(storage, ada)
    since = at(1000)
    results = await asyncio.gather(
        *(
            rotate(storage, sign_in.id, "first", renewal(f"new {number}", at(2000)), retry_since=since)
            for number in range(20)
        )
    )
    kept = await storage.session(sign_in.id)
    assert (kept.previous_hash, kept.revoked) == ("first", False)
    assert kept in results
    assert None not in results


async def test_retry_racing_its_successor_revokes_or_loses(storage, ada):
    for _ in range(10):
        sign_in = await make_sign_in(storage, ada)
        await rotate(storage, sign_in.id, "first", renewal("second", at(2000)))
        retried, used = await asyncio.gather(
            rotate(storage, sign_in.id, "first", renewal("second", at(2000)), retry_since=at(1000)),
            rotate(storage, sign_in.id, "second", renewal("third", at(2000)), retry_since=at(1000)),
        )
        kept = await storage.session(sign_in.id)
        assert used is not None
        assert (kept.refresh_hash, kept.revoked) == ("third", retried is None)


async def test_revoking_what_does_not_exist_does_nothing(storage, ada):
    sign_in = await make_sign_in(storage, ada)
    await storage.revoke_session(ids.new_id())
    assert await storage.session(sign_in.id) == sign_in


async def test_every_sign_in_but_one_is_revoked(storage, ada, bob):
    before, keep, *rest = [await make_sign_in(storage, ada) for _ in range(5)]
    others = await make_sign_in(storage, bob)
    await storage.revoke_session(before.id)
    assert await storage.revoke_sessions(ada.id, keep=keep.id) == sorted(sign_in.id for sign_in in rest)
    assert await storage.session(keep.id) == keep
    assert await storage.session(others.id) == others
    assert all([(await storage.session(sign_in.id)).revoked for sign_in in rest])
    assert await storage.revoke_sessions(ada.id) == [keep.id]
    assert await storage.revoke_sessions(ada.id) == []


async def test_sign_ins_that_are_over_or_revoked_are_purged_and_no_others(storage, ada, bob):
    over = [await make_sign_in(storage, user, expires_at=at(seconds)) for user in (ada, bob) for seconds in (10, 20)]
    stays = [await make_sign_in(storage, user, expires_at=at(20.001)) for user in (ada, bob)]
    revoked = await make_sign_in(storage, ada)
    await storage.revoke_session(revoked.id)
    assert await storage.purge_sessions(at(20), 10) == 5
    assert [await storage.session(sign_in.id) for sign_in in (*over, revoked)] == [None] * 5
    assert [await storage.session(sign_in.id) for sign_in in stays] == stays
    assert await storage.purge_sessions(at(20), 10) == 0


async def test_no_more_sign_ins_are_purged_than_asked_for(storage, ada):
    sign_ins = [await make_sign_in(storage, ada) for _ in range(5)]
    assert [await storage.purge_sessions(at(1000), 2) for _ in range(4)] == [2, 2, 1, 0]
    assert [await storage.session(sign_in.id) for sign_in in sign_ins] == [None] * 5


async def test_a_sign_in_that_is_renewed_while_others_are_purged_stays(storage, ada):
    sign_ins = [await make_sign_in(storage, ada, expires_at=at(10)) for _ in range(20)]
    rotations = (rotate(storage, sign_in.id, "first", renewal("second", at(2000))) for sign_in in sign_ins)
    purged, *rotated = await asyncio.gather(storage.purge_sessions(at(10), 100), *rotations)
    kept = [await storage.session(sign_in.id) for sign_in in sign_ins]
    assert kept == rotated, "who was told that a sign-in is renewed has one"
    assert kept.count(None) == purged


async def test_a_users_sign_ins_are_listed_newest_first_without_those_that_are_over(storage, ada, bob):
    first = await make_sign_in(storage, ada, expires_at=at(50.001))
    await make_sign_in(storage, ada, expires_at=at(50))
    revoked = await make_sign_in(storage, ada)
    await storage.revoke_session(revoked.id)
    await make_sign_in(storage, bob)
    others = [await make_sign_in(storage, ada) for _ in range(3)]
    assert await storage.sessions_of(ada.id, at(50), 10) == [*reversed(others), first]
    assert await storage.sessions_of(ada.id, at(50), 2) == [others[2], others[1]]
    assert await storage.sessions_of(ids.new_id(), at(50), 10) == []


async def test_a_renewed_sign_in_is_listed_as_it_is_now(storage, ada):
    sign_in = await make_sign_in(storage, ada)
    rotated = await rotate(storage, sign_in.id, "first", renewal("second", at(2000)))
    assert await storage.sessions_of(ada.id, at(0), 10) == [rotated]


async def test_what_a_sign_in_says_of_its_client_comes_back_as_given(storage, ada):
    client = "Mozilla/5.0 (X11; '; DROP TABLE sign_ins; --) %s {} \\ \U0001d4b3 \u05e2"
    sign_in = await make_sign_in(storage, ada, client=client, address="2001:db8::1%eth0")
    assert await storage.session(sign_in.id) == sign_in
    assert await storage.sessions_of(ada.id, at(0), 10) == [sign_in]

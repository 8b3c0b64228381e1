"""The conformance suite: people and their sign-ins. Each sentence of storage/base/, on every backend."""

import asyncio

import msgspec
import pytest

from domain import ids
from domain.accounts import DELETED_NAME, Account, PasswordResetToken, SecondFactor, UserSummary
from domain.errors.accounts import EmailTaken, UserNotFound
from domain.errors.admin import LastAdmin
from domain.errors.rooms import NotAMember, OwnerCannotLeave
from tests.support.factories import (
    at,
    draft,
    make_room,
    make_sign_in,
    make_user,
    make_users,
    new_room,
    new_sign_in,
    new_user,
    post,
    renewal,
    rotate,
)


async def test_a_user_comes_back_as_kept(storage):
    user = new_user("Ada", role="admin", avatar="/ada.png", bio="Notes", last_login=at(5), verified_at=at(6))
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


async def test_a_change_of_nothing_changes_nothing(storage, ada):
    assert await storage.change_user(ada.id, {}) == ada
    assert await storage.user(ada.id) == ada


async def test_changing_nobody_is_answered_with_none(storage):
    assert await storage.change_user(ids.new_id(), {"bio": "Notes"}) is None
    assert await storage.change_user(ids.new_id(), {}) is None


async def test_changes_of_different_fields_at_once_both_survive(storage, ada):
    changes = {"first_name": "Augusta", "last_name": "King", "avatar": "/a.png", "bio": "Notes"}
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


async def test_a_login_is_recorded(storage, ada):
    await storage.record_login(ada.id, at(7))
    assert (await storage.user(ada.id)).last_login == at(7)


async def test_what_is_set_for_nobody_does_nothing(storage, ada):
    assert await storage.set_password(ids.new_id(), "new hash", expected_hash="hash") is False
    await storage.record_login(ids.new_id(), at(7))
    assert await storage.account(ada.id) == Account(ada, f"hash of {ada.id}")


async def test_a_deleted_user_is_gone(storage, ada):
    assert await storage.delete_user(ada.id) is True
    assert await storage.set_password(ada.id, "new hash", expected_hash=f"hash of {ada.id}") is False
    await storage.record_login(ada.id, at(7))
    assert await storage.user(ada.id) is None
    assert await storage.account(ada.id) is None
    assert await storage.account_by_email(ada.email) is None
    assert await storage.change_user(ada.id, {"bio": "Notes"}) is None
    assert await storage.delete_user(ada.id) is False


async def test_there_is_nobody_to_delete(storage):
    assert await storage.delete_user(ids.new_id()) is False


async def test_the_email_of_a_deleted_user_is_free_again(storage, ada):
    await storage.delete_user(ada.id)
    successor = await make_user(storage, "Eve", email=ada.email)
    assert (await storage.account_by_email(ada.email)).user == successor


async def test_a_storage_is_empty_until_the_first_user_was_ever_added(storage):
    assert await storage.is_empty() is True
    user = await make_user(storage)
    assert await storage.is_empty() is False
    await storage.delete_user(user.id)
    assert await storage.is_empty() is False


async def test_two_users_can_be_deleted(storage, ada, bob):
    assert await storage.delete_user(ada.id)
    assert await storage.delete_user(bob.id)


async def test_the_messages_of_a_deleted_user_stay_without_their_name(storage, room, ada):
    bob = await make_user(storage, "Bob", avatar="/bob.png")
    await storage.add_member(room.id, bob.id, at(1))
    kept = await post(storage, draft(room, ada, "one"), draft(room, bob, "two"))
    await storage.delete_user(bob.id)
    after = await storage.messages_after(room.id, 0, 10)
    assert [(message.id, message.seq, message.content) for message in after] == [
        (message.id, message.seq, message.content) for message in kept
    ]
    assert [message.sender for message in after] == [ada.summary, UserSummary(bob.id, DELETED_NAME)]
    assert (await storage.recent_messages(ada.id, 1))[0].sender == UserSummary(bob.id, DELETED_NAME)


async def test_the_memberships_of_a_deleted_user_end(storage, ada, bob):
    first, second = await make_room(storage, ada, bob), await make_room(storage, ada, bob)
    await storage.delete_user(bob.id)
    for room in (first, second):
        assert (await storage.room(room.id)).total_members == 1
        assert await storage.member(room.id, bob.id) is None
        assert [member.id for member in await storage.members(room.id, 10)] == [ada.id]
        [refusal] = await storage.add_messages([draft(room, bob)])
        assert isinstance(refusal, NotAMember)
    assert await storage.rooms_of(bob.id, 10) == []


async def test_who_owns_a_room_is_not_deleted(storage, room, ada, bob):
    sign_in = await make_sign_in(storage, ada)
    with pytest.raises(OwnerCannotLeave):
        await storage.delete_user(ada.id)
    assert await storage.user(ada.id) == ada
    assert await storage.session(sign_in.id) == sign_in
    assert (await storage.member(room.id, ada.id)).role == "owner"
    assert (await storage.account_by_email(ada.email)).user == ada
    await storage.add_member(room.id, bob.id, at(5))
    await storage.transfer_room(room.id, ada.id, bob.id)
    assert await storage.delete_user(ada.id) is True


async def test_no_room_is_left_to_somebody_who_is_deleted_meanwhile(storage, ada):
    users = await make_users(storage, 5)
    given = [await make_room(storage, ada, user) for user in users]
    made = [new_room(user) for user in users]
    await asyncio.gather(
        *(storage.add_room(room) for room in made[:3]),
        *(storage.transfer_room(room.id, ada.id, user.id) for room, user in list(zip(given, users, strict=True))[3:]),
        *(storage.delete_user(user.id) for user in users),
        *(storage.add_room(room) for room in made[3:]),
        *(storage.transfer_room(room.id, ada.id, user.id) for room, user in list(zip(given, users, strict=True))[:3]),
        return_exceptions=True,
    )
    for room in (*given, *made):
        if await storage.room(room.id):
            [owner, *_] = await storage.members(room.id, 10)
            assert (owner.role, await storage.user(owner.id) is None) == ("owner", False)


async def test_the_sign_ins_of_a_deleted_user_are_deleted(storage, ada, bob):
    gone, stays = await make_sign_in(storage, ada), await make_sign_in(storage, bob)
    await storage.delete_user(ada.id)
    assert await storage.session(gone.id) is None
    assert await storage.session(stays.id) == stays
    assert await rotate(storage, gone.id, "first", renewal("second", at(2000))) is None


async def test_nobody_signs_in_who_is_gone(storage, ada):
    await storage.delete_user(ada.id)
    for sign_in in (new_sign_in(ada), new_sign_in(new_user())):
        with pytest.raises(UserNotFound):
            await storage.add_session(sign_in)
        assert await storage.session(sign_in.id) is None


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


async def test_owned_rooms_are_those_that_one_owns_by_id(storage, ada, bob):
    rooms = [await make_room(storage, ada) for _ in range(4)]
    await make_room(storage, bob, ada)
    await storage.add_member(rooms[1].id, bob.id, at(2))
    await storage.transfer_room(rooms[1].id, ada.id, bob.id)
    await storage.delete_room(rooms[2].id)
    assert await storage.owned_rooms(ada.id, 10) == [rooms[0], rooms[3]]
    assert await storage.owned_rooms(ada.id, 1) == [rooms[0]]
    assert await storage.owned_rooms(ids.new_id(), 10) == []

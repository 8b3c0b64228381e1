"""Rules of storage/rules/, as tables: facts, and the result or the error."""

import msgspec
import pytest

from domain import ids
from domain.accounts import UserSummary
from domain.errors.accounts import NotSignedIn, UserNotFound
from domain.errors.base import AppError, Forbidden
from domain.errors.moderation import Banned, Muted
from domain.errors.rooms import InviteNotFound, NotAMember, OwnerCannotLeave, RoomFull, RoomNotFound
from domain.messages import MessageDraft
from domain.moderation import AuditDraft, ReportDraft
from domain.permissions import Authority
from domain.rooms import Invite, Member
from storage.rules.messages import DraftFacts, has_repeats, message_from_draft, number_drafts, with_current_names
from storage.rules.moderation import (
    GONE,
    audience_of_report,
    authorize_once,
    report_of_message,
    report_of_room,
    report_of_user,
)
from storage.rules.rooms import (
    AdmissionFacts,
    InviteFacts,
    admit,
    check_end_of_membership,
    check_invite,
    check_transfer,
    effective_member,
    was_removed_since,
)
from tests.support.factories import at, new_room, new_user

ROOM, ADA, BOB = "room", "ada", "bob"
USER, DISABLED = Authority(), Authority(is_active=False)
MEMBER, MODERATOR, OWNER = (Authority(role) for role in ("member", "moderator", "owner"))
ADMIN = Authority(is_admin=True)


def result_of(call, *args, **named):
    """Return the result of the call, or the class of the error that it raises."""
    try:
        return call(*args, **named)
    except AppError as error:
        return type(error)


# Authorisation


def action(name, target=None):
    return AuditDraft(id=ids.new_id(), room_id=ROOM, action=name, actor_id=ADA, target_id=target, timestamp=at(0))


@pytest.mark.parametrize(
    ("name", "target", "authorities", "expected"),
    [
        ("member-removed", BOB, {ADA: OWNER, BOB: MEMBER}, True),
        ("member-removed", BOB, {ADA: MODERATOR, BOB: MODERATOR}, Forbidden),
        ("member-removed", BOB, {ADA: OWNER}, NotAMember),
        ("member-banned", BOB, {ADA: OWNER}, True),
        ("member-banned", BOB, {ADA: MEMBER, BOB: MEMBER}, Forbidden),
        ("member-banned", BOB, {BOB: MEMBER}, NotSignedIn),
        ("member-banned", BOB, {ADA: GONE, BOB: MEMBER}, NotSignedIn),
        ("invite-created", None, {ADA: MODERATOR}, True),
        ("invite-created", None, {ADA: MEMBER}, Forbidden),
        ("invite-created", None, {}, NotSignedIn),
        ("invite-used", None, {ADA: USER}, True),
        ("room-changed", None, {ADA: ADMIN}, True),
        ("room-changed", None, {ADA: MODERATOR}, Forbidden),
    ],
)
def test_authorize_once_new_action_is_checked(name, target, authorities, expected):
    assert result_of(authorize_once, action(name, target), authorities, is_recorded=False) == expected


@pytest.mark.parametrize("authorities", [{}, {ADA: MEMBER}, {ADA: OWNER}])
def test_authorize_once_recorded_action_is_not_checked(authorities):
    assert authorize_once(action("room-changed"), authorities, is_recorded=True) is False


# Admission

EMPTY = AdmissionFacts(
    USER,
    is_private=False,
    total_members=1,
    capacity=None,
    last_seq=7,
    history_from=3,
    is_banned=False,
    muted_until=None,
)


@pytest.mark.parametrize(
    ("facts", "options", "expected"),
    [
        (None, {}, RoomNotFound),
        ({}, {}, False),
        ({}, {"only_public": True}, False),
        ({"user": GONE}, {}, UserNotFound),
        ({"user": Authority(is_admin=True, is_active=False)}, {}, UserNotFound),
        ({"is_private": True}, {}, False),
        ({"is_private": True}, {"only_public": True}, RoomNotFound),
        ({"is_private": True, "user": ADMIN}, {}, False),
        ({"is_private": True, "user": ADMIN}, {"only_public": True}, True),
        ({"is_private": True, "user": ADMIN}, {"is_own": True}, True),
        ({"user": ADMIN}, {"only_public": True}, False),
        ({"user": ADMIN}, {"is_own": True}, False),
        ({"is_banned": True}, {}, Banned),
        ({"is_banned": True, "user": ADMIN}, {}, True),
        ({"total_members": 4, "capacity": 5}, {}, False),
        ({"total_members": 5, "capacity": 5}, {}, RoomFull),
        ({"total_members": 5, "capacity": 5, "user": ADMIN}, {}, RoomFull),
        # several reasons at once: the first in the order of the contract
        ({"user": GONE, "is_private": True, "is_banned": True}, {"only_public": True}, UserNotFound),
        ({"is_private": True, "is_banned": True}, {"only_public": True}, RoomNotFound),
        ({"is_banned": True, "total_members": 5, "capacity": 5}, {}, Banned),
    ],
)
def test_admit_returns_membership_by_role_or_error(facts, options, expected):
    found = None if facts is None else EMPTY._replace(**facts)
    admitted = result_of(admit, ROOM, ADA, at(5), found, **options)
    assert (admitted.by_role if isinstance(admitted, Member) else admitted) == expected


@pytest.mark.parametrize(("until", "expected"), [(None, None), (4, None), (5, None), (6, 6)])
@pytest.mark.parametrize("user", [USER, ADMIN])
def test_admit_new_member_has_read_all_and_stays_muted(user, until, expected):
    facts = EMPTY._replace(user=user, muted_until=until and at(until))
    member = admit(ROOM, ADA, at(5), facts)
    assert member == Member(ROOM, ADA, "member", at(5), 7, expected and at(expected), 3)


def test_effective_member_admin_is_not_muted():
    member = Member(ROOM, ADA, "member", at(0), muted_until=at(9))
    assert effective_member(member, is_admin=False) == member
    assert effective_member(member, is_admin=True) == msgspec.structs.replace(member, muted_until=None)


@pytest.mark.parametrize(
    ("user", "is_removed", "expected"),
    [
        (MEMBER, False, True),
        (MODERATOR, True, True),
        (USER, False, False),
        (GONE, False, False),
        (GONE, True, False),
        (OWNER, False, OwnerCannotLeave),
        (OWNER, True, OwnerCannotLeave),
        (Authority("member", is_active=False), False, NotSignedIn),
        (Authority("member", is_active=False), True, True),
        (Authority("owner", is_active=False), False, OwnerCannotLeave),
    ],
)
def test_end_of_membership_is_decided_by_role(user, is_removed, expected):
    assert result_of(check_end_of_membership, user, is_removed=is_removed) == expected


@pytest.mark.parametrize(
    ("owner", "new_owner", "expected"),
    [
        ("owner", "member", True),
        ("owner", "moderator", True),
        ("owner", None, NotAMember),
        (None, None, NotAMember),
        ("moderator", "owner", False),
        ("moderator", "member", Forbidden),
        ("member", "owner", Forbidden),
        ("member", "moderator", Forbidden),
        (None, "owner", Forbidden),
        (None, "member", Forbidden),
    ],
)
def test_transfer_is_decided_by_both_roles(owner, new_owner, expected):
    assert result_of(check_transfer, owner, new_owner) == expected


# Invitations


def invite_facts(**changes):
    invite = Invite(id=ids.new_id(), code="c", room_id=ROOM, created_by=BOB, created_at=at(10), expires_at=at(100))
    facts = InviteFacts(invite, MODERATOR, is_private=True, is_member=False, removed_at=None)
    fields = {name: changes.pop(name) for name in list(changes) if name in Invite.__struct_fields__}
    return facts._replace(invite=msgspec.structs.replace(invite, **fields), **changes)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, None),
        ({"expires_at": at(50)}, InviteNotFound),
        ({"expires_at": at(51)}, None),
        ({"uses": 2, "used": 1}, None),
        ({"uses": 2, "used": 2}, InviteNotFound),
        ({"creator": OWNER}, None),
        ({"creator": ADMIN}, None),
        ({"creator": MEMBER}, InviteNotFound),
        ({"creator": USER}, InviteNotFound),
        ({"creator": Authority("owner", is_active=False)}, InviteNotFound),
        ({"removed_at": at(9)}, None),
        ({"removed_at": at(10)}, InviteNotFound),
        ({"removed_at": at(20)}, InviteNotFound),
        ({"removed_at": at(20), "is_private": False}, None),
        ({"removed_at": at(20), "is_member": True}, None),
    ],
)
def test_invite_admits_while_usable_and_no_removal_since(facts, expected):
    assert result_of(check_invite, invite_facts(**facts), at(50)) == expected


def test_invite_missing_is_not_found():
    assert result_of(check_invite, None, at(50)) == InviteNotFound


@pytest.mark.parametrize(
    ("removed", "since", "expected"), [(None, 5, False), (4, 5, False), (5, 5, True), (6, 5, True)]
)
def test_removal_counts_from_its_moment_on(removed, since, expected):
    assert was_removed_since(removed and at(removed), at(since)) == expected


# Messages

ADA_NOW, BOB_NOW = UserSummary(ADA, "Ada Lovelace"), UserSummary(BOB, "Bob Bee")


def draft(content="hello", *, sender=ADA_NOW, key=None, room=ROOM, when=10, **fields):
    return MessageDraft(ids.new_id(), room, sender, content, at(when), key, **fields)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"last_seq": None}, RoomNotFound),
        ({"last_seq": None, "sender": GONE}, RoomNotFound),
        ({}, 5),
        ({"sender": USER}, NotAMember),
        ({"sender": ADMIN}, NotAMember),
        ({"sender": GONE}, NotAMember),
        ({"sender": Authority("member", is_active=False)}, NotSignedIn),
        ({"muted_until": at(11)}, Muted),
        ({"muted_until": at(10)}, 5),
        ({"muted_until": at(11), "sender": Authority("member", is_admin=True)}, 5),
        ({"rejection": Forbidden()}, Forbidden),
        ({"rejection": Forbidden(), "sender": USER}, NotAMember),
    ],
)
def test_draft_is_numbered_or_rejected(facts, expected):
    one = DraftFacts(4, sender=MEMBER)._replace(**facts)
    [result], accepted, held = number_drafts([draft()], [one])
    assert (type(result) if isinstance(result, AppError) else result.seq) == expected
    assert [message for _, message in accepted] == ([] if isinstance(result, AppError) else [result])
    assert held == []


def test_muted_draft_error_has_end_of_mute():
    [error], _, _ = number_drafts([draft()], [DraftFacts(4, None, MEMBER, at(99))])
    assert error.until == at(99)


@pytest.mark.parametrize(("rejection", "expected"), [(None, 5), (Forbidden(), Forbidden)])
def test_system_message_needs_no_membership(rejection, expected):
    [result], _, _ = number_drafts([draft(sender=None)], [DraftFacts(4, rejection=rejection, muted_until=at(99))])
    assert (type(result) if isinstance(result, AppError) else result.seq) == expected


@pytest.mark.parametrize(
    "facts",
    [{}, {"sender": USER}, {"sender": GONE}, {"muted_until": at(99)}, {"rejection": Forbidden()}],
)
def test_draft_of_stored_message_returns_it_before_any_rejection(facts):
    stored = message_from_draft(draft(), 2)
    numbered = number_drafts([draft()], [DraftFacts(4, stored, MEMBER)._replace(**facts)])
    assert numbered == ([stored], [], [])


def test_drafts_of_several_rooms_are_numbered_in_order():
    other = ids.new_id()
    drafts = [draft(str(number), room=room) for number, room in enumerate((ROOM, other, ROOM, other, ROOM))]
    facts = [DraftFacts({ROOM: 4, other: 0}[one.room_id], sender=MEMBER) for one in drafts]
    results, accepted, _ = number_drafts(drafts, facts)
    assert [(one.room_id, one.seq) for one in results] == [(ROOM, 5), (other, 1), (ROOM, 6), (other, 2), (ROOM, 7)]
    assert accepted == list(zip(drafts, results, strict=True))


def test_rejected_drafts_leave_no_hole():
    muted = DraftFacts(4, None, MEMBER, at(99))
    results, _, _ = number_drafts(
        [draft() for _ in range(3)], [DraftFacts(4, None, MEMBER), muted, *[DraftFacts(4, None, MEMBER)]]
    )
    assert [getattr(one, "seq", None) for one in results] == [5, None, 6]


@pytest.mark.parametrize(
    ("second", "is_duplicate"),
    [
        ({"key": "one"}, True),
        ({"key": "two"}, False),
        ({"key": None}, False),
        ({"key": "one", "sender": BOB_NOW}, False),
        ({"key": "one", "sender": None}, False),
        ({"key": "one", "room": BOB}, False),
    ],
)
def test_draft_repeats_earlier_one_by_key(second, is_duplicate):
    drafts = [draft("first", key="one"), draft("second", **second)]
    results, accepted, _ = number_drafts(drafts, [DraftFacts(4, sender=MEMBER)] * 2)
    assert (results[0] == results[1]) == is_duplicate == (len(accepted) == 1)
    assert has_repeats(drafts) == is_duplicate


def test_draft_repeats_earlier_one_by_id():
    first = draft("first")
    again = msgspec.structs.replace(first, content="again", client_message_id="other")
    results, accepted, _ = number_drafts([first, again], [DraftFacts(4, sender=MEMBER)] * 2)
    assert (results[0], len(accepted)) == (results[1], 1)
    assert has_repeats([first, again])


def test_draft_repeats_no_rejected_one():
    drafts = [draft(key="one", when=10), draft(key="one", when=20)]
    results, accepted, _ = number_drafts(drafts, [DraftFacts(4, None, MEMBER, at(15))] * 2)
    assert [getattr(one, "seq", None) for one in results] == [None, 5]
    assert [message for _, message in accepted] == [results[1]]


def test_current_names_replace_those_of_draft():
    notice = draft("Ada Lovelace invited Bob Bee", sender=ADA_NOW, mentioned_users=(ADA_NOW, BOB_NOW))
    renamed = UserSummary(ADA, "Augusta King")
    named = with_current_names(notice, renamed, {ADA})
    assert (named.content, named.sender) == ("Ada Lovelace invited Deleted user", renamed)
    assert named.mentioned_users == (ADA_NOW,)
    assert with_current_names(notice, ADA_NOW, {ADA, BOB}) == notice


# Reports


@pytest.mark.parametrize(
    ("sender", "poster", "names", "accused"),
    [
        (ADA, None, {}, ADA),
        (ADA, BOB, {"cleo": "Cleo"}, ADA),
        (None, BOB, {}, BOB),
        (None, BOB, {"cleo": "Cleo"}, BOB),
        (None, None, {"cleo": "Cleo"}, "cleo"),
        (None, None, {"cleo": "Cleo", ADA: "Ada"}, None),
        (None, None, {}, None),
    ],
)
def test_report_of_message_accuses_sender_author_or_only_named(sender, poster, names, accused):
    target = report_of_message(7, "text", at(1), sender, poster_id=poster, names=names)
    assert target == (7, "text", at(1), sender, accused, {} if sender else names, accused)


def report(kind, target_id):
    return ReportDraft(
        id="report", kind=kind, room_id=ROOM, target_id=target_id, reporter_id=BOB, reason="", created_at=at(2)
    )


@pytest.mark.parametrize(
    ("is_there", "owner", "target_id", "expected"),
    [
        (True, ADA, ROOM, (0, "Analysis", at(2), ADA, ADA, {}, None)),
        (True, ADA, "another", RoomNotFound),
        (True, None, ROOM, RoomNotFound),
        (False, None, ROOM, RoomNotFound),
    ],
)
def test_report_of_room_accuses_owner_and_goes_to_admins(is_there, owner, target_id, expected):
    room = new_room(new_user(), id=ROOM) if is_there else None
    assert result_of(report_of_room, report("room", target_id), room, owner) == expected


@pytest.mark.parametrize(
    ("is_there", "was_member", "expected"),
    [
        (True, True, (0, "Ada Lovelace", at(2), ADA, ADA, {ADA: "Ada Lovelace"}, ADA)),
        (True, False, UserNotFound),
        (False, True, UserNotFound),
    ],
)
def test_report_of_user_needs_a_past_or_present_member(is_there, was_member, expected):
    user = msgspec.structs.replace(new_user(), id=ADA) if is_there else None
    assert result_of(report_of_user, report("user", ADA), user, is_or_was_member=was_member) == expected


def test_report_of_user_contains_their_activity_in_the_room():
    user = msgspec.structs.replace(new_user(), id=ADA)
    found = report_of_user(report("user", ADA), user, is_or_was_member=True, activity="Rude words")
    assert found.content == "Ada Lovelace\nRude words"
    assert found.names == {ADA: found.content}, "deletion of the account takes it out"


@pytest.mark.parametrize(
    ("ranked", "audience"),
    [(None, "admins"), (ADMIN, "admins"), (OWNER, "admins"), (MODERATOR, "owner"), (MEMBER, "moderators")],
)
def test_audience_of_report_is_above_the_accused(ranked, audience):
    assert audience_of_report(ranked) == audience

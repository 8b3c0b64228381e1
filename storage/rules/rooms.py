"""Rules of memberships and invitations."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from domain.base import RoomId, Timestamp, UserId
from domain.errors.accounts import NotSignedIn, UserNotFound
from domain.errors.base import Forbidden
from domain.errors.moderation import Banned, Muted
from domain.errors.rooms import InviteNotFound, NotAMember, OwnerCannotLeave, RoomFull, RoomNotFound
from domain.permissions import Authority
from domain.rooms import Invite, Member, MemberRole


class AdmissionFacts(NamedTuple):
    """State of a room, and of a user without membership.

    Attributes:
        user: authority of the user.
        is_private: True for a private room.
        total_members: number of members of the room.
        capacity: maximum number of members, None for no limit.
        last_seq: number of the room's last message.
        history_from: number of the first message that new members may read.
        is_banned: True if the user is banned from the room.
        muted_until: end of the last mute from an earlier membership, None without one.
    """

    user: Authority
    is_private: bool
    total_members: int
    capacity: int | None
    last_seq: int
    history_from: int
    is_banned: bool
    muted_until: Timestamp | None


def admit(
    room_id: RoomId,
    user_id: UserId,
    at: Timestamp,
    facts: AdmissionFacts | None,
    *,
    only_public: bool = False,
    is_own: bool = False,
) -> Member:
    """Return the new membership to store. Callers call it only if the user is not a member of the room.

    Args:
        room_id, user_id: the room and the user.
        at: time of joining.
        facts: state of the room and the user; None if the room is missing.
        only_public: True if the user joins without an invitation.
        is_own: True if the user created the invitation, which only an admin can do without being a member.

    Raises:
        RoomNotFound: the room is missing; or, with `only_public`, it is private and the user is not an admin.
        UserNotFound: the user is missing, deleted or disabled.
        Banned: the user is banned, and not an admin.
        RoomFull: the room has as many members as its capacity.
    """
    if facts is None:
        raise RoomNotFound
    user, is_private = facts.user, facts.is_private
    if not user.is_active:
        raise UserNotFound
    if only_public and is_private and not user.is_admin:
        raise RoomNotFound
    if facts.is_banned and not user.is_admin:
        raise Banned
    if facts.capacity is not None and facts.total_members >= facts.capacity:
        raise RoomFull
    muted_until = mute_at(facts.muted_until, at)
    by_role = facts.is_banned or (is_private and (only_public or is_own))
    return Member(room_id, user_id, "member", at, facts.last_seq, muted_until, facts.history_from, by_role)


def mute_in_force(muted_until: Timestamp | None, *, is_admin: bool) -> Timestamp | None:
    """Return the end of a member's mute; None for admins: mutes do not apply to them."""
    return None if is_admin else muted_until


def effective_member(member: Member, *, is_admin: bool) -> Member:
    """Return the membership as it is read: with the mute in force only."""
    if member.muted_until is None or not is_admin:
        return member
    return msgspec.structs.replace(member, muted_until=mute_in_force(member.muted_until, is_admin=is_admin))


def mute_at(muted_until: Timestamp | None, at: Timestamp) -> Timestamp | None:
    """Return the end of a mute that lasts at `at`, None if it has ended."""
    return muted_until if muted_until is not None and muted_until > at else None


def change_presence(member: Member | None, fields: Mapping[str, Any], at: Timestamp, *, is_active: bool) -> Member:
    """Return the membership with another chosen status or activity.

    Args:
        member: the membership as it is read, None if it is missing.
        fields: the fields that change.
        at: time of the change.
        is_active: False if the account is disabled.

    Raises:
        NotAMember: the membership is missing.
        NotSignedIn: the account is disabled.
        Muted: the member is muted, and sets an activity.
    """
    if member is None:
        raise NotAMember
    if not is_active:
        raise NotSignedIn
    if fields.get("activity") and (until := mute_at(member.muted_until, at)):
        raise Muted(until)
    return msgspec.structs.replace(member, **fields)


def check_end_of_membership(user: Authority, *, is_removed: bool) -> bool:
    """Return True if the user has a membership that may end, False if there is none.

    Args:
        user: authority of the user in the room.
        is_removed: True if another user removes them, by an action that is authorised; False if the user leaves.

    Raises:
        OwnerCannotLeave: the user owns the room.
        NotSignedIn: the user leaves, and the account is disabled.
    """
    if user.role is None:
        return False
    if user.role == "owner":
        raise OwnerCannotLeave
    if not is_removed and not user.is_active:
        raise NotSignedIn
    return True


def check_transfer(owner: MemberRole | None, new_owner: MemberRole | None) -> bool:
    """Return True if the room may be transferred; False if an earlier run of the same call has done it.

    Args:
        owner, new_owner: roles in the room of the two users, who differ; None without membership.

    Raises:
        NotAMember: the new owner is not a member.
        Forbidden: the owner does not own the room (any more).
    """
    if new_owner is None:
        raise NotAMember
    if (owner, new_owner) == ("moderator", "owner"):
        return False
    if owner != "owner":
        raise Forbidden
    return True


class InviteFacts(NamedTuple):
    """State of an invitation and of its user.

    Attributes:
        invite: the invitation as it is stored.
        creator: authority of its creator in the room.
        is_private: True for a private room.
        is_member: True if the user is a member of the room.
        removed_at: time when the user was last removed from the room or banned, None if never.
    """

    invite: Invite
    creator: Authority
    is_private: bool
    is_member: bool
    removed_at: Timestamp | None


def check_invite(facts: InviteFacts | None, at: Timestamp) -> None:
    """Return if the invitation admits the user at this time.

    Args:
        facts: state of the invitation and the user; None if it is missing.
        at: time of use.

    Raises:
        InviteNotFound: the invitation is missing, expired or used up. Or its creator may not moderate the room now. Or
            the room is private, and the user was removed since the invitation was created and is not a member.
    """
    if facts is None or not facts.invite.is_usable(at) or not facts.creator.can_moderate:
        raise InviteNotFound
    is_closed = facts.is_private and not facts.is_member
    if is_closed and was_removed_since(facts.removed_at, facts.invite.created_at):
        raise InviteNotFound


def was_removed_since(removed_at: Timestamp | None, at: Timestamp) -> bool:
    """Return True if the removal was at `at` or later."""
    return removed_at is not None and removed_at >= at

"""Columns and mappers of rooms, members and invitations into rooms."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from collections.abc import Iterable, Mapping
from typing import Any

from domain.base import UserId
from domain.permissions import Authority
from domain.rooms import Invite, Member, MemberProfile, Membership, Room
from storage.rows import Row, columns, set_clause
from storage.rows.accounts import IS_ACTIVE, IS_ADMIN, user_summary
from storage.rules.rooms import AdmissionFacts, InviteFacts

ROOM = columns(Room.__struct_fields__, "r")
"""Columns of `rooms r` for `room_of`."""


def room_of(row: Row) -> Room:
    """Return the room from a row of `ROOM`."""
    (  # without a star, which would make a list for each row
        room_id,
        name,
        description,
        subject,
        image,
        visibility,
        capacity,
        retention_days,
        timer_control,
        quiet_focus,
        leaderboard,
        time_zone,
        total_members,
        first_seq,
        last_seq,
        history_from,
        expired_before,
        last_active,
        created_by,
        created_at,
    ) = row
    return Room(
        id=room_id,
        name=name,
        description=description,
        subject=subject,
        image=image,
        visibility=visibility,
        capacity=capacity,
        retention_days=retention_days,
        timer_control=timer_control,
        quiet_focus=quiet_focus,
        leaderboard=leaderboard,
        time_zone=time_zone,
        total_members=total_members,
        first_seq=first_seq,
        last_seq=last_seq,
        history_from=history_from,
        expired_before=expired_before,
        last_active=last_active,
        created_by=created_by,
        created_at=created_at,
    )


NEW_ROOM = (
    "id, name, description, subject, image, visibility, capacity, retention_days, timer_control, quiet_focus,"
    " leaderboard, time_zone, last_active, created_by, created_at, search_text, total_members, last_seq"
)
"""Columns of the table `rooms` for `new_room_row`."""


def new_room_row(room: Room) -> tuple[object, ...]:
    """Return the row of `NEW_ROOM` to store for a new room, which has one member and no message."""
    texts = room.name, room.description, room.subject, room.image
    rules = room.visibility, room.capacity, room.retention_days
    study = room.timer_control, room.quiet_focus, room.leaderboard, room.time_zone
    dates = room.last_active, room.created_by, room.created_at
    return room.id, *texts, *rules, *study, *dates, room.search_key, 1, 0


_CHANGEABLE = frozenset(
    {
        *("name", "description", "subject", "image", "visibility", "capacity", "retention_days", "timer_control"),
        *("quiet_focus", "leaderboard", "time_zone"),
    }
)


def room_changes(changes: Mapping[str, Any], changed: Room, placeholder: str) -> tuple[str, list[Any]]:
    """Return the assignments of a SET clause for `RoomStore.change_room`, and their parameters.

    Args:
        changes: argument of the same name of that method.
        changed: the room with the changes, of which three columns are computed.
        placeholder: placeholder of a parameter, `?` or `%s`.

    Raises:
        ValueError: a field may not be changed.
    """
    named = {name: value for name, value in changes.items() if name != "expired_before"}
    computed = {
        "history_from": changed.history_from,
        "expired_before": changed.expired_before,
        "search_text": changed.search_key,
    }
    return set_clause(named | computed, _CHANGEABLE | computed.keys(), placeholder)


MEMBERSHIP = f"{ROOM}, m.role, m.last_read"
"""Columns of `members m` and `rooms r` for `membership_of`."""


def membership_of(row: Row) -> Membership:
    """Return the membership, with its room, from a row of `MEMBERSHIP`."""
    return Membership(room_of(row[:-2]), row[-2], row[-1])


MUTED_UNTIL = f"CASE WHEN {IS_ADMIN} THEN NULL ELSE m.muted_until END"
"""End of a mute in force, from `members m` and `users u`; the rule is `storage.rules.rooms.mute_in_force`."""

MEMBER = (
    f"m.room_id, m.user_id, m.role, m.joined_at, m.last_read, {MUTED_UNTIL}, m.visible_from, m.by_role,"
    " m.chosen_status, m.activity, m.follow_timer, m.show_on_leaderboard"
)
"""Columns of `members m` and `users u` for `member_of`."""


def member_of(row: Row) -> Member:
    """Return the member from a row of `MEMBER`."""
    room_id, user_id, role, joined_at, last_read, muted_until, visible_from, by_role, *chosen = row
    chosen_status, activity, follow_timer, show_on_leaderboard = chosen
    return Member(
        *(room_id, user_id, role, joined_at, last_read, muted_until, visible_from, bool(by_role)),
        chosen_status=chosen_status,
        activity=activity,
        follow_timer=bool(follow_timer),
        show_on_leaderboard=bool(show_on_leaderboard),
    )


MEMBERSHIP_SETTINGS = frozenset({"follow_timer", "show_on_leaderboard"})
"""Columns of `members` that `MemberStore.set_membership` may change."""

MEMBER_PROFILE = f"{user_summary('u')}, m.role, m.joined_at, {MUTED_UNTIL}, {IS_ADMIN}"
"""Columns of `members m` and `users u` for `member_profile_of`."""


def member_profile_of(row: Row) -> MemberProfile:
    """Return the member as listed from a row of `MEMBER_PROFILE`."""
    user_id, name, avatar, role, joined_at, muted_until, is_admin = row
    return MemberProfile(user_id, name, avatar, role, joined_at, muted_until, bool(is_admin))


MEMBERS = f"SELECT {MEMBER} FROM members m JOIN users u ON u.id = m.user_id"
"""Query of `members m`; its rows are read by `member_of`."""

MEMBER_PROFILES = f"SELECT {MEMBER_PROFILE} FROM members m JOIN users u ON u.id = m.user_id"
"""Query of `members m`; its rows are read by `member_profile_of`."""

BY_RANK = "CASE m.role WHEN 'owner' THEN 0 WHEN 'moderator' THEN 1 ELSE 2 END, m.joined_at, m.user_id"
"""Order of the listed members of a room, `members m`."""

AUTHORITY = f"m.role, {IS_ADMIN}, {IS_ACTIVE}"
"""Columns of `members m` and `users u`, joined or missing, for `authority_of`."""


def authority_of(row: Row) -> Authority:
    """Return the authority from a row of `AUTHORITY`."""
    role, is_admin, is_active = row
    return Authority(role, bool(is_admin), bool(is_active))


def authorities(room_id: str) -> str:
    """Return the query of users' ids and authorities in a room, from `users u`; its rows are read by `authorities_of`.

    Args:
        room_id: SQL of the room's id.
    """
    return f"SELECT u.id, {AUTHORITY} FROM users u LEFT JOIN members m ON m.room_id = {room_id} AND m.user_id = u.id"


def authorities_of(rows: Iterable[Row]) -> dict[UserId, Authority]:
    """Return the authorities from rows of `authorities`, by the users' ids."""
    return {row[0]: authority_of(row[1:]) for row in rows}


def admission(user_id: str) -> str:
    """Return the columns of `rooms r` for `admission_facts_of`.

    Args:
        user_id: SQL of the id of the user that joins, which occurs twice.
    """
    return f"""
        r.visibility = 'private', r.total_members, r.capacity, r.last_seq, r.history_from,
        EXISTS (SELECT 1 FROM bans WHERE bans.room_id = r.id AND bans.user_id = {user_id}),
        (SELECT until FROM mutes WHERE mutes.room_id = r.id AND mutes.user_id = {user_id})
    """


def admission_facts_of(row: Row, user: Authority) -> AdmissionFacts:
    """Return the facts about a room from a row of `admission`, and about a user."""
    is_private, total_members, capacity, last_seq, history_from, is_banned, muted_until = row
    return AdmissionFacts(
        user, bool(is_private), total_members, capacity, last_seq, history_from, bool(is_banned), muted_until
    )


CREATOR_CAN_MODERATE = """EXISTS (
    SELECT 1 FROM users u LEFT JOIN members m ON m.room_id = invites.room_id AND m.user_id = u.id
    WHERE u.id = invites.created_by AND NOT u.disabled AND NOT u.deleted
      AND (u.role = 'admin' OR m.role IN ('owner', 'moderator'))
)"""
"""Condition: the creator of a row of `invites` may moderate the room now (`Authority.can_moderate`)."""


def usable_invite(at: str) -> str:
    """Return the condition that an invitation of `invites` is usable at a time, given in SQL (`Invite.is_usable`)."""
    return f"expires_at > {at} AND used < coalesce(uses, used + 1)"


INVITE = columns(Invite.__struct_fields__)
"""Columns of the table `invites` for `invite_of`."""


def invite_of(row: Row) -> Invite:
    """Return the invitation from a row of `INVITE`."""
    invite_id, code, room_id, created_by, created_at, expires_at, uses, used = row
    return Invite(
        id=invite_id,
        code=code,
        room_id=room_id,
        created_by=created_by,
        created_at=created_at,
        expires_at=expires_at,
        uses=uses,
        used=used,
    )


def invite_facts(user_id: str, invite_id: str) -> str:
    """Return the query for `invite_facts_of`.

    Args:
        user_id: SQL of the id of the user of the invitation, which occurs twice, before the other.
        invite_id: SQL of the invitation's id, which occurs once.
    """
    return f"""
        SELECT {columns(Invite.__struct_fields__, "i")}, {AUTHORITY}, r.visibility = 'private',
            EXISTS (SELECT 1 FROM members place WHERE place.room_id = i.room_id AND place.user_id = {user_id}),
            (SELECT removed_at FROM removals WHERE removals.room_id = i.room_id AND removals.user_id = {user_id})
        FROM invites i JOIN rooms r ON r.id = i.room_id JOIN users u ON u.id = i.created_by
        LEFT JOIN members m ON m.room_id = i.room_id AND m.user_id = u.id
        WHERE i.id = {invite_id}
    """


def invite_facts_of(row: Row) -> InviteFacts:
    """Return the facts about an invitation and a user from a row of `invite_facts`."""
    is_private, is_member, removed_at = row[-3:]
    return InviteFacts(invite_of(row[:-6]), authority_of(row[-6:-3]), bool(is_private), bool(is_member), removed_at)

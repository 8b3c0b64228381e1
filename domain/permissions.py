"""Permissions in a room and promotion of admins. Storages check these rules again inside their transactions."""

from collections.abc import Collection
from typing import NamedTuple

from domain.accounts import User
from domain.admin import Promotion
from domain.base import Timestamp, UserId
from domain.errors.accounts import NotSignedIn, UserNotFound
from domain.errors.admin import (
    AlreadyAdmin,
    OwnPromotion,
    PromotionExists,
    PromotionNotFound,
    SecondAdminNeeded,
    UserNotVerified,
)
from domain.errors.base import Forbidden
from domain.errors.moderation import Muted
from domain.errors.rooms import NotAMember, RoomNotFound
from domain.moderation import Action, AuditDraft, ReportAudience
from domain.rooms import MemberRole
from domain.study.timer import TimerControl

OWNER_ONLY: frozenset[Action] = frozenset({"role-changed", "room-changed", "room-handed-over"})
"""Actions that only the owner and admins may take."""
_MIN_ADMINS = 2
ADMINS_ONLY_MESSAGE = "This is for admins."
UNRESTRICTED: frozenset[Action] = frozenset({"admin-joined", "invite-used"})
"""Actions without a check of their own: the operation that stores them is checked."""
MEMBERS_ONLY_TARGET: frozenset[Action] = frozenset(
    {"activity-cleared", "member-muted", "member-removed", "role-changed"}
)
"""Actions on members only."""
LIFTING_ACTIONS: frozenset[Action] = frozenset({"member-unbanned", "member-unmuted"})
"""Actions that undo others. They may be taken on admins, too."""


class Authority(NamedTuple):
    """Role of a user in a room and on the server, as the database has it now.

    Attributes:
        role: in the room, None without membership.
        is_admin: True for an enabled admin of the server.
        is_active: True unless the account is disabled or deleted.
    """

    role: MemberRole | None = None
    is_admin: bool = False
    is_active: bool = True

    @property
    def can_moderate(self) -> bool:
        """True for the owner, a moderator or an admin, unless disabled."""
        return self.is_active and (self.is_admin or self.role in {"owner", "moderator"})


NO_AUTHORITY = Authority()


def authorize(audit: AuditDraft, actor: Authority, target: Authority = NO_AUTHORITY) -> None:
    """Return if the action is allowed.

    Args:
        audit: the action, its actor and its target.
        actor, target: their authority now, read in the transaction of the action.

    Raises:
        NotSignedIn: the actor's account is disabled or deleted.
        Forbidden: the actor is neither an admin nor has the required role, or does not outrank the target. The owner,
            admins and the actor themselves cannot be targets, and a moderator cannot be the target of another one.
        NotAMember: the action is for members and the target is not one.
    """
    if not actor.is_active:
        raise NotSignedIn
    if audit.action in UNRESTRICTED:
        return
    if audit.action in OWNER_ONLY:
        check_owner(actor)
    check_moderator(actor)
    if audit.action == "room-handed-over":
        check_new_owner(audit.actor_id, actor.role, audit.target_id)
    elif audit.target_id is not None:
        _check_target(audit, actor, target)


def _check_target(audit: AuditDraft, actor: Authority, target: Authority) -> None:
    if audit.target_id == audit.actor_id:
        raise Forbidden("Nobody may do this to themselves.")
    if target.role == "owner":
        raise Forbidden("Nobody may do this to the owner of the room.")
    if target.is_admin and not _lifts_restriction(audit):
        raise Forbidden("Nobody may do this to an admin.")
    if target.role == "moderator" and actor.role != "owner" and not actor.is_admin:
        raise Forbidden("Moderators may do this to members alone.")
    if target.role is None and audit.action in MEMBERS_ONLY_TARGET:
        raise NotAMember("They are no member of this room.")


def check_new_owner(actor_id: UserId, role: MemberRole | None, new_owner: UserId | None) -> None:
    """Return if the actor, with this role in the room, may transfer it to the new owner.

    Raises:
        Forbidden: an admin would become the owner themselves, and would stay owner after losing the admin role.
    """
    if new_owner == actor_id and role != "owner":
        raise Forbidden("Admins may hand a room over to others only.")


def check_reporter(reporter: Authority, *, of_room: bool, is_private: bool) -> None:
    """Return if the reporter may report something in a room, or with `of_room` the room itself.

    Raises:
        NotSignedIn: the reporter's account is disabled or deleted.
        RoomNotFound: the room is private and the reporter neither a member nor an admin.
        NotAMember: the reporter is not a member, and reports something in the room.
    """
    if not reporter.is_active:
        raise NotSignedIn
    if is_private and reporter.role is None and not reporter.is_admin:
        raise RoomNotFound
    if reporter.role is None and not of_room:
        raise NotAMember


def check_moderator(actor: Authority) -> None:
    """Return if the actor is the room's owner, one of its moderators, or an admin.

    Raises:
        NotSignedIn: the actor's account is disabled or deleted.
        Forbidden: the actor is none of these.
    """
    _require_role(actor, {"owner", "moderator"}, "Only the owner and moderators of the room may do this.")


def check_timer(actor: Authority, control: TimerControl, muted_until: Timestamp | None, at: Timestamp) -> None:
    """Return if the actor may change the room's timer.

    Args:
        actor: their authority in the room.
        control: users with the right to change the timer.
        muted_until: end of the actor's mute, None without one.
        at: the time of the change.

    Raises:
        NotSignedIn: the actor's account is disabled or deleted.
        NotAMember: the actor is not a member.
        Forbidden: the timer is for moderators and the actor is none.
        Muted: the actor is muted, and not an admin.
    """
    if not actor.is_active:
        raise NotSignedIn
    if actor.role is None:
        raise NotAMember
    if control == "moderators":
        check_moderator(actor)
    if muted_until is not None and muted_until > at and not actor.is_admin:
        raise Muted(muted_until)


def check_owner(actor: Authority) -> None:
    """Return if the actor is the room's owner, or an admin.

    Raises:
        NotSignedIn: the actor's account is disabled or deleted.
        Forbidden: the actor is neither.
    """
    _require_role(actor, {"owner"}, "Only the owner of the room may do this.")


def _require_role(actor: Authority, roles: set[MemberRole], error: str) -> None:
    if not actor.is_active:
        raise NotSignedIn
    if not actor.is_admin and actor.role not in roles:
        raise Forbidden(error)


def _lifts_restriction(audit: AuditDraft) -> bool:
    return audit.action in LIFTING_ACTIONS or (
        audit.action == "role-changed" and audit.details.get("role") == "moderator"
    )


def report_audience(accused: Authority) -> ReportAudience:
    """Return the readers of a report about a user with this authority.

    Reports about members are for moderators, reports about moderators for the owner, reports about the owner or an
    admin for admins. The rule is applied when a report is made and again at each reading: the narrower answer counts.
    The accused never reads it. If their account is deleted, members who joined after the report do not read it either:
    one of them may be the same person with a new account.
    """
    if accused.is_admin or accused.role == "owner":
        return "admins"
    return "owner" if accused.role == "moderator" else "moderators"


def check_proposal(
    promotion: Promotion,
    user: User | None,
    admins: Collection[UserId],
    current: Promotion | None,
    *,
    verified_only: bool,
) -> None:
    """Return if the promotion may be stored now.

    Args:
        promotion: the proposal.
        user: the proposed user, None if there is none.
        admins: enabled admins.
        current: stored promotion of the user, also an expired one.
        verified_only: True if only users with a verified email can become admins.

    Raises:
        Forbidden: the proposer is not an admin.
        UserNotFound: the user is deleted or disabled, or waits for approval.
        AlreadyAdmin, SecondAdminNeeded, UserNotVerified: see these classes.
        PromotionExists: another admin's proposal is still open.
    """
    if promotion.proposed_by not in admins:
        raise Forbidden(ADMINS_ONLY_MESSAGE)
    if user is None or user.disabled:
        raise UserNotFound
    if user.is_admin:
        raise AlreadyAdmin
    if user.pending:
        raise UserNotFound("This account waits for approval: approve it first.")
    if len(admins) < _MIN_ADMINS:
        raise SecondAdminNeeded
    if verified_only and user.verified_at is None:
        raise UserNotVerified
    if current is None or current.expires_at <= promotion.created_at or current.proposed_by not in admins:
        return
    if current.proposed_by != promotion.proposed_by:
        raise PromotionExists


def check_confirmation(
    promotion: Promotion | None,
    user: User | None,
    admins: Collection[UserId],
    admin_id: UserId,
    now: Timestamp,
    *,
    verified_only: bool,
) -> None:
    """Return if `admin_id` may confirm the promotion of the user now.

    Raises:
        Forbidden: `admin_id` is not an admin.
        AlreadyAdmin, UserNotVerified: see these classes.
        PromotionNotFound: it is missing or expired, its proposer is no longer an admin, or the user is deleted,
            disabled or pending.
        OwnPromotion: `admin_id` proposed the user.
    """
    if admin_id not in admins:
        raise Forbidden(ADMINS_ONLY_MESSAGE)
    if user is not None and user.is_admin:
        raise AlreadyAdmin
    if promotion is None or promotion.expires_at <= now or promotion.proposed_by not in admins:
        raise PromotionNotFound
    if user is None or user.disabled or user.pending:
        raise PromotionNotFound
    if promotion.proposed_by == admin_id:
        raise OwnPromotion
    if verified_only and user.verified_at is None:
        raise UserNotVerified

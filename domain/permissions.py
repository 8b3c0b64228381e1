"""Permissions in a room, and who makes admins: rules that storages ask again inside their transactions."""

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
from domain.errors.rooms import NotAMember, RoomNotFound
from domain.moderation import Act, Action, Readers
from domain.rooms import MemberRole

FOR_OWNERS: frozenset[Action] = frozenset({"role-changed", "room-changed", "room-handed-over"})
"""Actions that moderators may not take."""
_ADMINS_OF_A_PROMOTION = 2
FOR_ADMINS = "This is for admins."
FOR_EVERYBODY: frozenset[Action] = frozenset({"admin-joined", "invite-used"})
"""Actions that are allowed if the act that stores them is."""
ON_MEMBERS: frozenset[Action] = frozenset({"member-muted", "member-removed", "role-changed"})
"""Actions on members only."""
IN_FAVOUR: frozenset[Action] = frozenset({"member-unbanned", "member-unmuted"})
"""Actions that undo others. They may be taken on admins, too."""


class Standing(NamedTuple):
    """Role of an account in a room, and on the server, as the database has it now.

    Attributes:
        role: in the room, None for no member.
        is_admin: of the server, and not disabled.
        is_active: neither disabled nor deleted.
    """

    role: MemberRole | None = None
    is_admin: bool = False
    is_active: bool = True

    @property
    def keeps_order(self) -> bool:
        """True for the owner, a moderator or an admin who is not disabled."""
        return self.is_active and (self.is_admin or self.role in {"owner", "moderator"})


STRANGER = Standing()


def check(act: Act, actor: Standing, target: Standing = STRANGER) -> None:
    """Return if the act is allowed.

    Args:
        act: the action, its actor and its target.
        actor, target: their standing now, in the transaction that does it.

    Raises:
        NotSignedIn: the actor's account is disabled or deleted.
        Forbidden: the actor is neither an admin nor of the role that it takes, or is not above the target. Nobody acts
            on the owner, on an admin or on themselves, and no moderator on another one.
        NotAMember: the act is for members and the target is none.
    """
    if not actor.is_active:
        raise NotSignedIn
    if act.action in FOR_EVERYBODY:
        return
    if act.action in FOR_OWNERS:
        check_keeper(actor)
    check_moderator(actor)
    if act.action == "room-handed-over":
        check_heir(act.actor_id, actor.role, act.target_id)
    elif act.target_id is not None:
        _check_target(act, actor, target)


def _check_target(act: Act, actor: Standing, target: Standing) -> None:
    if act.target_id == act.actor_id:
        raise Forbidden("Nobody may do this to themselves.")
    if target.role == "owner":
        raise Forbidden("Nobody may do this to the owner of the room.")
    if target.is_admin and not _favours(act):
        raise Forbidden("Nobody may do this to an admin.")
    if target.role == "moderator" and actor.role != "owner" and not actor.is_admin:
        raise Forbidden("Moderators may do this to members alone.")
    if target.role is None and act.action in ON_MEMBERS:
        raise NotAMember("They are no member of this room.")


def check_heir(actor_id: UserId, role: MemberRole | None, heir: UserId | None) -> None:
    """Return if the actor, who has this role in the room, may hand it over to the heir.

    Raises:
        Forbidden: an admin would make themselves the owner, and stay it when they are no admin any more.
    """
    if heir == actor_id and role != "owner":
        raise Forbidden("Admins may hand a room over to others only.")


def check_reporter(reporter: Standing, *, of_room: bool, is_private: bool) -> None:
    """Return if the reporter may report something in a room, or with `of_room` the room itself.

    Raises:
        NotSignedIn: the reporter's account is disabled or deleted.
        RoomNotFound: the room is private and the reporter neither a member nor an admin.
        NotAMember: the reporter is no member, and reports something in the room.
    """
    if not reporter.is_active:
        raise NotSignedIn
    if is_private and reporter.role is None and not reporter.is_admin:
        raise RoomNotFound
    if reporter.role is None and not of_room:
        raise NotAMember


def check_moderator(actor: Standing) -> None:
    """Return if the actor is the room's owner, one of its moderators, or an admin.

    Raises:
        NotSignedIn: the actor's account is disabled or deleted.
        Forbidden: they are none of these.
    """
    _check(actor, {"owner", "moderator"}, "Only the owner and moderators of the room may do this.")


def check_keeper(actor: Standing) -> None:
    """Return if the actor is the room's owner, or an admin.

    Raises:
        NotSignedIn: the actor's account is disabled or deleted.
        Forbidden: they are neither.
    """
    _check(actor, {"owner"}, "Only the owner of the room may do this.")


def _check(actor: Standing, roles: set[MemberRole], otherwise: str) -> None:
    if not actor.is_active:
        raise NotSignedIn
    if not actor.is_admin and actor.role not in roles:
        raise Forbidden(otherwise)


def _favours(act: Act) -> bool:
    return act.action in IN_FAVOUR or (act.action == "role-changed" and act.details.get("role") == "moderator")


def readers(accused: Standing) -> Readers:
    """Return the readers of a report about a user with this standing.

    Reports about members are for moderators, those about moderators for the owner, and those about the owner and about
    admins for admins. Asked when a report is made and again at each reading: the narrower answer counts. The user
    themselves never reads it: if their account is deleted, no member does who joined after the report was made, as that
    may be the user with another account.
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
        promotion: proposal.
        user: user who is proposed, None if there is none.
        admins: admins who are not disabled.
        current: stored promotion of the user, also one that is over.
        verified_only: True if only users with a verified email become admins.

    Raises:
        Forbidden: the proposer is no admin.
        UserNotFound: the user is gone or disabled, or waits for approval.
        AlreadyAdmin, SecondAdminNeeded, UserNotVerified: as their names say.
        PromotionExists: another admin's proposal waits.
    """
    if promotion.proposed_by not in admins:
        raise Forbidden(FOR_ADMINS)
    if user is None or user.disabled:
        raise UserNotFound
    if user.is_admin:
        raise AlreadyAdmin
    if user.pending:
        raise UserNotFound("This account waits for approval: approve it first.")
    if len(admins) < _ADMINS_OF_A_PROMOTION:
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
        Forbidden: `admin_id` is no admin.
        AlreadyAdmin, UserNotVerified: as their names say.
        PromotionNotFound: there is none, it is over, its proposer is no admin any more, or the user is disabled.
        OwnPromotion: `admin_id` proposed the user.
    """
    if admin_id not in admins:
        raise Forbidden(FOR_ADMINS)
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

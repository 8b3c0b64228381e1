"""Who may do what to whom in a room: the one rule, which storages ask again inside their transactions."""

from errors import Forbidden, NotAMember
from models import Act, Action, MemberRole

FOR_OWNERS: frozenset[Action] = frozenset({"role-changed", "room-changed", "room-handed-over"})
"""What moderators may not do."""
FOR_EVERYBODY: frozenset[Action] = frozenset({"invite-used"})
ON_MEMBERS: frozenset[Action] = frozenset({"member-muted", "member-removed", "role-changed"})
"""What is done to members alone."""


def check(act: Act, actor: MemberRole | None, target: MemberRole | None) -> None:
    """Return where the act is allowed.

    Args:
        act: who does what to whom.
        actor, target: what the two are in the room, None for no member.

    Raises:
        Forbidden: the actor is neither an admin nor of the role that it takes, or is not above the target; nobody acts
            on the owner or on themselves, and a moderator not on another one.
        NotAMember: the act is for members and the target is none.
    """
    if act.action in FOR_EVERYBODY:
        return
    if not act.as_admin:
        if act.action in FOR_OWNERS and actor != "owner":
            raise Forbidden("Only the owner of the room may do this.")
        if actor not in {"owner", "moderator"}:
            raise Forbidden("Only the owner and moderators of the room may do this.")
    if act.target_id is None or act.action == "room-handed-over":
        return
    if act.target_id == act.actor_id:
        raise Forbidden("Nobody may do this to themselves.")
    if target == "owner":
        raise Forbidden("Nobody may do this to the owner of the room.")
    if target == "moderator" and actor != "owner" and not act.as_admin:
        raise Forbidden("Moderators may do this to members alone.")
    if target is None and act.action in ON_MEMBERS:
        raise NotAMember("They are no member of this room.")

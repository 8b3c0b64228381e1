"""Rules of changes to the schedule of a room."""

from typing import NamedTuple

from domain.base import Timestamp, UserId
from domain.errors.accounts import NotSignedIn
from domain.errors.base import Forbidden
from domain.errors.moderation import Muted
from domain.errors.rooms import NotAMember
from domain.permissions import Authority
from domain.study.schedule import ScheduledSession
from storage.rules.moderation import GONE
from storage.rules.rooms import mute_at


class Planner(NamedTuple):
    """The planning user: authority in the room, and the end of a mute in force, None without one."""

    authority: Authority = GONE
    muted_until: Timestamp | None = None


def check_planner(planner: Planner, at: Timestamp, *, may_be_muted: bool = False) -> None:
    """Return if the user may plan in the room at this time.

    Raises:
        NotSignedIn: the account is missing, deleted or disabled.
        NotAMember: the user is not a member.
        Muted: the user is muted, and `may_be_muted` is false.
    """
    if not planner.authority.is_active:
        raise NotSignedIn
    if planner.authority.role is None:
        raise NotAMember
    muted_until = mute_at(planner.muted_until, at)
    if muted_until is not None and not may_be_muted:
        raise Muted(muted_until)


def check_creator(planner: Planner, session: ScheduledSession, actor_id: UserId, at: Timestamp) -> None:
    """Return if the user may change the session as its creator.

    Raises:
        NotSignedIn, NotAMember, Muted: as for `check_planner`.
        Forbidden: another user created it.
    """
    check_planner(planner, at, may_be_muted=session.created_by != actor_id)
    if session.created_by != actor_id:
        raise Forbidden("Only who planned this date, the owner and moderators of the room may change it.")


def is_next_version(stored: ScheduledSession, session: ScheduledSession) -> bool:
    """Return True if `session` may replace the stored one; False if another change was stored meanwhile."""
    return stored.version == session.version - 1

"""Records and request bodies of admins: totals, promotions, announcements."""

from typing import Annotated

import msgspec

from domain.accounts import ListedUser, UserRole, UserSummary
from domain.base import AnnouncementId, Payload, QueryParams, Record, Timestamp, UserId
from text import normalise


class Totals(Record, frozen=True):
    """Numbers of stored users, rooms and messages. `sign_ups` maps days, `2026-11-22`, to accounts created then."""

    users: int
    rooms: int
    messages: int
    sign_ups: dict[str, int]


class Promotion(Record, frozen=True):
    """An admin's proposal to make a user an admin, until another admin confirms it. A user has at most one."""

    user_id: UserId
    proposed_by: UserId
    created_at: Timestamp
    expires_at: Timestamp


class ListedPromotion(Record, frozen=True):
    """A promotion as shown to admins."""

    user: ListedUser
    proposed_by: UserSummary
    created_at: Timestamp
    expires_at: Timestamp


class Announcement(Record, frozen=True):
    """An announcement by an admin to all users, shown until `ends_at`."""

    id: AnnouncementId
    content: str
    created_at: Timestamp
    ends_at: Timestamp


class UserChange(Payload, frozen=True):
    """PUT /api/users/:id. A role can only be taken away."""

    role: UserRole | None = None
    disabled: bool | None = None
    EXAMPLE = {"disabled": True}


class NewAnnouncement(Payload, frozen=True):
    """POST /api/announcements. It is shown for `endsIn` seconds, by default for a day."""

    content: str
    ends_in: Annotated[int, msgspec.Meta(ge=60, le=30 * 24 * 3600)] | None = None
    RULES = {"content": normalise.announcement}
    EXAMPLE = {"content": "The server restarts at six", "endsIn": 86_400}


class UsersQuery(QueryParams, frozen=True):
    """GET /api/users?search=&pending=&limit=&cursor=.

    With `pending`: only users waiting for approval (true), or only the others (false).
    """

    search: str | None = None
    pending: bool | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    cursor: str | None = None
    RULES = {"search": normalise.search, "cursor": normalise.uuid}

"""Studying members of a user's rooms, chosen for the dashboard."""

from collections.abc import Iterable
from typing import NamedTuple

from domain.accounts import UserSummary
from domain.base import Record, RoomId, UserId
from domain.presence import Status


class Place(NamedTuple):
    """A member present in a room; `focusing` is True while a focus session of theirs runs in this room."""

    room_id: RoomId
    user_id: UserId
    status: Status
    activity: str | None
    focusing: bool


class StudyingNow(Record, kw_only=True, frozen=True):
    """A member who studies now in one of the user's rooms.

    `activity` is the text about what they work on, null without one. `focusing` is true while a focus session of theirs
    runs in this room; since when is not shown.
    """

    room_id: RoomId
    room_name: str
    user: UserSummary
    status: Status
    activity: str | None
    focusing: bool


def studying_places(places: Iterable[Place], viewer: UserId, limit: int) -> list[Place]:
    """Return the places of up to `limit` studying members, each once, except the viewer.

    Away members are left out, unless they focus. A member in several rooms is listed where they focus, else
    where they have an activity, else in the first of them. Focusing members come first, then members with an activity;
    equal ones are in the order of `places`.
    """
    best: dict[UserId, Place] = {}
    for place in places:
        if place.user_id == viewer or (place.status == "away" and not place.focusing):
            continue
        if place.user_id not in best or _rank(place) < _rank(best[place.user_id]):
            best[place.user_id] = place
    return sorted(best.values(), key=_rank)[:limit]


def _rank(place: Place) -> tuple[bool, bool]:
    return not place.focusing, not place.activity

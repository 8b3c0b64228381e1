"""Presence as received by clients: each user joins once and leaves once, and present users are not reported as gone."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TypeAlias

from chaos.record import Closed, Joined, Noticed, Room, Run
from chaos.server import GRACE
from chaos.violation import Violation

BEFORE, AFTER = 6.0, 10.0
"""Seconds around a `user-left` during which the user's connection must have been alive to call it wrong. The server
detects a loss this much earlier than the slowest client.
"""

_Place: TypeAlias = tuple[str, Room]


def presence(run: Run) -> Iterator[Violation]:
    """No repeated join, no leave of an absent or present user, and no missing version."""
    views: dict[tuple[int, Room], _View] = {}
    stays = _Stays(run)
    for event in run.events:
        if isinstance(event, Noticed):
            view = views.setdefault((event.connection, event.room), _View())
            for kind, said in view.take(event):
                yield Violation(event.at, kind, f"{said}, in {event.room} as received by {event.who}")
            if event.event == "user-left":
                user = event.said[0]["userId"]
                if stays.contradict(user, event.room, event.at):
                    yield Violation(event.at, "left while here", f"{user}, in {event.room} as received by {event.who}")


class _View:
    """One room, as received on one connection."""

    def __init__(self) -> None:
        self._people: set[str] = set()
        self._version: int | None = None

    def take(self, event: Noticed) -> Iterator[tuple[str, str]]:
        *_, about = event.said
        if event.event == "room-users":
            users = [user["id"] for user in event.said[0]]
            self._people = set(users)
            if len(users) != len(self._people):
                yield "joined twice", "a user is listed twice"
        elif self._version is None:
            yield "unversioned", f"{event.event} before room-users"
        elif about["version"] != self._version + 1:
            yield "unversioned", f"{about['version']} after {self._version}"
        self._version = about["version"]
        if event.event == "user-joined":
            if about["id"] in self._people:
                yield "joined twice", about["id"]
            self._people.add(about["id"])
        elif event.event == "user-left":
            if about["userId"] not in self._people:
                yield "left twice", about["userId"]
            self._people.discard(about["userId"])


class _Stays:
    """Times when each user's connections were in each room, and the short gaps in between."""

    def __init__(self, run: Run) -> None:
        self._stays: dict[_Place, list[tuple[float, float]]] = defaultdict(list)
        self._gaps: dict[_Place, list[tuple[float, float]]] = defaultdict(list)
        self._torn: dict[_Place, float] = {}
        self._inside: dict[int, dict[_Place, float]] = defaultdict(dict)
        for event in run.events:
            match event:
                case Joined(answer={"ok": True}):
                    self._joined(event, (run.people[event.who].id, event.room))
                case Closed():
                    self._closed(event)
        for places in self._inside.values():
            for place, at in places.items():
                self._stays[place].append((at, run.end))

    def contradict(self, user: str, room: Room, at: float) -> bool:
        """Return True if the user was in the room then, or lost and regained it within the grace period."""
        return any(begin + BEFORE < at < end - AFTER for begin, end in self._stays[user, room]) or any(
            begin < at < end < begin + GRACE for begin, end in self._gaps[user, room]
        )

    def _joined(self, event: Joined, place: _Place) -> None:
        self._inside[event.connection].setdefault(place, event.at)
        if place in self._torn:
            self._gaps[place].append((self._torn.pop(place), event.at))

    def _closed(self, event: Closed) -> None:
        for place, at in self._inside.pop(event.connection, {}).items():
            self._stays[place].append((at, event.at))
            if event.reason == "torn":
                self._torn[place] = event.at

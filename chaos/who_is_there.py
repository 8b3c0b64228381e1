"""What clients were told of who is in a room: everybody comes once and goes once, and who stays is not said to go."""

from collections import defaultdict
from collections.abc import Iterator

from chaos.record import Closed, Joined, Name, Noticed, Opened, Room, Run
from chaos.violation import Violation

BEFORE, AFTER = 6.0, 10.0
"""Seconds around a `user-left` in which its person's connection must have lived to call it wrong: what the server knows
to be lost, the slowest client knows so much later."""


def presence(run: Run) -> Iterator[Violation]:
    """Nobody comes who is there, nobody goes who is not or who stays, and no version is left out."""
    views: dict[tuple[int, Room], _View] = {}
    stays = _stays(run)
    for event in run.events:
        if isinstance(event, Noticed):
            view = views.setdefault((event.connection, event.room), _View())
            for kind, said in view.take(event):
                yield Violation(event.at, kind, f"{said}, in {event.room} as {event.who} was told")
            if event.event == "user-left":
                user = event.said[0]["userId"]
                if any(begin + BEFORE < event.at < end - AFTER for begin, end in stays[user, event.room]):
                    yield Violation(event.at, "left while here", f"{user}, in {event.room} as {event.who} was told")


class _View:
    """One room, as it was told on one connection."""

    def __init__(self) -> None:
        self._people: set[str] = set()
        self._version: int | None = None

    def take(self, event: Noticed) -> Iterator[tuple[str, str]]:
        *_, about = event.said
        if event.event == "room-users":
            users = [user["id"] for user in event.said[0]]
            self._people = set(users)
            if len(users) != len(self._people):
                yield "joined twice", "somebody is there twice"
        elif self._version is None:
            yield "unversioned", f"{event.event} before who is there"
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


def _stays(run: Run) -> dict[tuple[str, Room], list[tuple[float, float]]]:
    """Return from when to when each user's connections were in each room."""
    stays = defaultdict(list)
    joined: dict[int, dict[Room, float]] = defaultdict(dict)
    owners: dict[int, Name] = {}
    for event in run.events:
        match event:
            case Joined(answer={"ok": True}):
                joined[event.connection].setdefault(event.room, event.at)
            case Closed():
                for room, at in joined.pop(event.connection, {}).items():
                    stays[run.people[event.who].id, room].append((at, event.at))
                owners.pop(event.connection, None)
            case Opened():
                owners[event.connection] = event.who
    for connection, who in owners.items():
        for room, at in joined[connection].items():
            stays[run.people[who].id, room].append((at, run.end))
    return stays

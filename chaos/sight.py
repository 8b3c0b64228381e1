"""Messages as received by each client: complete, in order, and none from rooms of others."""

from collections.abc import Iterator

from chaos.record import Answered, Heard, Joined, Joining, Message, Name, Noticed, Opened, Room, Run
from chaos.violation import Violation

MOST_MISSED = 300
"""Limit of missed messages in a catch-up. With more, a client starts again with the latest."""


def messages(run: Run) -> Iterator[Violation]:
    """Every client received the history of its rooms in order, live and by catch-up, complete and without repeats."""
    views = {(who, room): _View(who, room, run) for who, person in run.people.items() for room in person.rooms}
    for event in run.events:
        match event:
            case Joining() | Joined() | Heard():
                if view := views.get((event.who, event.room)):
                    yield from view.take(event)
            case Opened():
                for room in run.people[event.who].rooms:
                    views[event.who, room].reconnected()
    for view in views.values():
        yield from view.ended(run.end)


class _View:
    """One room, as received by one client."""

    def __init__(self, who: Name, room: Room, run: Run) -> None:
        self._who, self._room = who, room
        self._history = run.histories.get(room, [])
        self._numbered = {message["seq"]: message for message in self._history}
        self._last, self._epoch = 0, None
        self._live: int | None = None
        self._inside = False
        self._aside: list[Message] = []

    def reconnected(self) -> None:
        self._inside, self._live, self._aside = False, None, []

    def take(self, event: Joining | Joined | Heard) -> Iterator[Violation]:
        match event:
            case Joining():
                self._inside, self._aside = False, []
            case Joined(answer={"ok": True}):
                yield from self._joined(event)
            case Heard():
                yield from self._true(event.at, event.message)
                yield from self._in_order(event)
                if self._inside:
                    yield from self._show(event.at, event.message)
                else:
                    self._aside.append(event.message)

    def ended(self, at: float) -> Iterator[Violation]:
        if self._last < len(self._history):
            yield Violation(at, "missing", f"{self._who} received {self._last} of {len(self._history)} in {self._room}")

    def _joined(self, event: Joined) -> Iterator[Violation]:
        answer = event.answer
        where = f"{self._who} in {self._room}"
        if self._epoch not in (None, answer["epoch"]):
            yield Violation(event.at, "hole", f"{where}: another epoch")
        self._epoch = answer["epoch"]
        if not answer["recovered"]:
            if 0 <= answer["lastSeq"] - event.since <= MOST_MISSED:
                yield Violation(event.at, "hole", f"{where}: not recovered after {event.since} of {answer['lastSeq']}")
            self._last = answer["missed"][0]["seq"] - 1 if answer["missed"] else 0
        else:
            self._last = min(self._last, event.since)  # a client with a gap requests earlier messages again
        for message in answer["missed"]:
            yield from self._true(event.at, message)
            if message["seq"] <= self._last:
                yield Violation(event.at, "doubled", f"{where}: {message['seq']} in the catch-up after {self._last}")
            yield from self._show(event.at, message)
        self._inside, aside, self._aside = True, self._aside, []
        for message in aside:
            yield from self._show(event.at, message)

    def _in_order(self, event: Heard) -> Iterator[Violation]:
        seq, before, self._live = event.message["seq"], self._live, event.message["seq"]
        where = f"{self._who} in {self._room} received {seq} after {before}"
        if before is not None and seq <= before:
            yield Violation(event.at, "doubled" if seq == before else "out of order", where)

    def _show(self, at: float, message: Message) -> Iterator[Violation]:
        seq = message["seq"]
        if seq > self._last + 1:
            yield Violation(at, "hole", f"{self._who} in {self._room} has {seq} after {self._last}")
        self._last = max(self._last, seq)

    def _true(self, at: float, message: Message) -> Iterator[Violation]:
        if message != self._numbered.get(message["seq"]):
            yield Violation(
                at, "ghost", f"{self._who} in {self._room} got {message['seq']}, which is not in the history"
            )


def strangers(run: Run) -> Iterator[Violation]:
    """A user without membership receives nothing from a room, cannot join it, and cannot send there."""
    for event in run.events:
        match event:
            case Heard(who=who, room=room) | Noticed(who=who, room=room):
                did = "received an event of"
            case Joined(who=who, room=room, answer={"ok": True}):
                did = "joined"
            case Answered(who=who, room=room, answer={"ok": True}):
                did = "sent a message in"
            case _:
                continue
        if room not in run.people[who].rooms:
            yield Violation(event.at, "stranger", f"{who} {did} {room}")

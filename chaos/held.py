"""Messages that quiet focus holds: published after the phase, once, and in the order of their acks."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from chaos.record import Answered, Heard, Joined, Message, Room, Run, Sent
from chaos.timers import shown
from chaos.violation import Violation

AROUND = 2.0
"""Seconds by which clients may know of the end of a phase earlier or later than of what it releases."""
_UNTIL_RELEASE = frozenset({"seq", "timestamp"})


def is_as_acked(answer: dict[str, object], stored: list[Message]) -> bool:
    """Return True if a stored message is the acked one; a held one gets its number and time at the release."""
    acked = answer["message"]
    if not answer.get("held"):
        return acked in stored
    return any(_without(acked) == _without(message) for message in stored)


def _without(message: object) -> dict[str, object]:
    assert isinstance(message, dict)
    return {name: value for name, value in message.items() if name not in _UNTIL_RELEASE}


def held_keys(run: Run) -> dict[str, Answered]:
    """Return the first ack of each message that was acked as held, by its key."""
    first: dict[str, Answered] = {}
    for event in run.events:
        if isinstance(event, Answered) and event.answer.get("held"):
            first.setdefault(event.key, event)
    return first


def in_order(run: Run) -> Iterator[Violation]:
    """Messages of one connection to one room have numbers in the order of their acks, held or not.

    A message that was sent again is exempt: it may have been stored by an attempt with a lost ack.
    """
    sends = Counter(event.key for event in run.events if isinstance(event, Sent))
    numbers = {
        (room, message.get("clientMessageId")): message["seq"]
        for room, messages in run.histories.items()
        for message in messages
    }
    last: dict[tuple[int, Room], int] = defaultdict(int)
    for event in run.events:
        if isinstance(event, Answered) and event.answer["ok"] and sends[event.key] == 1:
            number = numbers.get((event.room, event.key))
            if number is not None:
                place = event.connection, event.room
                if number < last[place]:
                    said = f"{event.key} has {number} after an earlier one with {last[place]}"
                    yield Violation(event.at, "out of order", said)
                last[place] = number


def not_early(run: Run) -> Iterator[Violation]:
    """No client receives a held message before the timer's next version.

    That is seen on connections that were in the room before: others receive messages before the ack of their join.
    """
    held = held_keys(run)
    versions: dict[tuple[Room, int], float] = {}
    for at, room, timer in shown(run):
        versions.setdefault((room, timer["version"]), at)
    changes = defaultdict(list)
    for (room, _), at in versions.items():
        changes[room].append(at)
    early: set[str] = set()
    joined: dict[tuple[int, Room], float] = {}
    for event in run.events:
        if isinstance(event, Joined) and event.answer["ok"]:
            joined.setdefault((event.connection, event.room), event.at)
        if isinstance(event, Heard) and (key := event.message.get("clientMessageId")) in held and key not in early:
            sent = held[key].sent
            if joined.get((event.connection, event.room), event.at) < sent and not any(
                sent - AROUND < at < event.at + AROUND for at in changes[event.room]
            ):
                early.add(key)
                yield Violation(event.at, "heard early", f"{key} was published in the phase that held it")

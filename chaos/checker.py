"""Compares observations of all clients with the history: each function checks one guarantee and yields violations."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from operator import itemgetter
from typing import NamedTuple

from chaos import held, sight, study_time, timers, who_is_there
from chaos.record import (
    NOT_NOW,
    Answered,
    Closed,
    Deaf,
    Heard,
    Joined,
    Message,
    Noticed,
    Opened,
    Refused,
    Run,
    Sent,
    TimerHeard,
)
from chaos.violation import Violation

ANSWER_WITHIN = 5.0
READY_WITHIN = 10.0
NOTICED_WITHIN = 1.0
"""Seconds until the server must have detected a fault of its storage: the interval of two probes, and one message."""
ALIVE_WITHIN = 1.0
SLACK = 0.3
"""Seconds that a message may take in both directions between busy processes."""


def violations(run: Run) -> list[Violation]:
    """Return all violations, in the order of time."""
    promises = (
        kept_is_what_was_said,
        acked_is_stored,
        numbers_have_no_holes,
        everything_was_acked,
        every_send_is_answered,
        refusals_are_temporary,
        nothing_is_kept_while_nothing_can_be,
        sight.messages,
        sight.strangers,
        who_is_there.presence,
        presence_is_true,
        held.in_order,
        held.not_early,
        timers.timers,
        timers.presses,
        study_time.study_time,
        nobody_untouched_is_put_out,
        it_comes_back,
        probes_tell_the_truth,
        nothing_unforeseen,
    )
    return sorted(violation for promise in promises for violation in promise(run))


def kept_is_what_was_said(run: Run) -> Iterator[Violation]:
    """Every stored message was sent by a member, is unchanged, and is stored once."""
    sent = {event.key: event for event in run.events if isinstance(event, Sent)}
    for key, messages in _stored(run).items():
        said = sent.get(key)
        if said is None:
            yield Violation(run.end, "ghost", f"{key} is stored but was not sent")
        elif len(messages) > 1:
            yield Violation(said.at, "doubled", f"{key} is stored as {[message['seq'] for message in messages]}")
        elif (messages[0]["content"], messages[0]["roomId"]) != (said.content, said.room):
            yield Violation(said.at, "false ok", f"{key} was stored with other content")
        elif said.room not in run.people[said.who].rooms:
            yield Violation(said.at, "stranger", f"a message of {said.who} is stored in {said.room}")


def acked_is_stored(run: Run) -> Iterator[Violation]:
    """Every acknowledged message is in the history, as acknowledged."""
    stored = _stored(run)
    lost = set()
    for event in run.events:
        if isinstance(event, Answered) and event.answer["ok"] and event.key not in lost:
            if event.key not in stored:
                lost.add(event.key)
                yield Violation(event.at, "lost", f"{event.key} of {event.who} was acked but is not stored")
            elif not held.is_as_acked(event.answer, stored[event.key]):
                yield Violation(event.at, "false ok", f"{event.key} was acked with other content")


def _stored(run: Run) -> dict[str, list[Message]]:
    stored = defaultdict(list)
    for messages in run.histories.values():
        for message in messages:
            stored[message.get("clientMessageId", "no key")].append(message)
    return dict(stored)


def numbers_have_no_holes(run: Run) -> Iterator[Violation]:
    """`seq` is 1, 2, 3 … in each room."""
    for room, messages in run.histories.items():
        numbers = [message["seq"] for message in messages]
        if numbers != list(range(1, len(numbers) + 1)):
            yield Violation(run.end, "misnumbered", f"room {room} has numbers {numbers}")


def everything_was_acked(run: Run) -> Iterator[Violation]:
    """Every message of a member is acknowledged in the end, after retries."""
    acked = {event.key for event in run.events if isinstance(event, Answered) and event.answer["ok"]}
    for key, event in first_sends(run).items():
        if key not in acked:
            yield Violation(event.at, "never acked", f"{key} of {event.who}, until the end")


def first_sends(run: Run) -> dict[str, Sent]:
    """Return the first sends of members by idempotency key, in the order of time."""
    sends: dict[str, Sent] = {}
    for event in run.events:
        if isinstance(event, Sent) and event.room in run.people[event.who].rooms:
            sends.setdefault(event.key, event)
    return sends


class Silence(NamedTuple):
    """Seconds that a send waited for its ack, or for the end of its connection, while the server was reachable."""

    sent: Sent
    seconds: float


def silences(run: Run) -> list[Silence]:
    """Return the silence of every send, in the order of time."""
    answers = {(e.connection, e.key, e.sent): e.at for e in run.events if isinstance(e, Answered)}
    closings = {event.connection: event.at for event in run.events if isinstance(event, Closed)}
    found = []
    for event in run.events:
        if isinstance(event, Sent):
            closed = closings.get(event.connection, run.end)
            over = answers.get((event.connection, event.key, event.at), max(closed, event.at))
            found.append(Silence(event, over - event.at - _deaf(run.deaf, event.who, event.at, over)))
    return found


def every_send_is_answered(run: Run) -> Iterator[Violation]:
    """No client waits longer than 5 s for an ack while the server is reachable."""
    for sent, seconds in silences(run):
        if seconds > ANSWER_WITHIN + SLACK:
            yield Violation(sent.at, "silent", f"{sent.who} waited {seconds:.1f} s with {sent.key}")


def _deaf(times: list[Deaf], who: str, begin: float, end: float) -> float:
    """Return the seconds in the interval during which `who` was unreachable; overlapping times count once."""
    total, reached = 0.0, begin
    for time in sorted((t for t in times if t.end > begin and t.begin < end), key=itemgetter(0)):
        if time.who is None or who in time.who:
            total += max(0.0, min(end, time.end) - max(reached, time.begin))
            reached = max(reached, min(end, time.end))
    return total


def refusals_are_temporary(run: Run) -> Iterator[Violation]:
    """A member with a valid token only gets temporary errors."""
    for event in run.events:
        match event:
            case Refused(at, who, code) if code not in NOT_NOW:
                yield Violation(at, "refused", f"{who} could not connect: {code}")
            case (
                Joined(at=at, who=who, room=room, answer={"ok": False, "error": {"code": code}})
                | Answered(at=at, who=who, room=room, answer={"ok": False, "error": {"code": code}})
            ) if room in run.people[who].rooms and code not in NOT_NOW:
                yield Violation(at, "refused", f"{who} in their room {room}: {code}")


def nothing_is_kept_while_nothing_can_be(run: Run) -> Iterator[Violation]:
    """A message first sent while the storage rejects writes is not acknowledged before it accepts them again."""
    firsts = first_sends(run)
    for kind, begin, end in _unwritable(run):
        for event in run.events:
            if isinstance(event, Answered) and event.answer["ok"] and begin < event.at < end:
                sent = firsts.get(event.key)
                if sent is not None and sent.at > begin:
                    yield Violation(event.at, "false ok", f"{event.key} was acked during: {kind}")


def _unwritable(run: Run) -> Iterator[tuple[str, float, float]]:
    for fault in run.faults:
        if fault.unwritable is not None:
            begin, end = fault.unwritable
            yield fault.kind, begin + NOTICED_WITHIN, end


def presence_is_true(run: Run) -> Iterator[Violation]:
    """The users shown, stored and counted in a room are the connected ones."""
    for census in run.censuses:
        if not census.connected == census.shown == census.stored:
            yield Violation(
                census.at,
                "presence",
                f"room {census.room}: missing {sorted(census.connected - census.shown)}, "
                f"shown but absent {sorted(census.shown - census.connected)}, "
                f"stored differently {sorted(census.stored ^ census.connected)}",
            )
        elif census.active_members != len(census.connected):
            yield Violation(census.at, "presence", f"room {census.room}: activeMembers is {census.active_members}")


def nobody_untouched_is_put_out(run: Run) -> Iterator[Violation]:
    """A fault does not end connections that it does not affect.

    A connection without events since the server was unreachable is exempt: python-engineio's client stops reading it in
    time, but reports this only after it had nothing to send for a while.
    """
    heard = _heard_at(run)
    for fault in run.faults:
        if fault.touched is None:
            continue
        for event in run.events:
            if (
                isinstance(event, Closed)
                and fault.begin < event.at < fault.end
                and event.who not in fault.touched
                and any(_deaf_until(run, event.who, fault.begin) <= at < fault.begin for at in heard[event.connection])
            ):
                yield Violation(event.at, "put out", f"{event.who} during: {fault.kind} ({event.reason})")


def _heard_at(run: Run) -> dict[int, list[float]]:
    """Return the times at which each connection received something from the server."""
    heard = defaultdict(list)
    for event in run.events:
        if isinstance(event, Opened | Joined | Answered | Heard | Noticed | TimerHeard):
            heard[event.connection].append(event.at)
    return heard


def _deaf_until(run: Run, who: str, before: float) -> float:
    """Return the end of the last unreachable time that was over by `before`."""
    return max(
        (time.end for time in run.deaf if time.end <= before and (time.who is None or who in time.who)), default=0.0
    )


def it_comes_back(run: Run) -> Iterator[Violation]:
    """The server is ready again within 10 s after a fault."""
    for fault in run.faults:
        if fault.ready is None or fault.ready - fault.end > READY_WITHIN:
            took = "never" if fault.ready is None else f"after {fault.ready - fault.end:.1f} s"
            yield Violation(fault.end, "not back", f"ready {took}, after {fault.kind}")


def probes_tell_the_truth(run: Run) -> Iterator[Violation]:
    """`/readyz` fails while the storage rejects writes; `/healthz` succeeds whenever the process can answer."""
    for kind, begin, end in _unwritable(run):
        for probe in run.probes:
            inside = begin < probe.began and probe.ended < end
            if inside and probe.path == "/readyz" and probe.status == 200:
                yield Violation(probe.began, "false ready", f"/readyz answered 200 during: {kind}")
    stopped = [time for time in run.deaf if time.who is None]
    for probe in run.probes:
        if probe.path == "/healthz" and not any(t.begin < probe.ended and probe.began < t.end for t in stopped):
            took = probe.ended - probe.began
            if probe.status != 200 or took > ALIVE_WITHIN:
                yield Violation(probe.began, "false dead", f"/healthz answered {probe.status} after {took:.1f} s")


def nothing_unforeseen(run: Run) -> Iterator[Violation]:
    """No unexpected errors: no traceback, and every ordered shutdown exits with the expected code."""
    for (said, times), at in zip(
        Counter(line for _, line in run.complaints).items(),
        {line: at for at, line in reversed(run.complaints)}.values(),
        strict=True,
    ):
        yield Violation(at, "unforeseen", f"{times} times: {said}")

"""Mutants of the server: each breaks one guarantee, and a chaos run must detect it.

A mutant is a copy of the server's source with some lines replaced. Lines that are missing, or found twice, are an
error: a change of the server must also change its mutants.
"""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from textwrap import indent
from typing import NamedTuple

_NOT_COPIED = (
    ".*",
    "bench",
    "build",
    "chaos",
    "data",
    "dist",
    "docs",
    "node_modules",
    "tests",
    "__pycache__",
    "*.egg-info",
)


class Stale(ValueError):
    """The lines that a mutant replaces are not in the current source."""


class Edit(NamedTuple):
    """Replaces the lines `old`, which occur once in `file`, by `new`. Both are without their indentation there."""

    file: str
    old: str
    new: str

    def applied(self, text: str) -> str:
        """Return the file's text after the edit.

        Raises:
            Stale: the lines do not occur exactly once.
        """
        first = self.old.partition("\n")[0]
        found = re.findall(rf"^( *){re.escape(first)}$", text, flags=re.MULTILINE)
        places = [by for by in found if indent(self.old, by) + "\n" in text]
        if len(places) != 1:
            raise Stale(f"{self.file} has this {len(places)} times, not once:\n{self.old}")
        return text.replace(indent(self.old, places[0]) + "\n", indent(self.new, places[0]) + "\n")


class Mutant(NamedTuple):
    """One broken guarantee.

    Args:
        does: behaviour of the mutant.
        reported: kinds of violations of which the run must find at least one.
        edits: changes of the source.
    """

    does: str
    reported: frozenset[str]
    edits: Sequence[Edit]

    def build(self, home: Path, at: Path) -> None:
        """Copy the server of the checkout `home` to `at`, which must not exist, and break the guarantee.

        Raises:
            Stale: an edit does not match the source.
        """
        shutil.copytree(home, at, ignore=shutil.ignore_patterns(*_NOT_COPIED))
        for edit in self.edits:
            file = at / edit.file
            file.write_text(edit.applied(file.read_text("utf-8")), "utf-8")


_GUESSED = """\
guessed = Message(
    id=waiting.draft.id,
    room_id=waiting.draft.room_id,
    seq=self._last_announced.get(waiting.draft.room_id, 0) + 1,
    content=waiting.draft.content,
    is_system=False,
    timestamp=waiting.draft.timestamp,
    client_message_id=waiting.draft.client_message_id,
    sender=waiting.draft.sender,
)
"""
_COMMIT = "results = await self._storage.add_messages(drafts, self._study_clock.timestamp())"
_BEFORE_COMMIT = f"for waiting in batch:\n{indent(_GUESSED, '    ')}"
_FAIL = "waiting.result.set_exception(failure)"
_WRITER, _PRESENCE, _ROSTER = (
    "services/messages/writer.py",
    "services/presence/presence.py",
    "services/presence/tracker.py",
)
_STORE = "storage/base/store.py"
_REPORT = 'store.change_feed.publish(write.actual_changes({**values, "result": result}))'
_CHAT, _RULES, _SCHEMA = (
    "socket_events/chat.py",
    "storage/rules/messages.py",
    "storage/migrations/sqlite/0001_first.sql",
)


def _mutant(does: str, reported: str, *edits: tuple[str, str, str]) -> Mutant:
    return Mutant(does, frozenset(reported.split(", ")), [Edit(*edit) for edit in edits])


MUTANTS = (
    _mutant(
        "acks before the commit",
        "lost, false ok",
        (
            _WRITER,
            _COMMIT,
            f"{_BEFORE_COMMIT}    waiting.result.done() or waiting.result.set_result(guessed)\n{_COMMIT}",
        ),
    ),
    _mutant(
        "answers `ok` when the storage failed",
        "lost, false ok",
        (
            _WRITER,
            "@staticmethod\ndef _fail(batch: list[PendingDraft], failure: AppError) -> None:",
            "def _fail(self, batch: list[PendingDraft], failure: AppError) -> None:",
        ),
        (_WRITER, _FAIL, f"{_GUESSED}waiting.result.set_result(guessed)"),
    ),
    _mutant(
        "publishes before the commit",
        "ghost",
        (_WRITER, _COMMIT, f"{_BEFORE_COMMIT}    self._announce(guessed)\n{_COMMIT}"),
    ),
    _mutant(
        "publishes twice",
        "doubled",
        (_WRITER, "self._announce(result)", "self._announce(result)\nself._announce(result)"),
    ),
    _mutant(
        "publishes a batch in reverse order",
        "out of order",
        (
            _WRITER,
            "for waiting, result in zip(batch, results, strict=True):",
            "for waiting, result in reversed(list(zip(batch, results, strict=True))):",
        ),
    ),
    _mutant(
        "publishes only every other message",
        "hole",
        (_WRITER, "self._announce(result)", "if result.seq % 2:\n    self._announce(result)"),
    ),
    _mutant(
        "stores a retry as another message",
        "doubled",
        (_RULES, "elif known := fact.known or by_id.get(draft.id) or by_key.get(key):", "elif known := None:"),
        (
            _SCHEMA,
            "CREATE UNIQUE INDEX messages_by_client ON messages (room_id, sender_id, client_message_id)",
            "CREATE INDEX messages_by_client ON messages (room_id, sender_id, client_message_id)",
        ),
    ),
    _mutant(
        "drops the idempotency key",
        "lost",
        ("services/messages/messages.py", "client_message_id=client_message_id,", "client_message_id=None,"),
    ),
    _mutant(
        "leaves gaps in the numbers",
        "misnumbered, hole",
        (
            _RULES,
            "seq = last_seqs.get(draft.room_id, fact.last_seq) + 1",
            """\
seq = last_seqs.get(draft.room_id, fact.last_seq) + 1
seq += seq % 10 == 0""",
        ),
    ),
    _mutant("ignores `since`", "hole, missing", (_CHAT, "missed=caught_up.missed,", "missed=[],")),
    _mutant(
        "admits non-members",
        "stranger",
        (
            _PRESENCE,
            "member = await self._lookups.member(room_id, user.id)",
            """\
member = await self._lookups.member(room_id, user.id)
member = member or await self._lookups.member(room_id, room.created_by)""",
        ),
    ),
    _mutant(
        "never answers when the storage failed",
        "silent",
        (_WRITER, _FAIL, "pass"),
        ("socket_events/deadline.py", "EVENT_TIMEOUT = 4.5", "EVENT_TIMEOUT = 60.0"),
    ),
    _mutant(
        "forgets lost connections",
        "presence",
        (_PRESENCE, "self._tracker.connection_lost(connection.id, self._clock.instant())", "pass"),
    ),
    _mutant(
        "does not write presence to the storage",
        "presence",
        (_PRESENCE, "changed = self._tracker.take_dirty()", "changed = self._tracker.take_dirty()[:0]"),
    ),
    _mutant(
        "preserves the presence of a killed process",
        "presence",
        (_PRESENCE, "left = await self._storage.clear_presence()", "left = 0"),
    ),
    _mutant(
        "announces each return as a join",
        "joined twice",
        (
            _ROSTER,
            "link.presences[room] = person\nreturn []",
            """\
link.presences[room] = person
there, version = len(person.room.users), self._next_version(person.room)
return [Joined(room, user, person.status, person.last_active, person.activity, there, version)]""",
        ),
    ),
    _mutant("has no grace period", "left while here", (_ROSTER, "self._grace = grace", "self._grace = 0.0")),
    _mutant(
        "does not report stored messages to the cache",
        "missing, hole",
        (_STORE, _REPORT, "pass"),
    ),
    _mutant(
        "reports stored messages after the writer has continued",
        "missing, hole",
        (_STORE, "import functools", "import asyncio\nimport functools"),
        (
            _STORE,
            _REPORT,
            """\
changes = write.actual_changes({**values, "result": result})
asyncio.get_running_loop().call_later(1.0, store.change_feed.publish, changes)""",
        ),
    ),
    _mutant(
        "does not advance the cached room with its messages",
        "missing, hole",
        ("storage/lookups.py", "self._advance(change)", "pass"),
    ),
    _mutant(
        "publishes released messages twice",
        "doubled",
        (
            _WRITER,
            "for message in release.released:\n    self._announce(message)",
            "for message in release.released:\n    self._announce(message)\n    self._announce(message)",
        ),
    ),
    _mutant(
        "releases held messages during the focus phase",
        "heard early",
        ("storage/rules/held_messages.py", "return self.until is None and self._total > 0", "return self._total > 0"),
        (
            "storage/sqlite/messages/held_messages.py",
            "if room is None or holds.held_until(connection, room_id, room[1], study_time):",
            "if room is None:",
        ),
    ),
    _mutant(
        "releases held messages in reverse order",
        "out of order",
        (
            "storage/sqlite/messages/held_messages.py",
            "held = [message_of(row) for row in connection.execute(_IN_ORDER, (room_id, limit))]",
            "held = [message_of(row) for row in connection.execute(_IN_ORDER, (room_id, limit))][::-1]",
        ),
    ),
    _mutant(
        "sends the end of a phase in whole seconds from now",
        "timer",
        (
            "domain/study/timer_phases.py",
            "ends_at=None if moment.ends_at is None else from_milliseconds(moment.ends_at),",
            """\
ends_at=None
if moment.ends_at is None
else from_milliseconds(now + (moment.remaining or 0) // 1000 * 1000),""",
        ),
    ),
    _mutant(
        "ends focus sessions with their connections",
        "time lost",
        ("domain/study/focus_user.py", "BRIDGE = 300_000", "BRIDGE = 0"),
    ),
    _mutant(
        "adds a minute to the focus sessions of a killed server",
        "time gained",
        (
            "domain/study/focus_tracker.py",
            "user.lost_at, user.acted_at, user.checked_at = session.lost_at, acted_at, checked_at",
            """\
user.lost_at, user.acted_at, user.checked_at = session.lost_at, acted_at, checked_at
session.started_at -= SLACK""",
        ),
    ),
    _mutant(
        "ignores the storage in `GET /readyz`",
        "false ready",
        (
            "handlers/health.py",
            "await services.health.check(fresh=_may_have_a_fresh_probe(request))",
            "pass",
        ),
    ),
)
"""Each breaks another guarantee of docs/guarantees.md."""

"""Columns and mapper of timers, and moves of times on the study clock."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec

from domain.base import Timestamp
from domain.permissions import Authority
from domain.study.timer import Timer, TimerControl, TimerPlan
from storage.rows import Row, columns
from storage.rows.rooms import AUTHORITY, authority_of

TimerTable: TypeAlias = Literal["room_timers", "user_timers"]

_OWNERS: dict[TimerTable, str] = {"room_timers": "room_id", "user_timers": "user_id"}
_OF_ROOMS = ("scheduled_session_id", "changed_by")
_STATE = tuple(name for name in Timer.__struct_fields__ if name not in {"room_id", *_OF_ROOMS})
_CHANGED: dict[TimerTable, tuple[str, ...]] = {"room_timers": (*_STATE, *_OF_ROOMS), "user_timers": _STATE}
_TIMES = frozenset({"started_at", "empty_since", "changed_at"})

ROOM_TIMERS = f"SELECT {columns((*_STATE, *_OF_ROOMS), 't')}, t.room_id FROM room_timers t"
"""Query of `room_timers t`; its rows are read by `timer_of`."""

USER_TIMERS = f"SELECT {columns(_STATE, 't')}, NULL, t.user_id, NULL FROM user_timers t"
"""Query of `user_timers t`; its rows are read by `timer_of`. Only the user changes a personal timer."""


def timer_of(row: Row) -> Timer:
    """Return the timer from a row of `ROOM_TIMERS` or `USER_TIMERS`."""
    values = dict(zip((*_STATE, *_OF_ROOMS, "room_id"), row, strict=True))
    values["plan"] = msgspec.json.decode(values["plan"], type=TimerPlan)
    if values["next_plan"] is not None:
        values["next_plan"] = msgspec.json.decode(values["next_plan"], type=TimerPlan)
    values["auto_continue"] = bool(values["auto_continue"])
    return Timer(**values)


def timer_row(table: TimerTable, owner_id: str, timer: Timer) -> tuple[object, ...]:
    """Return the parameters of `store_timer`.

    Args:
        table: the table.
        owner_id: the room or the user.
        timer: the timer to store.
    """
    values = msgspec.structs.asdict(timer)
    values["plan"] = msgspec.json.encode(timer.plan).decode()
    values["next_plan"] = None if timer.next_plan is None else msgspec.json.encode(timer.next_plan).decode()
    return owner_id, *(values[name] for name in _CHANGED[table])


def store_timer(table: TimerTable, *, postgres: bool = False) -> str:
    """Return the statement that stores a timer, in place of the one that there is."""
    names, owner = _CHANGED[table], _OWNERS[table]
    placeholders = [_placeholder(name) if postgres else "?" for name in (owner, *names)]
    updates = ", ".join(f"{name} = excluded.{name}" for name in names)
    return (
        f"INSERT INTO {table} ({owner}, {columns(names)}) VALUES ({', '.join(placeholders)})"
        f" ON CONFLICT ({owner}) DO UPDATE SET {updates}"
    )


def _placeholder(name: str) -> str:
    """Return the placeholder of a column in PostgreSQL."""
    if name in _TIMES:
        return "%s::timestamptz"
    return "%s::uuid" if name in {*_OF_ROOMS, *_OWNERS.values()} else "%s"


def timer_facts(user_id: str, room_id: str) -> str:
    """Return the query for `timer_facts_of`: a row if the room exists.

    Args:
        user_id: SQL of the id of the user who changes the timer, which occurs once, before the other.
        room_id: SQL of the room's id, which occurs once.
    """
    return (
        f"SELECT r.timer_control, m.muted_until, {AUTHORITY} FROM rooms r LEFT JOIN users u ON u.id = {user_id}"
        f" LEFT JOIN members m ON m.room_id = r.id AND m.user_id = u.id WHERE r.id = {room_id} AND NOT r.deleted"
    )


def timer_facts_of(row: Row) -> tuple[Authority, TimerControl, Timestamp | None]:
    """Return the user's authority, the users who may change the timer, and the end of the user's mute."""
    control, muted_until, *authority = row
    return authority_of(authority), control, muted_until


def latest_timer_time(until: str) -> str:
    """Return the query of `TimerStore.latest_timer_time`, with one row.

    Args:
        until: SQL of the parameter, which occurs twice for each of the four times.
    """
    times = " UNION ALL ".join(
        f"SELECT {name} FROM {table} WHERE state <> 'idle' AND ({until} IS NULL OR {name} <= {until})"
        for table in _OWNERS
        for name in ("started_at", "empty_since")
    )
    return f"SELECT max(started_at) FROM ({times}) times"


def clock_corrections(moved: Callable[[str], str]) -> list[str]:
    """Return the statements that move the stored times of the study clock.

    Args:
        moved: returns the SQL of a column's time after the correction; NULL stays NULL.
    """

    def assignments(*names: str) -> str:
        return ", ".join(f"{name} = {moved(name)}" for name in names)

    timer = f"version = version + 1, {assignments('started_at', 'empty_since')}"
    session = assignments("started_at", "lost_at", "ends_at", "acted_at", "checked_at")
    return [
        f"UPDATE study_checkpoints SET {assignments('alive_at')}",
        f"UPDATE room_timers SET {timer} WHERE state <> 'idle'",
        f"UPDATE user_timers SET {timer} WHERE state <> 'idle'",
        f"UPDATE focus_sessions SET {session} WHERE ended_at IS NULL",
    ]

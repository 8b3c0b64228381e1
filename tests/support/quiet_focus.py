"""Focus phases of timers, in the storage and over the API, for tests of quiet focus."""

from domain.study.timer import Timer
from tests.support.factories import at, draft

BREAK = 1500
"""Seconds at which a focus phase of `start_focus` ends (`at`)."""


async def start_focus(storage, room):
    """Start the timer of a room: a focus phase from 0 until `BREAK`."""
    await _store(storage, room, state="running", phase="focus", round=1, started_at=at(0), duration=BREAK)


async def stop_focus(storage, room):
    """Stop the timer of a room."""
    await _store(storage, room)


async def _store(storage, room, **fields):
    stored = await storage.room_timer(room.id)
    version = stored.version if stored else 0
    timer = Timer(room_id=room.id, version=version + 1, **fields)
    assert await storage.set_room_timer(room.id, timer, version, at(0))


async def hold(storage, room, author, *contents, key=None):
    """Hold messages in a room, which gets quiet focus and a focus phase; return them."""
    await storage.change_room(room.id, {"quiet_focus": "hold"})
    await start_focus(storage, room)
    drafts = [draft(room, author, content, key=key) for content in contents or ("held",)]
    return [held.message for held in await storage.add_messages(drafts, at(60))]


async def start_room_focus(room_id, owner):
    """Start the timer of a room over the API: a focus phase of 25 minutes."""
    await _change_timer(room_id, owner, "start")


async def stop_room_focus(room_id, owner):
    """Stop the timer of a room over the API."""
    await _change_timer(room_id, owner, "stop")


async def _change_timer(room_id, owner, action):
    path = f"/api/study-rooms/{room_id}/timer"
    version = (await owner.get(path)).data["version"]
    changed = await owner.put(path, {"action": action, "version": version})
    assert changed.status == 200, changed.body

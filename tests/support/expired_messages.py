"""Rooms whose messages expire, over HTTP and sockets."""

from domain import clock

DAY = 24 * 3600


async def say(person, room, *numbers):
    """Send messages that differ by number."""
    for number in numbers:
        await person.post(f"/api/study-rooms/{room}/messages", {"content": f"message {number}"})


async def grow_old(school, room, keep):
    """Expire all messages of the room except the last `keep`."""
    storage = school.storage
    last = (await storage.room(room)).last_seq
    assert await storage.expire_messages(room, clock.format_timestamp(4_000_000_000), 1, last - keep) == last - keep


async def joined(school, person, room, **wanted):
    """Join a room with a new connection, and return the ack."""
    chat = await person.chat()
    return await chat.call("join-room", {"roomId": room, **wanted})


def recovery(answer):
    """Return what an ack says of missed messages: their numbers, `recovered`, `expired`, `firstSeq` and `lastSeq`."""
    return (
        [message["seq"] for message in answer["missed"]],
        *(answer[name] for name in ("recovered", "expired", "firstSeq", "lastSeq")),
    )

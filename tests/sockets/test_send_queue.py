"""The send queue: one write for each turn of the event loop, in order, with back-off and deferred packets."""

import asyncio
import time

import pytest

from socket_engine.packets import OutgoingPacket, text_frame
from socket_engine.send_queue import DEFERRED_TIME_SHARE, FlushScheduler, SendQueue, SendQueueLimits
from tests.support.raw_sockets import (
    until,
)

pytestmark = pytest.mark.both_loops


class Carrier:
    """A connection that keeps what is written to it."""

    def __init__(self):
        self.writes = []

    def write(self, data):
        self.writes.append(data)

    def get_write_buffer_size(self):
        return 0

    def is_closing(self):
        return False


def work(seconds):
    """Use so much of the processor."""
    began = time.thread_time()
    while time.thread_time() - began < seconds:
        pass


def outbox_of(carrier, turn):
    """Return the outbox of a client that has a WebSocket over a carrier."""
    outbox = SendQueue(turn, SendQueueLimits(1000, 10), lambda: None)
    outbox.put(OutgoingPacket(b"0"))
    outbox.attach_transport(carrier)
    return outbox


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (SendQueueLimits(bytes=10, packets=9), "10 bytes ([socket] max_waiting_bytes)"),
        (SendQueueLimits(bytes=99, packets=2), "2 packets ([socket] max_waiting_packets)"),
    ],
)
async def test_overflow_is_logged_once_with_the_limit(complaints, limits, reason):
    overflown = []
    outbox = SendQueue(FlushScheduler(), limits, lambda: overflown.append(True))
    for _ in range(5):
        outbox.put(OutgoingPacket(b"42packet"))

    await until(lambda: overflown)
    assert complaints() == [f"disconnecting slow consumer: send queue exceeds {reason}"]


async def test_what_one_turn_produced_for_a_client_leaves_in_one_write_in_order():
    turn, carriers = FlushScheduler(), [Carrier(), Carrier()]
    outboxes = [outbox_of(carrier, turn) for carrier in carriers]
    said = OutgoingPacket(b"42said")
    for _ in range(3):
        outboxes[0].put(said)
        outboxes[1].put(said)
        outboxes[0].put(OutgoingPacket(b"43ack"))
    asyncio.get_running_loop().call_soon(outboxes[0].put, OutgoingPacket(b"43of who was told"))

    await until(lambda: all(carrier.writes for carrier in carriers))

    assert carriers[0].writes == [b"\x81\x010" + b"\x81\x0642said\x81\x0543ack" * 3 + b"\x81\x1143of who was told"]
    assert carriers[1].writes == [b"\x81\x010" + b"\x81\x0642said" * 3]
    outboxes[1].put(said)
    await until(lambda: carriers[1].writes[1:])
    assert carriers[1].writes[1:] == [b"\x81\x0642said"]


async def test_writing_rests_after_it_took_long_and_what_came_meanwhile_leaves_in_one_write(monkeypatch):
    rest = 25  # times as long as the last write took
    monkeypatch.setattr("socket_engine.send_queue.FLUSH_BACKOFF", rest)
    monkeypatch.setattr("socket_engine.send_queue.MAX_FLUSH_BACKOFF", 60)
    clock = asyncio.get_running_loop().time

    class Slow(Carrier):
        def write(self, data):
            super().write((clock(), data))
            work(0.02)

    carrier = Slow()
    outbox = outbox_of(carrier, FlushScheduler())
    await until(lambda: carrier.writes)
    for number in range(5):
        outbox.put(OutgoingPacket(b"42%d" % number))
        await asyncio.sleep(0.001)

    await until(lambda: len(carrier.writes) > 1)

    (began, _), (then, data) = carrier.writes
    assert then - began > rest * 0.02
    assert data == b"".join(b"\x81\x0342%d" % number for number in range(5))


async def test_a_client_that_cannot_be_written_to_costs_the_others_nothing():
    class Broken(Carrier):
        aborted = False

        def write(self, _):
            raise OSError("no more of this")

        def abort(self):
            self.aborted = True

    turn, broken, whole = FlushScheduler(), Broken(), Carrier()
    outboxes = [outbox_of(broken, turn), outbox_of(whole, turn)]

    await until(lambda: whole.writes)
    outboxes[1].put(OutgoingPacket(b"42said"))
    await until(lambda: whole.writes[1:])

    assert broken.aborted
    assert whole.writes == [b"\x81\x010", b"\x81\x0642said"]


async def test_what_can_wait_leaves_with_what_cannot_or_a_moment_later_in_order(monkeypatch):
    monkeypatch.setattr("socket_engine.send_queue.DEFER_DELAY", 0.25)
    carrier = Carrier()
    outbox = outbox_of(carrier, FlushScheduler())
    await until(lambda: carrier.writes)
    for number in range(2):
        outbox.put_deferred(OutgoingPacket(b"%d" % number))
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(carrier.writes) == 1

    outbox.put(OutgoingPacket(b"2"))
    await until(lambda: len(carrier.writes) > 1)
    assert carrier.writes[1] == b"\x81\x010\x81\x011\x81\x012"

    outbox.put_deferred(OutgoingPacket(b"3"))
    outbox.put_deferred(OutgoingPacket(b"4"))
    await until(lambda: len(carrier.writes) > 2)
    assert carrier.writes[2] == b"\x81\x013\x81\x014"


async def test_what_can_wait_waits_longer_where_telling_it_takes_long():
    class Slow(Carrier):
        def write(self, data):
            super().write(data)
            work(0.02)

    loop, carrier = asyncio.get_running_loop(), Slow()
    outbox = outbox_of(carrier, FlushScheduler())
    await until(lambda: carrier.writes)
    outbox.put_deferred(OutgoingPacket(b"0"))
    await until(lambda: len(carrier.writes) > 1)
    began = loop.time()

    outbox.put_deferred(OutgoingPacket(b"1"))
    await until(lambda: len(carrier.writes) > 2)

    assert loop.time() - began >= 0.02 / DEFERRED_TIME_SHARE


@pytest.mark.parametrize(
    ("length", "head"),
    [(125, b"\x7d"), (126, b"\x7e\x00\x7e"), (65535, b"\x7e\xff\xff"), (65536, b"\x7f" + bytes(5) + b"\x01\x00\x00")],
)
def test_a_frame_tells_its_length(length, head):
    assert text_frame(b"x" * length) == b"\x81" + head + b"x" * length

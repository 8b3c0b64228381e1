"""What becomes of a server's figures as rooms, or the number of rooms or of people, grow.

One trial a point. A server that goes under, or is not done in time, has its reason in place of a value: that is a
result, too.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from bench import scenarios
from bench.outcome import outcome
from bench.population import Population
from bench.scenarios import Measured
from bench.servers import Server

SECONDS = 1.5
"""How long each load is measured."""
SETTLE = 0.5
MOST_SECONDS = 40.0
"""How long a point may take, from the first connection on."""
PEOPLE = 1000
ROOMS = 1000
ROOM_SIZE = 10
"""Seats in a small room. Ten thousand of them are ten for each person, each with a socket of its own."""
SENDERS = 50
SPREAD_SENDERS = 1000

Reached = Measured | str
"""What was measured at a point, or why it could not be."""
Series = dict[str, dict[int, Reached]]
"""Server → size → what was measured there."""


async def one_room(server: Server, people: Population, sockets: int) -> Measured:
    """Have 50 senders, or everybody, be flat out in a room of `sockets`."""
    senders = min(SENDERS, sockets)
    return await scenarios.one_room(server, people, sockets=sockets, senders=senders, seconds=SECONDS, settle=SETTLE)


async def small_rooms(server: Server, people: Population, rooms: int) -> Measured:
    """Have two of the ten in each room be flat out, but at most 1,000 in all."""
    seated = people._replace(tokens=people.sockets(rooms * ROOM_SIZE))
    senders = min(2 * rooms, SPREAD_SENDERS)
    return await scenarios.small_rooms(server, seated, senders=senders, seconds=SECONDS, settle=SETTLE)


async def idle(server: Server, people: Population, sockets: int) -> Measured:
    """Have `sockets` do nothing."""
    return await scenarios.idle(server, people, sockets=sockets, settle=SETTLE)


class Panel(NamedTuple):
    """One question, asked at several sizes.

    Attributes:
        row: the name of what is drawn among what is measured.
        measures: what that is, with its unit.
        sizes: what grows, smallest first.
        of: what the sizes count.
        title: what is done.
        ask: does it.
    """

    row: str
    measures: str
    sizes: tuple[int, ...]
    of: str
    title: str
    ask: Callable[[Server, Population, int], Awaitable[Measured]]


PANELS = (
    Panel("deliveries", "deliveries/s", (10, 100, 1000, 5000), "sockets", "One loud room", one_room),
    Panel("messages", "messages/s acked", (1, 10, 100, 1000), "rooms of 10", "Many loud rooms", small_rooms),
    Panel("resident", "MB of memory", (100, 1000, 10_000), "sockets", "Idle sockets", idle),
)


async def reach(panel: Panel, server: Server, people: Population, size: int) -> Reached:
    """Measure one point, or say why that could not be done."""
    return await outcome(panel.ask(server, people, size), MOST_SECONDS)

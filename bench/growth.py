"""Figures of a server as rooms, or the number of rooms or users, grow.

One trial a point. If a server crashes or is too slow, the point has the reason in place of a value: that is a result,
too.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from bench import scenarios
from bench.outcome import outcome
from bench.population import Population
from bench.scenarios import Measured
from bench.servers import Server

SECONDS = 1.5
"""Seconds for which each load is measured."""
SETTLE = 0.5
MOST_SECONDS = 40.0
"""Timeout of a point in seconds, from the first connection on."""
PEOPLE = 1000
ROOMS = 1000
ROOM_SIZE = 10
"""Seats in a small room. Ten thousand seats are ten per user, each with its own socket."""
SENDERS = 50
SPREAD_SENDERS = 1000

Reached = Measured | str
"""Result of a point, or the reason why there is none."""
Series = dict[str, dict[int, Reached]]
"""Server → size → result."""


async def one_room(server: Server, people: Population, sockets: int) -> Measured:
    """Saturate a room of `sockets` with 50 senders, or with all sockets if there are fewer."""
    senders = min(SENDERS, sockets)
    return await scenarios.one_room(server, people, sockets=sockets, senders=senders, seconds=SECONDS, settle=SETTLE)


async def small_rooms(server: Server, people: Population, rooms: int) -> Measured:
    """Saturate with two of ten members of each room, but at most 1,000 senders in all."""
    seated = people._replace(tokens=people.sockets(rooms * ROOM_SIZE))
    senders = min(2 * rooms, SPREAD_SENDERS)
    return await scenarios.small_rooms(server, seated, senders=senders, seconds=SECONDS, settle=SETTLE)


async def idle(server: Server, people: Population, sockets: int) -> Measured:
    """Measure `sockets` that do nothing."""
    return await scenarios.idle(server, people, sockets=sockets, settle=SETTLE)


class Panel(NamedTuple):
    """One question, measured at several sizes.

    Attributes:
        row: name of the measured value.
        measures: what the value is, with its unit.
        sizes: sizes, smallest first.
        of: what the sizes count.
        title: the load.
        ask: function that measures.
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
    """Return the result of one point, or the reason why there is none."""
    return await outcome(panel.ask(server, people, size), MOST_SECONDS)

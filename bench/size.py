"""Size of the measured loads."""

from typing import NamedTuple


class Size(NamedTuple):
    """Size of the measured loads.

    Attributes:
        pairs: number of turns of each server.
        seconds: seconds for which each load is measured.
        people: accounts, and sockets in the large room.
        rooms: small rooms, of `room_size` users each.
        room_size: users in a small room.
        senders: senders in the large room.
        spread_senders: senders in the small rooms.
        idle: sockets that only stay connected.
        load: share of the seed's maximum at which ack times are measured, 0 to 1.
    """

    pairs: int
    seconds: float
    people: int = 1000
    rooms: int = 100
    room_size: int = 10
    senders: int = 50
    spread_senders: int = 200
    idle: int = 1000
    load: float = 0.8

"""How much is done."""

from typing import NamedTuple


class Size(NamedTuple):
    """How much is done.

    Attributes:
        pairs: how many times each server has its turn.
        seconds: how long each load is measured.
        people: accounts, and sockets in the large room.
        rooms: small rooms, of `room_size` people each.
        senders: who sends in the large room.
        spread_senders: who sends in the small ones.
        idle: sockets that only stay connected.
        load: the part of the seed's maximum at which answers are timed, 0 to 1.
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

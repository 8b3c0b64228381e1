"""Who is there before the clock starts: accounts, rooms and their members, made over HTTP as people make them."""

from itertools import cycle, islice
from typing import NamedTuple

from bench.load.http import ask_all, request

PASSWORD = "only for the bench"


class Population(NamedTuple):
    """People, by their tokens, and rooms, by their ids.

    Attributes:
        hall: the room of which everybody is a member.
        rooms: the small rooms, of `room_size` seats each. Where there are more seats than people, people have several.
        library: a small room with two pages of messages, in which nothing is said any more.
    """

    tokens: list[str]
    hall: str
    rooms: list[str]
    room_size: int
    library: str

    def room_of(self, seat: int) -> str:
        """Return the small room of the n-th seat, which is the n-th person's while there are people."""
        return self.rooms[seat // self.room_size % len(self.rooms)]

    def sockets(self, count: int) -> list[str]:
        """Return the tokens of `count` sockets; where there are more than people, some have several."""
        return list(islice(cycle(self.tokens), count))


def nobody_known(people: int, rooms: int, room_size: int) -> Population:
    """Return the population of a server that knows nobody: any name will do."""
    return Population(
        [f"user-{n}" for n in range(people)], "hall", [f"room-{n}" for n in range(rooms)], room_size, "library"
    )


async def populate(port: int, people: int, rooms: int, room_size: int) -> Population:
    """Make accounts and rooms, and have people become members of them. The names are new; the storage need not be."""
    registrations = [request("POST", "/api/auth/register", body=account(number)) for number in range(people)]
    tokens = [answer["token"] for answer in await ask_all(port, registrations)]
    names = ["Hall", "Library", *(f"Room {number}" for number in range(rooms))]
    openings = [request("POST", "/api/study-rooms", tokens[0], {"name": name}) for name in names]
    hall, library, *small = [answer["data"]["id"] for answer in await ask_all(port, openings)]
    population = Population(tokens, hall, small, room_size, library)
    members = [(hall, token) for token in tokens]
    seats = population.sockets(max(people, rooms * room_size))
    members += [(population.room_of(seat), token) for seat, token in enumerate(seats)]
    members += [(library, token) for token in tokens[:room_size]]
    await ask_all(port, [request("POST", f"/api/study-rooms/{room}/join", token) for room, token in members])
    said = [{"content": f"Message {number} of a conversation that is long over."} for number in range(100)]
    path = f"/api/study-rooms/{library}/messages"
    await ask_all(port, [request("POST", path, tokens[0], body) for body in said], connections=1)
    return population


def account(number: int, prefix: str = "person") -> dict[str, str]:
    """Return what somebody registers with."""
    email = f"{prefix}{number}@example.org"
    return {"firstName": "Ada", "lastName": f"Okafor {number}", "email": email, "password": PASSWORD}

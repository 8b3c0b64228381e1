"""Population before the measurement starts: accounts, rooms and members, created over HTTP."""

from itertools import cycle, islice
from typing import NamedTuple

from bench.load.http import ask_all, request

PASSWORD = "only for the bench"


class Population(NamedTuple):
    """Users, by their tokens, and rooms, by their ids.

    Attributes:
        tokens: one access token for each user.
        hall: the room of which every user is a member.
        rooms: the small rooms, of `room_size` seats each. If there are more seats than users, users have several.
        room_size: seats in a small room.
        library: a small room with two pages of messages, without new ones.
    """

    tokens: list[str]
    hall: str
    rooms: list[str]
    room_size: int
    library: str

    def room_of(self, seat: int) -> str:
        """Return the small room of the n-th seat, which belongs to the n-th user while there are users."""
        return self.rooms[seat // self.room_size % len(self.rooms)]

    def sockets(self, count: int) -> list[str]:
        """Return the tokens of `count` sockets; if there are more than users, some users have several."""
        return list(islice(cycle(self.tokens), count))


def nobody_known(people: int, rooms: int, room_size: int) -> Population:
    """Return the population of a server without accounts: any name is accepted."""
    return Population(
        [f"user-{n}" for n in range(people)], "hall", [f"room-{n}" for n in range(rooms)], room_size, "library"
    )


async def populate(port: int, people: int, rooms: int, room_size: int) -> Population:
    """Create accounts, rooms and memberships. The names are new; the storage need not be empty."""
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
    """Return the body of a registration."""
    email = f"{prefix}{number}@example.org"
    return {"firstName": "Ada", "lastName": f"Okafor {number}", "email": email, "password": PASSWORD}

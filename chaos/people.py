"""Accounts, rooms and clients of a run."""

import random
from typing import Any

import aiohttp

from chaos.clients import TRANSPORTS, Client
from chaos.record import Person, Room, Run
from chaos.students import Students

ROOMS = 4
CLIENTS = 24
PEOPLE = 22
"""Users. The first two have two clients each: with the third they are three users on five connections."""
TRIO = 3
PAUSE = 0.5
"""Average of seconds between two messages of one client."""


async def ask(http: aiohttp.ClientSession, method: str, path: str, token: str = "", body: Any = None) -> Any:
    """Return `data` of the response, or all of one with a token.

    Raises:
        RuntimeError: the response is no success.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with http.request(method, path, json=body, headers=headers, timeout=aiohttp.ClientTimeout(10)) as response:
        said = await response.json()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {said}")
        return said if "token" in said else said["data"]


async def gather(http: aiohttp.ClientSession, run: Run, seed: int) -> list[Client]:
    """Create accounts and rooms: each user is in two shared rooms, one with quiet focus, and alone in a third."""
    signed_in = []
    for number in range(PEOPLE):
        name = f"c{number:02}"
        account = {"firstName": name, "lastName": "Okafor", "email": f"{name}@example.org", "password": "ten or more"}
        signed_in.append(await ask(http, "POST", "/api/auth/register", body=account))
    rooms = []
    for number, person in enumerate(signed_in[:ROOMS]):
        rooms.append(await _open(http, person["token"], "off" if number % 2 else "hold"))
    run.quiet = frozenset(rooms[::2])
    own = []
    for number, person in enumerate(signed_in):
        mine = [rooms[number % ROOMS], rooms[(number + 1) % ROOMS]]
        for room in mine:
            await ask(http, "POST", f"/api/study-rooms/{room}/join", person["token"])
        quiet = next(room for room in mine if room in run.quiet)
        if number >= TRIO and number % 2:
            run.followers[person["user"]["id"]] = quiet
        else:
            path = f"/api/study-rooms/{quiet}/membership"
            await ask(http, "PUT", path, person["token"], {"followTimer": False})
        own.append([*mine, await _open(http, person["token"])])
    run.trio = frozenset(person["user"]["id"] for person in signed_in[:TRIO])
    return [_client(run, number, signed_in, own, rooms, seed) for number in range(CLIENTS)]


def _client(run: Run, number: int, signed_in: list[Any], own: list[list[Room]], rooms: list[Room], seed: int) -> Client:
    """Return a client: the first of each user, then the second of the first ones."""
    of = number % PEOPLE
    name = f"c{number:02}"
    run.people[name] = Person(signed_in[of]["user"]["id"], frozenset(own[of]))
    return Client(
        name,
        signed_in[of]["token"],
        own[of],
        rooms[(of + 2) % ROOMS],
        TRANSPORTS[number % len(TRANSPORTS)],
        random.Random(f"{seed} {number}"),
        PAUSE,
        run.events.append,
        run.quiet,
    )


def students_of(run: Run, clients: list[Client], seed: int) -> Students:
    """Return the actions of the users besides messages: the owner of a quiet room and another member use its timer."""
    timers = [(client.rooms[0], client, clients[number * 2 + ROOMS]) for number, client in enumerate(clients[:ROOMS:2])]
    learners = [c for c in clients[TRIO:PEOPLE] if run.people[c.name].id not in run.followers]
    return Students(run, clients[:TRIO], learners, timers, random.Random(f"{seed} students"))


async def _open(http: aiohttp.ClientSession, token: str, quiet_focus: str = "off") -> Room:
    opened = await ask(http, "POST", "/api/study-rooms", token, {"name": "Room", "quietFocus": quiet_focus})
    return str(opened["id"])

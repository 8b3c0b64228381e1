"""A walk through every route and event, in a room with one user of each kind: successes and the main errors.

It sends the rows of authorisation.py. Each success that changes something has its own server, so that its answer
contains only the data of the scene. Errors and rows that only read share a server, because they change nothing.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import handlers
import socket_events
from tests.cases.authorisation import EVENTS, HTTP
from tests.support.authorisation import (
    ACTORS,
    ADMIN,
    ENDED,
    MEMBER,
    MODERATOR,
    NOBODY,
    NOT_ADMITTED,
    OK,
    OUTSIDER,
    OWNER,
    Row,
)
from tests.support.scene import Scene, filled
from tests.support.served import STILL, Served, served
from tests.support.wire_records import UNKNOWN_ID, Listener, asked, packet, stable

LISTENING = (OWNER, MODERATOR, MEMBER, "target", "guest", OUTSIDER, ADMIN)
INSIDE = (OWNER, MODERATOR, MEMBER, "target")
ROUTES = {route.name.replace("{", ":").replace("}", ""): route for route in handlers.ROUTES}
Records = dict[str, dict[str, Any]]


async def walk() -> Records:
    """Return the records of every row by name and step."""
    records: Records = {row.name: {} for row in (*HTTP, *EVENTS)}
    await add_errors(records)
    async with in_scene() as scene:
        for row in HTTP:
            if row.only_shows:
                await add_successes(records, row, scene)
    for row in (*HTTP, *EVENTS):
        for actor in [] if row.only_shows else successful(row):
            async with in_scene() as scene:
                records[row.name][f"{actor} may"] = await success(row, scene, actor)
    return records


async def add_errors(records: Records) -> None:
    """Add the errors of every row, and the answers to connecting, in a public and a private room."""
    seen: set[str] = set()
    async with served("memory://", STILL) as school:
        scenes = [await Scene.set(school, number, private=number == 1) for number in (0, 1)]
        for scene in scenes:
            await opened(scene)
        for row in (*HTTP, *EVENTS):
            for scene in scenes:
                records[row.name] |= await refusals(row, scene)
            if row.does not in seen:
                seen.add(row.does)
                records[row.name] |= await invalid(row, scenes[0])
        records["connect"] = await admissions(school, scenes[0])
        for scene in scenes:
            await scene.is_over()


async def add_successes(records: Records, row: Row, scene: Scene) -> None:
    """Add the successes of a row that changes nothing."""
    for actor in successful(row):
        records[row.name][f"{actor} may"] = await success(row, scene, actor)


@asynccontextmanager
async def in_scene() -> AsyncIterator[Scene]:
    """Run a server with a public room and its users, who are connected."""
    async with served("memory://", STILL) as school:
        scene = await Scene.set(school, 0, private=False)
        await opened(scene)
        yield scene
        await scene.is_over()


async def opened(scene: Scene) -> None:
    """Connect the users whose events are recorded; members join the room."""
    for actor in LISTENING:
        scene.ears[actor] = ear = await Listener.opened(scene.school)
        for namespace in ("/", "/chat"):
            assert (await ear.is_let_in(scene.people[actor].token, namespace)).code == OK
        if actor in INSIDE:
            assert (await ear.ack_of("join-room", {"roomId": scene.values["room"]}))["ok"]


async def events(scene: Scene) -> dict[str, Any]:
    """Return the events that each connected user received since the last call, by user and namespace."""
    found = {}
    for actor, ear in sorted(scene.ears.items()):
        for namespace, said in (await ear.events()).items():
            found[f"{actor} {namespace}"] = said
    return found


def successful(row: Row) -> list[str]:
    """Return the actors of recorded successes: the first permitted one, and the outsider if the row names a room."""
    first = next((actor for actor in (NOBODY, MEMBER, OWNER, MODERATOR, ADMIN) if row.public[actor] == OK), None)
    outside = [OUTSIDER] if row.private is not None and row.public[OUTSIDER] == OK else []
    return list(dict.fromkeys(([first] if first else []) + outside))


async def success(row: Row, scene: Scene, actor: str) -> Any:
    """Return the answer to a permitted actor, and the events that follow."""
    if actor in scene.people and actor not in scene.ears:
        await scene.ear(actor)
    if "<announcement>" in row.parts.values() or row.does == "refresh-token":
        await scene.prepare(row, actor)
    await events(scene)
    return await record(row, scene, actor)


async def refusals(row: Row, scene: Scene) -> dict[str, Any]:
    """Return the answer to the first actor of each refusal."""
    expected = row.private if scene.private else row.public
    found: dict[str, Any] = {}
    seen = set()
    for actor in ACTORS:
        code = (expected or {}).get(actor, OK)
        if code == OK or code in seen or (row.is_event and actor in NOT_ADMITTED):
            continue
        seen.add(code)
        if row.is_event and actor not in scene.ears:
            scene.ears[actor] = await Listener.opened(scene.school)
            assert (await scene.ears[actor].is_let_in(scene.people[actor].token, "/chat")).code == OK
        about = "private: " if scene.private else ""
        found[f"{about}{actor}: {code}"] = await record(row, scene, actor, events_too=False)
    return found


async def invalid(row: Row, scene: Scene) -> dict[str, Any]:
    """Return the answers to invalid input and to unknown ids."""
    actor = next((actor for actor in (MEMBER, OWNER, ADMIN) if row.public[actor] == OK), MEMBER)
    found: dict[str, Any] = {}
    if row.is_event:
        fields = socket_events.EVENTS[row.does].payload_type.__struct_encode_fields__
        for what, argument in (("every field a list", {name: [] for name in fields}), ("a number", 5)):
            found[what] = await record(row, scene, actor, body=argument, events_too=False)
        if "roomId" in fields:
            found["unknown room"] = await record(row, scene, actor, values={"room": UNKNOWN_ID}, events_too=False)
        return found
    route = ROUTES[row.does]
    if route.body is not None:
        wrong = {name: [] for name in route.body.__struct_encode_fields__}
        found["every field a list"] = await record(row, scene, actor, body=wrong, events_too=False)
        found["a number"] = await record(row, scene, actor, body=5, events_too=False)
        found["no JSON"] = await record(row, scene, actor, raw=b"{", events_too=False)
    if route.query is not None:
        query = "&".join(f"{name}=%00" for name in route.query.__struct_encode_fields__)
        found["every field a NUL"] = await record(row, scene, actor, query=f"?{query}", events_too=False)
    for part in row.parts:
        if f":{part}" in row.does:
            parts = {**row.parts, part: UNKNOWN_ID}
            found[f"unknown {part}"] = await record(row._replace(parts=parts), scene, actor, events_too=False)
    return found


async def record(
    row: Row,
    scene: Scene,
    actor: str,
    *,
    body: Any = None,
    raw: bytes | None = None,
    query: str = "",
    values: Mapping[str, str] | None = None,
    events_too: bool = True,
) -> Any:
    """Send a row and return the answer with placeholders.

    Args:
        body: replaces the row's body.
        raw: bytes of the body, instead of JSON.
        query: appended to the path.
        values: replace values of the scene.
        events_too: True to add the events that users received.
    """
    known = scene.values_for(actor) | (values or {})
    if body is None and row.body is not None:
        body = {name: filled(value, known) if isinstance(value, str) else value for name, value in row.body.items()}
    if row.is_event:
        found = {"ack": await scene.ears[actor].ack_of(row.does, body)}
    else:
        method, path = row.does.split(" ")
        for part, stands in row.parts.items():
            path = path.replace(f":{part}", filled(stands, known))
        found = await asked(scene.school, method, path + query, scene.people.get(actor), body, raw=raw)
    if events_too:
        found["events"] = await events(scene)
    return stable(found, names(scene))


async def admissions(school: Served, scene: Scene) -> dict[str, Any]:
    """Return the answer to each actor's connection to each namespace."""
    found = {}
    for actor in ACTORS:
        for namespace in ("/", "/chat"):
            ear = await Listener.opened(school)
            token = scene.people[actor].token if actor in scene.people else None
            said = await ear.is_let_in(token, namespace)
            found[f"{actor} {namespace}"] = stable(packet(said.raw), names(scene))
            await ear.close()
    return found


def names(scene: Scene) -> dict[str, str]:
    """Return a placeholder for each id and code of a scene, by value."""
    known = {person.id: f"<{kind}>" for kind, person in scene.people.items() if kind != ENDED}
    for name in (
        "room",
        "message",
        "invite",
        "code",
        "report",
        "account invite",
        "account code",
        "announcement",
        "scheduled",
    ):
        known[scene.values[name]] = f"<{name}>"
    known.pop(UNKNOWN_ID, None)
    return known

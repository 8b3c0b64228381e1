"""Demo data: a few users, rooms and a conversation, created through the services as clients would, and study data."""

import secrets
from typing import NamedTuple

from cli.demo_study import load_study_data
from domain.account_requests import Registration
from domain.accounts import ClientInfo, User, UserRole
from domain.base import RoomId
from domain.rooms import NewRoom
from services.container import Services


class _DemoUser(NamedTuple):
    first_name: str
    last_name: str
    email: str


USERS = [
    _DemoUser("Ada", "Okafor", "ada@studyhall.example"),
    _DemoUser("Ben", "Lindqvist", "ben@studyhall.example"),
    _DemoUser("Chiara", "Rossi", "chiara@studyhall.example"),
]

ROOMS_WITH_MESSAGES: list[tuple[NewRoom, list[tuple[int, str]]]] = [
    (
        NewRoom(
            name="Calculus together",
            subject="Mathematics",
            description="Problem sheets, Tuesdays and Thursdays.",
            leaderboard="on",
        ),
        [
            (0, "Hello everyone! Sheet 4 today: substitution and integration by parts."),
            (1, "Question 2 has me stuck. I keep going round in circles with ∫ eˣ·sin x dx."),
            (2, "That is the trick of it: do it by parts twice, and the same integral comes back with a minus."),
            (0, "Exactly. Call it I, and solve for I."),
            (1, "Oh! So I = ½·eˣ·(sin x - cos x) + C. Thank you both."),
        ],
    ),
    (
        NewRoom(
            name="Quiet reading",
            subject="Literature",
            description="Cameras off, phones away: 25 minutes, then a break.",
        ),
        [(2, "Starting in five minutes. I am on chapter 7 of Middlemarch."), (0, "With you. Essay plan for me.")],
    ),
    (NewRoom(name="Organic chemistry", subject="Chemistry", description="Mechanisms, drawn and argued about."), []),
]


async def load_demo_data(services: Services) -> str:
    """Fill an empty storage and return the text to print; leave a storage that is not empty unchanged."""
    if not await services.accounts.is_empty():
        return "The store is not empty, so the demo was left out."
    people: list[User] = []
    lines = ["Demo accounts (the passwords are shown only once):"]
    for person in USERS:
        password, is_first = secrets.token_urlsafe(9), not people
        account = Registration(**person._asdict(), password=password)
        # A memory:// storage exists in this process only, where the command create-admin cannot reach it.
        role: UserRole = "admin" if is_first else "student"
        signed_in = await services.accounts.create(account, ClientInfo("demo"), role=role)
        people.append(signed_in.user)
        lines.append(f"  {person.email}  {password}{'  (admin)' if is_first else ''}")
    rooms: dict[str, RoomId] = {}
    for number, (new, talk) in enumerate(ROOMS_WITH_MESSAGES):
        owner, *others = people[number:] + people[:number]
        room = await services.rooms.create(new, owner)
        rooms[new.name] = room.id
        for other in others:
            await services.memberships.join(room.id, other)
        for who, content in talk:
            await services.messages.post(room.id, content, None, people[who])
    await load_study_data(services, people, rooms)
    return "\n".join(lines)

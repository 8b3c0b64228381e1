"""What a run leaves to be judged. Times are seconds of the monotonic clock, the same for all clients."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

Name: TypeAlias = str
Room: TypeAlias = str
Message: TypeAlias = dict[str, Any]


class Person(NamedTuple):
    """Somebody with an account, and the rooms that they are a member of."""

    id: str
    rooms: frozenset[Room]


class Opened(NamedTuple):
    """A client was let in. No two connections of a run have the same number."""

    at: float
    who: Name
    connection: int


class Closed(NamedTuple):
    """A connection that was open is lost, and what its client takes for the reason.

    `torn` is our own doing, of which server and client know at the same time.
    """

    at: float
    who: Name
    connection: int
    reason: str = ""


class Refused(NamedTuple):
    """A client was not let in, and told why."""

    at: float
    who: Name
    code: str


class Joining(NamedTuple):
    """A client asked for a room. What it hears until the answer comes it puts aside."""

    at: float
    who: Name
    connection: int
    room: Room
    since: int


class Joined(NamedTuple):
    """The answer to that, whatever it says."""

    at: float
    who: Name
    connection: int
    room: Room
    since: int
    answer: dict[str, Any]


class Sent(NamedTuple):
    """A message left a client, for the first time or again."""

    at: float
    who: Name
    connection: int
    room: Room
    key: str
    content: str


class Answered(NamedTuple):
    """The ack of what was sent at `sent`."""

    at: float
    who: Name
    connection: int
    room: Room
    key: str
    sent: float
    answer: dict[str, Any]


class Heard(NamedTuple):
    """A client was told of a message."""

    at: float
    who: Name
    connection: int
    room: Room
    message: Message


class Noticed(NamedTuple):
    """A client was told who is in a room (`room-users`), came or went; `said` is the event's arguments."""

    at: float
    who: Name
    connection: int
    room: Room
    event: str
    said: tuple[Any, ...]


Event: TypeAlias = Opened | Closed | Refused | Joining | Joined | Sent | Answered | Heard | Noticed


class Deaf(NamedTuple):
    """A time in which nothing could reach these clients, whatever the server did; None is everybody."""

    begin: float
    end: float
    who: frozenset[Name] | None


class Applied(NamedTuple):
    """A fault, as it was applied.

    `ready` is when `/readyz` said yes again, None for never. `unwritable` is from when to when the storage took no
    writes. `touched` are those whose connections it may end, None for everybody.
    """

    kind: str
    begin: float
    end: float
    ready: float | None
    unwritable: tuple[float, float] | None
    touched: frozenset[Name] | None


class Census(NamedTuple):
    """Who is in a room: according to the clients, to `GET …/presence`, to the database; and `activeMembers`."""

    at: float
    room: Room
    connected: frozenset[str]
    shown: frozenset[str]
    stored: frozenset[str]
    active_members: int


class Probe(NamedTuple):
    """One question to a health route; status 0 where no answer came."""

    began: float
    ended: float
    path: str
    status: int


@dataclass
class Run:
    """All of it."""

    people: dict[Name, Person] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    faults: list[Applied] = field(default_factory=list)
    deaf: list[Deaf] = field(default_factory=list)
    censuses: list[Census] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)
    histories: dict[Room, list[Message]] = field(default_factory=dict)
    complaints: list[tuple[float, str]] = field(default_factory=list)
    end: float = 0.0

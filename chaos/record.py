"""Record of a run. Times are seconds of the monotonic clock, the same for all clients."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

Name: TypeAlias = str
Room: TypeAlias = str
Message: TypeAlias = dict[str, Any]

NOT_NOW = frozenset({"storage_unavailable", "internal_error", "rate_limited", "too_many_held"})
"""Codes after which a client retries."""


class Person(NamedTuple):
    """An account and its rooms."""

    id: str
    rooms: frozenset[Room]


class Opened(NamedTuple):
    """A client connected. Connection numbers are unique in a run."""

    at: float
    who: Name
    connection: int


class Closed(NamedTuple):
    """An open connection was lost, with the reason given by its client.

    `torn` is a reset by the test itself, of which server and client know at the same time.
    """

    at: float
    who: Name
    connection: int
    reason: str = ""


class Refused(NamedTuple):
    """A connection was rejected with this code."""

    at: float
    who: Name
    code: str


class Joining(NamedTuple):
    """A client requested to join a room. Messages received before the ack are set aside."""

    at: float
    who: Name
    connection: int
    room: Room
    since: int


class Joined(NamedTuple):
    """Ack of a join, successful or not."""

    at: float
    who: Name
    connection: int
    room: Room
    since: int
    answer: dict[str, Any]


class Sent(NamedTuple):
    """A message was sent, for the first time or again."""

    at: float
    who: Name
    connection: int
    room: Room
    key: str
    content: str


class Answered(NamedTuple):
    """Ack of the message that was sent at `sent`."""

    at: float
    who: Name
    connection: int
    room: Room
    key: str
    sent: float
    answer: dict[str, Any]


class Heard(NamedTuple):
    """A client received a message."""

    at: float
    who: Name
    connection: int
    room: Room
    message: Message


class Noticed(NamedTuple):
    """A client received a presence event (`room-users`, `user-joined` …); `said` has its arguments."""

    at: float
    who: Name
    connection: int
    room: Room
    event: str
    said: tuple[Any, ...]


class TimerHeard(NamedTuple):
    """A client received the timer of a room, by an event or in the ack of a change."""

    at: float
    who: Name
    connection: int
    room: Room
    timer: dict[str, Any]


Event: TypeAlias = Opened | Closed | Refused | Joining | Joined | Sent | Answered | Heard | Noticed | TimerHeard


class Pressed(NamedTuple):
    """A member's change of a room's timer was accepted; `version` is the one that the request named."""

    at: float
    who: Name
    room: Room
    version: int


class Window(NamedTuple):
    """A moment of the server as known outside: between the first request and the answer."""

    first: float
    last: float


class Study(NamedTuple):
    """Study time of a stopwatch, as its user knows it. `stopped` is None if it runs until the end."""

    user: str
    session: str
    started: Window
    stopped: Window | None


class StudyRead(NamedTuple):
    """Study time of a user according to the server: `GET /focus/sessions`, then the totals of `GET /focus/stats`."""

    at: Window
    sessions: list[dict[str, Any]]
    stats: dict[str, Any]


class LastTimer(NamedTuple):
    """The timer of a room at the end: of the server, and the last one that each client has received."""

    at: float
    room: Room
    stored: dict[str, Any]
    shown: dict[Name, dict[str, Any]]


class Deaf(NamedTuple):
    """A time in which these clients were unreachable, whatever the server did; None is all clients."""

    begin: float
    end: float
    who: frozenset[Name] | None


class Applied(NamedTuple):
    """A fault that was applied.

    `ready` is the time of the next successful `/readyz`, None for never. `unwritable` is the time in which the storage
    rejected writes. `touched` are the clients that may lose their connections, None for all. `study_loss` is the
    maximum of seconds of study time that it may cost a user.
    """

    kind: str
    begin: float
    end: float
    ready: float | None
    unwritable: tuple[float, float] | None
    touched: frozenset[Name] | None
    study_loss: float = 0.0


class Census(NamedTuple):
    """Users in a room according to the clients, to `GET …/presence` and to the database; and `activeMembers`."""

    at: float
    room: Room
    connected: frozenset[str]
    shown: frozenset[str]
    stored: frozenset[str]
    active_members: int


class Probe(NamedTuple):
    """One request to a health route; status 0 if there was no response."""

    began: float
    ended: float
    path: str
    status: int


@dataclass
class Run:
    """Record of a whole run."""

    people: dict[Name, Person] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    faults: list[Applied] = field(default_factory=list)
    deaf: list[Deaf] = field(default_factory=list)
    censuses: list[Census] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)
    histories: dict[Room, list[Message]] = field(default_factory=dict)
    complaints: list[tuple[float, str]] = field(default_factory=list)
    quiet: frozenset[Room] = frozenset()
    """Rooms with quiet focus, and a timer."""
    followers: dict[str, Room] = field(default_factory=dict)
    """Users that follow the timer of a room, and have no stopwatch."""
    trio: frozenset[str] = frozenset()
    """Three users on five connections that study all the time."""
    presses: list[Pressed] = field(default_factory=list)
    studies: list[Study] = field(default_factory=list)
    study_reads: dict[str, StudyRead] = field(default_factory=dict)
    last_timers: list[LastTimer] = field(default_factory=list)
    end: float = 0.0

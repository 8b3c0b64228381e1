"""Service context: the dependencies that most services share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from config import Config
from domain.clock import Clock
from domain.ids import NewId
from publisher.publisher import EventPublisher
from runtime.cache import Cache
from runtime.rate_limits import RateLimiter
from storage.base import Storage
from storage.lookups import Lookups

Gauges: TypeAlias = dict[str, Callable[[], int]]
"""Current sizes by name, each read when it is called: `connections`, `rooms`, `cache entries`."""


@dataclass(frozen=True, slots=True)
class ServiceContext:
    """Dependencies of the services, built once by the application, the model tests and unit tests.

    Attributes:
        config: all settings. A service reads its own sections when it is constructed.
        secret_key: signs access tokens.
        storage: the storage of record.
        lookups: the storage's cached reads, current after every write of this process.
        cache: for results that several requests share; the lookups use it, too.
        publisher: sends server events to connections.
        limiter: counts actions against the rates of `[limits]`.
        clock: source of time.
        new_id: returns a new id, later ones sort behind earlier ones.
        gauges: sizes for the log and the admin dashboard. `connections` is set by the application; the services add
            theirs.
    """

    config: Config
    secret_key: str = field(repr=False)
    storage: Storage
    lookups: Lookups
    cache: Cache
    publisher: EventPublisher
    limiter: RateLimiter
    clock: Clock
    new_id: NewId
    gauges: Gauges

"""A service context for tests that build services without a server."""

from config.schema import AuthSettings, Config, LimitsSettings, PresenceSettings, RoomsSettings, ServerSettings
from domain import ids
from domain.clock import SystemClock
from runtime.cache import Cache
from runtime.rate_limits import RateLimiter
from services.context import ServiceContext
from storage.lookups import Lookups

SECRET = "a secret that is only for tests, and long"
NEVER = 1e9
"""Seconds: later than any test ends."""


def service_context(storage, publisher, *, clock=None, new_id=ids.new_id, cache=None, **settings) -> ServiceContext:
    """Return a context on an open storage, without rates.

    Args:
        storage: any storage, or what stands for one.
        publisher: what stands for the publisher.
        clock: the system's, if none is given.
        new_id: makes ids.
        cache: for the lookups; else a new one.
        settings: `grace`, `away_after` and `flush_every` in seconds, `retention_days`.
    """
    cache = cache or Cache(ttl=3600)
    presence = {name: settings.pop(name, NEVER) for name in ("grace", "away_after", "flush_every")}
    config = Config(
        server=ServerSettings(environment="test"),
        auth=AuthSettings(secret=SECRET, refresh_lifetime=NEVER, session_lifetime=NEVER, token_lifetime=3600),
        presence=PresenceSettings(**presence),
        limits=LimitsSettings(enabled=False),
        rooms=RoomsSettings(**settings),
    )
    return ServiceContext(
        config=config,
        secret_key=SECRET,
        storage=storage,
        lookups=Lookups(storage, cache),
        cache=cache,
        publisher=publisher,
        limiter=RateLimiter({}, enabled=False),
        clock=clock or SystemClock(),
        new_id=new_id,
        gauges={"connections": lambda: 0},
    )

"""Empty storages for benches of study time."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support import postgres_server

STORAGES = ("sqlite", "postgres")


@contextmanager
def empty_storage(kind: str) -> Iterator[tuple[str, postgres_server.Server | None]]:
    """Return the URL of an empty storage of a kind, and its server of PostgreSQL, which ends with the block."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/a.db", None
        return
    postgres = postgres_server.start()
    try:
        yield postgres.create_database(), postgres
    finally:
        postgres.stop()

"""Construction of the storage that the settings name."""

from config import Config
from storage.base import Storage
from storage.memory import MemoryStorage
from storage.postgres import PostgresStorage
from storage.sqlite import SqliteStorage


def create_storage(config: Config, *, create: bool = True) -> Storage:
    """Return the storage that `[storage] url` names, not yet open.

    Args:
        config: the settings.
        create: create a database that is missing when the storage is opened. If False, opening it raises
            `StorageUnusable`.
    """
    match config.storage.kind:
        case "memory":
            return MemoryStorage()
        case "sqlite":
            return SqliteStorage(config.storage.file, create=create)
        case "postgresql":
            return PostgresStorage(config.storage.url, create=create)

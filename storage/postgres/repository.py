"""Base class of the stores in PostgreSQL."""

from storage.postgres.database import PostgresDatabase


class PostgresRepository:
    """Store of one noun in a PostgreSQL database."""

    _database: PostgresDatabase

"""Statements and transactions on one connection of PostgreSQL."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar

import aiopg
import psycopg2
import psycopg2.errors

T = TypeVar("T")
Row: TypeAlias = tuple[Any, ...]

# Errors that mean that the database does not answer. TimeoutError is an OSError.
CONNECTION_ERRORS = (
    psycopg2.OperationalError,
    psycopg2.InterfaceError,
    psycopg2.errors.ReadOnlySqlTransaction,  # a standby, or a primary that has been replaced
    OSError,
)


class Statements:
    """Statements on one connection, acquired for one operation until its deadline."""

    def __init__(self, connection: aiopg.Connection, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline

    async def fetch(self, sql: str, *params: object) -> list[Row]:
        """Run one or more statements in one round trip; return the rows of the last, [] if it returns none.

        Each `%s` is a placeholder for one of `params`; without params, `%` is literal.
        """
        remaining = self._deadline - asyncio.get_running_loop().time()
        if remaining <= 0:
            raise TimeoutError
        async with self._connection.cursor(timeout=remaining) as cursor:
            try:
                await cursor.execute(sql, params or None)
                return await cursor.fetchall() if cursor.description else []
            finally:
                # It refers to the cursor: this reference cycle, with the statement's text, would wait for the GC.
                cursor._transaction = None  # type: ignore[assignment]  # noqa: SLF001

    async def fetch_one(self, sql: str, *params: object) -> Row | None:
        """Return the first row, or None."""
        rows = await self.fetch(sql, *params)
        return rows[0] if rows else None


class Transaction(Statements):
    """Statements of one transaction. BEGIN is sent with the first statement, in the same round trip."""

    _open = False

    async def fetch(self, sql: str, *params: object) -> list[Row]:
        """Run statements as `Statements.fetch` does, in the transaction."""
        begin, self._open = ("" if self._open else "BEGIN; "), True
        return await super().fetch(begin + sql, *params)

    async def finish(self, sql: str, *params: object) -> None:
        """Run the last statements and commit, in one round trip."""
        await self.fetch(f"{sql}; COMMIT", *params)
        self._open = False

    async def end(self, how: str) -> None:
        """Send `how`, COMMIT or ROLLBACK, if the transaction is open."""
        if self._open and not self._connection.closed:
            await super().fetch(how)
        self._open = False


async def transact(transaction: Transaction, work: Callable[[Transaction], Awaitable[T]]) -> T:
    """Return the result of `work` after COMMIT; ROLLBACK if it raises."""
    try:
        result = await work(transaction)
        await transaction.end("COMMIT")
    except Exception:
        with contextlib.suppress(*CONNECTION_ERRORS):
            await transaction.end("ROLLBACK")
        raise
    return result


def first_line(failure: BaseException) -> str:
    """Return the first line of an error's message, or the name of its class."""
    lines = str(failure).strip().splitlines()
    return lines[0].removeprefix("FATAL:").strip() if lines else type(failure).__name__

"""Password hashes (Argon2id)."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import argon2

from domain.errors.base import RateLimited
from runtime.load_shedding import LoadShedder
from services.accounts.tokens import MAX_QUEUE, MIN_QUEUE

T = TypeVar("T")

MAX_WAIT = 10.0
"""Maximum queueing delay of a hash in seconds. Above it, requests are rejected at once (load shedding)."""


class Passwords:
    """Argon2id in its own thread pool, because one hash takes about 100 ms of a core and would block the event loop.

    Args:
        threads: number of concurrent hashes; others are queued.
        cheap: use minimal parameters, only for tests; otherwise RFC 9106's second recommendation.
    """

    def __init__(self, threads: int = 1, *, cheap: bool = False) -> None:
        self._hasher = argon2.PasswordHasher(1, 8, 1) if cheap else argon2.PasswordHasher()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._dummy_hash: str | None = None
        self.load_shedder = LoadShedder(MAX_WAIT, MIN_QUEUE, MAX_QUEUE)
        """Admission control of hashes that wait for a thread."""

    async def hash(self, password: str) -> str:
        """Return the hash to store.

        Raises:
            RateLimited: the queue is full.
        """
        return await self._run_in_pool(lambda: self._hasher.hash(password))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Return True if the password is right. None, for an unknown email, is wrong after the same time.

        Raises:
            RateLimited: the queue is full.
        """
        if self._dummy_hash is None:  # always computed, so that the first unknown email does not cost two hashes
            self._dummy_hash = await self.hash(secrets.token_urlsafe())
        is_right = await self._verify(password_hash or self._dummy_hash, password)
        return is_right and password_hash is not None

    def needs_rehash(self, password_hash: str) -> bool:
        """Return True if the hash was made with other parameters than the current ones."""
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        """Stop the thread pool."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _verify(self, password_hash: str, password: str) -> bool:
        def check() -> bool:
            try:
                return self._hasher.verify(password_hash, password)
            except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
                return False

        return await self._run_in_pool(check)

    async def _run_in_pool(self, work: Callable[[], T]) -> T:
        if self.load_shedder.is_overloaded:
            raise RateLimited(MAX_WAIT)
        running = asyncio.get_running_loop().run_in_executor(self._pool, work)
        self.load_shedder.enter()
        running.add_done_callback(lambda _: self.load_shedder.leave())
        return await running

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
"""Seconds that a password may expect to wait for its hash; where it would be more it is refused at once."""


class Passwords:
    """argon2id in a pool of its own: one hash takes some 100 ms of a core, which the event loop does not have.

    Args:
        threads: how many hashes run at once; the others wait.
        cheap: hash at next to no cost, for tests alone; else as RFC 9106's second recommendation.
    """

    def __init__(self, threads: int = 1, *, cheap: bool = False) -> None:
        self._hasher = argon2.PasswordHasher(1, 8, 1) if cheap else argon2.PasswordHasher()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._dummy_hash: str | None = None
        self._load_shedder = LoadShedder(MAX_WAIT, MIN_QUEUE, MAX_QUEUE)

    async def hash(self, password: str) -> str:
        """Return the hash to keep.

        Raises:
            RateLimited: too many wait for theirs.
        """
        return await self._run_in_pool(lambda: self._hasher.hash(password))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Say whether the password is right. With None, as for an unknown email, it is wrong, but as slowly.

        Raises:
            RateLimited: too many wait for theirs.
        """
        if self._dummy_hash is None:  # also where it is not needed: the first unknown email, too, is to cost one hash
            self._dummy_hash = await self.hash(secrets.token_urlsafe())
        is_right = await self._verify(password_hash or self._dummy_hash, password)
        return is_right and password_hash is not None

    def needs_rehash(self, password_hash: str) -> bool:
        """Say whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _verify(self, password_hash: str, password: str) -> bool:
        def check() -> bool:
            try:
                return self._hasher.verify(password_hash, password)
            except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
                return False

        return await self._run_in_pool(check)

    async def _run_in_pool(self, work: Callable[[], T]) -> T:
        if self._load_shedder.is_overloaded:
            raise RateLimited(MAX_WAIT)
        running = asyncio.get_running_loop().run_in_executor(self._pool, work)
        self._load_shedder.enter()
        running.add_done_callback(lambda _: self._load_shedder.leave())
        return await running

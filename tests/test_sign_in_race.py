"""A sign-in that is ended while somebody comes in with it."""

import asyncio

import pytest

from app_keys import ACCOUNTS
from errors import NotSignedIn
from storage.memory import MemoryStorage


async def test_who_is_signed_out_while_coming_in_stays_outside(school, monkeypatch):
    ada = await school.person()
    accounts = school.app[ACCOUNTS]
    identity = await accounts.authenticate(ada.token)
    asked, go = asyncio.Event(), asyncio.Event()
    read_user = MemoryStorage.user

    async def slow_user(self, user_id):
        asked.set()
        await go.wait()
        return await read_user(self, user_id)

    await accounts._storage._cache.invalidate_cache(f"user:{ada.id}")
    monkeypatch.setattr(MemoryStorage, "user", slow_user)
    coming_in = asyncio.create_task(accounts.authenticate(ada.token))
    await asked.wait()  # the sign-in was read, and was good

    await accounts.logout(identity)
    go.set()

    with pytest.raises(NotSignedIn):
        await coming_in

"""A sign-in that is ended while somebody comes in with it."""

import asyncio

import pytest

from domain.errors.accounts import NotSignedIn
from storage.memory import MemoryStorage


async def test_who_is_signed_out_while_coming_in_stays_outside(school, monkeypatch):
    ada = await school.person()
    sign_ins = school.services.sessions
    identity = await sign_ins.authenticate(ada.token)
    asked, go = asyncio.Event(), asyncio.Event()
    read_user = MemoryStorage.user

    async def slow_user(self, user_id):
        asked.set()
        await go.wait()
        return await read_user(self, user_id)

    await school.services.ctx.cache.invalidate_cache(f"user:{ada.id}")
    monkeypatch.setattr(MemoryStorage, "user", slow_user)
    coming_in = asyncio.create_task(sign_ins.authenticate(ada.token))
    await asked.wait()  # the sign-in was read, and was good

    await sign_ins.revoke(identity.session_id)
    go.set()

    with pytest.raises(NotSignedIn):
        await coming_in

"""Renewal of the sign-in by the page."""

import asyncio

import pytest

from tests.support.browser import opened

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_reload_during_a_renewal_keeps_the_sign_in(chromium):
    async with opened(chromium, auth_token_lifetime=6) as hall:
        ada = await hall.member("Ada Okafor")
        room = await ada.account.opens("Calculus")
        await ada.page.goto(f"/rooms/{room}")
        traded = asyncio.Event()

        async def lose_the_answer(route):
            await route.fetch()
            traded.set()

        await ada.page.route("**/api/auth/refresh", lose_the_answer, times=1)
        async with asyncio.timeout(20):
            await traded.wait()
        async with ada.page.expect_response(lambda answer: answer.url.endswith("/api/auth/refresh")) as again:
            await ada.page.reload()
        assert (await again.value).status == 200
        await ada.says("one")
        await ada.reads("one")

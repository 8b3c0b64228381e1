"""The page in browsers whose stores and locks are denied, late or silent."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests.support.browser import opened

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

RAW = re.compile(r"The request was denied|SecurityError|QuotaExceeded|went wrong")
STORES = {
    # Chromium with "block all cookies" for the site
    "denied": """(() => {
        const denied = () => { throw new DOMException("The request was denied.", "SecurityError"); };
        for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get: denied });
        IDBFactory.prototype.open = denied;
        LockManager.prototype.request = async () => denied();
    })()""",
    "refusing": """(() => {
        const full = () => { throw new DOMException("The quota has been exceeded.", "QuotaExceededError"); };
        Storage.prototype.setItem = full;
        const open = IDBFactory.prototype.open;
        IDBFactory.prototype.open = function (...given) {
            const real = open.apply(this, given), asked = { error: new DOMException("The request was denied.") };
            real.onsuccess = real.onerror = () => asked.onerror?.({ target: asked });
            return asked;
        };
        LockManager.prototype.request = undefined;
    })()""",
    "silent": """(() => {
        IDBFactory.prototype.open = () => ({});
        LockManager.prototype.request = () => new Promise(() => {});
    })()""",
    "late": """(() => {
        const { open } = IDBFactory.prototype, { request } = LockManager.prototype;
        IDBFactory.prototype.open = function (...given) {
            const real = open.apply(this, given), asked = {};
            real.onupgradeneeded = () => real.result.createObjectStore("shared");
            real.onsuccess = () => setTimeout(() => {
                asked.result = real.result;
                asked.onsuccess();
            }, 4000);
            return asked;
        };
        LockManager.prototype.request = async function (...given) {
            await new Promise((done) => setTimeout(done, 4000));
            return request.apply(this, given);
        };
    })()""",
    "damaged": """
        localStorage.setItem("studyhall.session", '{"token": 5, "user": "Ada"}');
    """,
}


async def uses_the_page(hall, room, stores):
    ada = await hall.somebody(f"Ada {stores.title()}")
    ada.account = await hall.api.person("Ada", stores.title())
    await ada.account.joins(room)
    if stores == "damaged":  # once: what the page stores then is whole
        await ada.page.goto("/dashboard")
        await ada.page.evaluate(STORES[stores])
    else:
        await ada.context.add_init_script(STORES[stores])
    renewals = asyncio.Queue()
    ada.page.on("response", lambda answer: answer.url.endswith("/refresh") and renewals.put_nowait(answer.status))
    connections = asyncio.Queue()
    ada.page.on("websocket", connections.put_nowait)
    await ada.signs_in(f"/rooms/{room}")
    await ada.says(f"{stores} one")
    await expect(ada.words.filter(has_text=f"{stores} one")).to_have_count(1)
    async with asyncio.timeout(40):
        assert [await renewals.get(), await renewals.get()] == [200, 200]
    # what was begun outlives another view, as long as the page is open
    await ada.composer.fill("half a thought")
    await ada.page.get_by_role("navigation", name="Main").get_by_role("link", name="Home").click()
    await expect(ada.page.get_by_role("heading", name="Recent messages")).to_be_visible()
    await ada.page.go_back()
    await expect(ada.composer).to_have_value("half a thought")
    await ada.says(f"{stores} two")
    await expect(ada.words.filter(has_text=f"{stores} two")).to_have_count(1)
    await ada.has_sent_everything()
    await expect(ada.page.get_by_text(RAW)).to_have_count(0)
    await expect(ada.page.get_by_role("dialog")).to_have_count(0)
    assert connections.qsize() == 1
    await ada.page.reload()
    if stores in {"denied", "refusing"}:
        await expect(ada.page.get_by_role("button", name="Sign in")).to_be_visible()
    else:
        await expect(ada.words.filter(has_text=f"{stores} two")).to_have_count(1)


async def test_stores_that_fail_leave_a_page_that_works(chromium):
    async with opened(chromium, auth_token_lifetime=12) as hall:
        ben = await hall.api.person("Ben")
        room = await ben.opens("Calculus")
        async with asyncio.TaskGroup() as group:
            for stores in STORES:
                group.create_task(uses_the_page(hall, room, stores))

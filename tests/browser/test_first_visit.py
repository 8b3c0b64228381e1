"""A first visit: few requests, few bytes, an outline until the scripts run, and a page that can be installed."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.support.browser import NO_CONNECTION
from tests.support.bundle import bundle

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

MAX_REQUESTS = 8
MAX_BYTES = 90_000


@pytest.mark.parametrize("path", ["/", "/rooms/0198c0de-0000-7000-8000-000000000000"])
@pytest.mark.parametrize("language", ["en", "de"])
async def test_first_visit_takes_few_requests_and_bytes(hall, language, path):
    ada = await hall.somebody(locale=language)
    tools = await ada.context.new_cdp_session(ada.page)
    await tools.send("Network.enable")
    asked, received = [], []
    tools.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    tools.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))

    await ada.page.goto(path, wait_until="networkidle")

    assert await ada.page.evaluate("document.documentElement.lang") == language
    await expect(ada.page.get_by_role("heading", level=1)).to_be_visible()
    assert f"{ada.url}/assets/{bundle()['entry']}" in asked
    assert len(asked) <= MAX_REQUESTS, asked
    assert len(received) == len(asked)
    assert sum(received) <= MAX_BYTES


async def test_outline_is_shown_until_the_scripts_run(hall):
    ada = await hall.somebody()
    released = asyncio.Event()

    async def hold(route):
        await released.wait()
        await route.continue_()

    await ada.context.route(f"**/assets/{bundle()['entry']}", hold)
    await ada.page.goto("/", wait_until="commit")
    skeleton = ada.page.locator(".app-skeleton")
    await expect(skeleton).to_be_visible()
    await expect(skeleton.locator(".brand")).to_have_text("Studyhall")
    await expect(ada.page.get_by_text("Studyhall has not started")).to_be_hidden()
    released.set()
    await expect(ada.page.get_by_role("heading", level=1)).to_be_visible()
    await expect(skeleton).to_have_count(0)


async def test_outline_makes_way_for_the_message_that_the_page_failed(hall):
    ada = await hall.somebody()
    ada.expects(NO_CONNECTION)
    await ada.context.route(f"**/assets/{bundle()['entry']}", lambda route: route.abort())
    await ada.page.goto("/")
    await expect(ada.page.get_by_text("Studyhall has not started")).to_be_visible()
    await expect(ada.page.locator(".app-skeleton")).to_be_hidden()


async def test_page_can_be_installed(hall):
    ada = await hall.somebody()
    await ada.page.goto("/rooms")
    tools = await ada.context.new_cdp_session(ada.page)
    manifest = await tools.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"] == f"{ada.url}/assets/{bundle()['languages'][0]['webmanifest']}"
    said = await ada.page.evaluate(
        """async (url) => {
            const manifest = await (await fetch(url)).json();
            const icons = await Promise.all(manifest.icons.map(({ src }) => fetch(new URL(src, url))));
            const statuses = icons.map(({ status }) => status);
            return [new URL(manifest.start_url, url).href, new URL(manifest.scope, url).href, ...new Set(statuses)];
        }""",
        manifest["url"],
    )
    assert said == [f"{ada.url}/", f"{ada.url}/", 200]
    errors = (await tools.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    assert [error["errorId"] for error in errors if error["errorId"] != "in-incognito"] == []

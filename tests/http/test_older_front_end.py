"""A front end that was written for the older Node backend, in a browser and on another origin."""

from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from playwright.async_api import expect

from tests.support.browser import launched, opened
from tests.support.paths import ROOT
from tests.support.ports import lasting_port
from tests.support.served import PASSWORD, served

pytestmark = pytest.mark.slow

FRONT_END = ROOT / "tests" / "older_front_end"
CLIENT = ROOT / "web/node_modules/socket.io-client/dist/socket.io.min.js"


@asynccontextmanager
async def front_end(port):
    """Serve the front end's files at an address of its own."""
    app = web.Application()
    for name, file in (
        ("", FRONT_END / "index.html"),
        ("app.js", FRONT_END / "app.js"),
        ("socket.io.min.js", CLIENT),
    ):
        app.router.add_get(f"/{name}", _answering(file))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "localhost", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


def _answering(file):
    async def answer(_):
        return web.FileResponse(file)

    return answer


async def test_older_front_end_shows_every_view_and_talks_live():
    port = lasting_port()
    origin = f"http://localhost:{port}"
    settings = {"cors_origins": origin, "compatibility_new_message": True}
    async with front_end(port), launched() as browser, opened(browser, **settings) as hall:
        ada, ben = await hall.api.person("Ada"), await hall.api.person("Ben")
        room = await ada.opens("Calculus", subject="Maths")
        await ada.opens("Algebra")
        await ben.joins(room)
        for number in range(60):
            await ada.post(f"/api/study-rooms/{room}/messages", {"content": f"No. {number}"})
        person = await hall.somebody("Ben Okafor")
        page = person.page
        await page.goto(f"{origin}/?server={hall.api.url.replace('127.0.0.1', 'localhost')}")

        await page.get_by_label("email").fill("ben.okafor@example.org")
        await page.get_by_label("password").fill("something else")
        person.expects("401")
        await page.get_by_role("button", name="Login").click()
        await expect(page.get_by_role("alert")).to_contain_text("password")
        await page.get_by_label("password").fill(PASSWORD)
        await page.get_by_role("button", name="Login").click()

        await expect(page.get_by_role("heading", level=1)).to_have_text("Welcome back, Ben!")
        await expect(page.get_by_role("listitem")).to_have_text(["Calculus: 0 active / 2 members"])
        for none in ("No events", "No resources", "No notifications"):
            await expect(page.get_by_text(none)).to_be_visible()

        await page.get_by_role("button", name="All rooms").click()
        await expect(page.get_by_text("Calculus by Ada Okafor: 2 members, 0 resources")).to_be_visible()
        await expect(page.get_by_text("Algebra by Ada Okafor: 1 members, 0 resources")).to_be_visible()

        await page.get_by_role("button", name="Open Calculus").click()
        await expect(page.get_by_text("Owner: Ada Okafor")).to_be_visible()
        await expect(page.get_by_role("region", name="Members").get_by_role("listitem")).to_have_text(
            ["Ada Okafor owner", "Ben Okafor member"]
        )
        log = page.get_by_role("list", name="Chat").get_by_role("listitem")
        await expect(log).to_have_text([f"Ada Okafor: No. {number}" for number in range(10, 60)])
        await page.get_by_role("button", name="Load more").click()
        await expect(log).to_have_count(60)
        await expect(page.get_by_role("button", name="Load more")).to_be_hidden()

        await expect(page.get_by_label("Online")).to_have_text("Ben Okafor active")
        chat = await ada.chat(room)
        await expect(page.get_by_label("Online")).to_have_text("Ben Okafor active, Ada Okafor active")
        await chat.call("update-status", {"roomId": room, "status": "busy"})
        await expect(page.get_by_label("Online")).to_have_text("Ben Okafor active, Ada Okafor busy")
        await page.get_by_label("Message").fill("Hello from then")
        await page.get_by_role("button", name="Send").click()
        await chat.hears("message", lambda message: message["content"] == "Hello from then")
        await chat.call("send-message", {"roomId": room, "content": "Hello from now"})
        await expect(log.nth(60)).to_have_text("Ben Okafor: Hello from then")
        await expect(log.nth(61)).to_have_text("Ada Okafor: Hello from now")
        await expect(log).to_have_count(62)
        await chat.call("leave-room", room)
        await expect(page.get_by_label("Online")).to_have_text("Ben Okafor active")
        await chat.close()


async def test_new_message_is_off_unless_set():
    async with served() as school:
        ada = await school.person()
        room = await ada.opens()
        chat = await ada.chat(room)
        await chat.call("send-message", {"roomId": room, "content": "Hi"})
        await chat.call("leave-room", room)  # whatever was sent before is received by now
        assert [event for event, *_ in chat.heard if "message" in event] == ["message"]


async def test_new_message_repeats_each_message_in_order():
    async with served(environ={"STUDYHALL_COMPATIBILITY_NEW_MESSAGE": "true"}) as school:
        ada = await school.person()
        room = await ada.opens()
        chat = await ada.chat(room)
        for content in ("one", "two"):
            await chat.call("send-message", {"roomId": room, "content": content})
        await chat.hears("new-message", lambda message: message["content"] == "two")
        said = [(event, arguments[0]["content"]) for event, *arguments in chat.heard if "message" in event]
        assert said == [("message", "one"), ("new-message", "one"), ("message", "two"), ("new-message", "two")]
        assert chat.of("new-message") == chat.of("message")

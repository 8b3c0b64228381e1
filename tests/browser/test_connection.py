"""The page and its connection: what is written arrives once, whatever happens to it."""

import asyncio
import re
from signal import SIGKILL, SIGTERM

import pytest
from playwright.async_api import expect

from tests.support.browser import NO_CONNECTION, PASSWORD, opened
from tests.support.cable import Cable

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

AGAIN = 20_000
"""Milliseconds in which a page comes back: its pauses grow up to eight seconds."""


async def both_read(people, *texts):
    """See the same talk on every page, and on every page when it is loaded anew."""
    for person in people:
        await expect(person.words).to_have_text(texts, timeout=AGAIN)
        await person.reads(*texts)
    for person in people:
        await person.page.reload()
        await person.reads(*texts)


@pytest.mark.parametrize("how", [SIGKILL, SIGTERM], ids=lambda how: how.name)
async def test_what_is_written_while_the_server_restarts_arrives_once(chromium, tmp_path, how):
    async with opened(chromium, f"sqlite:///{tmp_path / 'studyhall.db'}") as hall:
        ada = await hall.member("Ada Okafor")
        room = await ada.account.opens("Calculus")
        ben = await hall.member("Ben Lindqvist", room)
        await ada.page.goto(f"/rooms/{room}")
        people = (ada, ben)
        for person in people:
            person.expects(NO_CONNECTION)
        await ada.says("before")
        await both_read(people, "before")

        await asyncio.gather(hall.stop(how), *(ada.says(f"during {number}") for number in range(1)))
        await ada.says("while it is down")
        await ben.composer.fill("half a thought")
        await expect(ada.page.get_by_role("status").filter(has_text="The connection is lost")).to_be_visible()
        await expect(ada.talk.get_by_text("Waiting for the connection").first).to_be_visible()
        await hall.start()

        texts = "before", "during 0", "while it is down"
        for person in people:
            await expect(person.words).to_have_text(texts, timeout=AGAIN)
        await expect(ben.composer).to_have_value("half a thought")
        await expect(ada.page.get_by_text("The connection is lost")).to_have_count(0)
        await both_read(people, *texts)


async def test_who_goes_offline_reads_what_was_missed_and_is_heard_when_back(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    await ada.page.goto(f"/rooms/{room}")
    ada.expects(NO_CONNECTION)
    await ada.says("one")
    await ben.reads("one")

    await ada.context.set_offline(True)
    await expect(ada.page.get_by_role("status").filter(has_text="You are offline")).to_be_visible()
    await ben.says("two")
    await ada.says("three")
    await ada.says("four")
    await expect(ada.words).to_have_text(["one", "three", "four"])
    await ada.page.wait_for_timeout(500)
    await expect(ben.words).to_have_text(["one", "two"])
    await ada.context.set_offline(False)

    await both_read((ada, ben), "one", "two", "three", "four")


@pytest.mark.parametrize("silently", [False, True], ids=["cut", "without a word"])
async def test_a_cable_that_is_pulled_out_costs_nothing(chromium, silently):
    async with (
        opened(chromium, socket_ping_interval=1, socket_ping_timeout=1) as hall,
        Cable(hall.port).laid() as cable,
    ):
        ada = await hall.member("Ada Okafor", port=cable.port)
        room = await ada.account.opens("Calculus")
        ben = await hall.member("Ben Lindqvist", room)
        await ada.page.goto(f"/rooms/{room}")
        ada.expects(NO_CONNECTION, "400")  # a busy server may end the connection first
        await ada.says("one")
        await ben.reads("one")

        cable.pull_out()
        if not silently:
            cable.cut()
        await ben.says("two")
        await ada.says("three")
        await expect(ada.page.get_by_role("status").filter(has_text="The connection is lost")).to_be_visible()
        cable.plug_in()

        await both_read((ada, ben), "one", "two", "three")


DEAF = """(() => {
    const own = new Map(), { getItem, setItem } = Storage.prototype;
    Storage.prototype.getItem = function (key) {
        if (!own.has(key)) own.set(key, getItem.call(this, key));
        return own.get(key);
    };
    Storage.prototype.setItem = function (key, value) {
        own.set(key, value);
        setItem.call(this, key, value);
    };
    addEventListener("storage", (event) => event.stopImmediatePropagation(), true);
})()"""


@pytest.mark.parametrize(
    ("host", "is_deaf"),
    [
        pytest.param("localhost", False, id="heard of at once"),
        pytest.param("localhost", True, id="heard of late"),
        pytest.param("school.test", True, id="heard of late, without TLS"),
    ],
)
async def test_a_token_is_renewed_without_a_word_and_every_tab_keeps_its_connection(chromium, host, is_deaf):
    async with opened(chromium, auth_token_lifetime=8) as hall:
        ada = await hall.member("Ada Okafor", host=host)
        room = await ada.account.opens("Calculus")
        if is_deaf:  # what other tabs write to localStorage comes late, where the machine is busy
            await ada.context.add_init_script(DEAF)
        other = await ada.context.new_page()
        tabs = [Frames(ada.page), Frames(other)]
        for page in (ada.page, other):
            await page.goto(f"/rooms/{room}")
        async with ada.context.expect_event("response", renewal), asyncio.timeout(AGAIN / 1000):
            await ada.says("one")
        for tab in tabs:
            await tab.hands_over_a_token()
        async with ada.context.expect_event("response", renewal), asyncio.timeout(AGAIN / 1000):
            await ada.says("two")
        for tab in tabs:
            await tab.hands_over_a_token()
        assert [tab.connections for tab in tabs] == [1, 1]
        await ada.page.get_by_role("navigation", name="Main").get_by_role("link", name="Home").click()
        await expect(ada.page.get_by_text("Recent messages")).to_be_visible()
        await ada.page.go_back()
        await ada.reads("one", "two")
        assert tabs[0].connections == 1


def renewal(response):
    return response.url.endswith("/api/auth/refresh") and response.status == 200


class Frames:
    """Frames that a page sends over WebSockets, and the number of WebSockets opened."""

    def __init__(self, page):
        self.connections = 0
        self._tokens = asyncio.Queue()
        page.on("websocket", self._opened)

    def _opened(self, socket):
        self.connections += 1
        socket.on("framesent", self._sent)

    def _sent(self, frame):
        if '"refresh-token"' in str(frame):
            self._tokens.put_nowait(frame)

    async def hands_over_a_token(self):
        async with asyncio.timeout(AGAIN / 1000):
            await self._tokens.get()


async def test_a_sign_in_that_ran_out_asks_for_the_password_and_keeps_the_draft(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    await ada.page.goto(f"/rooms/{room}")
    ada.expects("401", NO_CONNECTION)
    await ada.says("one")
    await ada.reads("one")
    await ada.composer.fill("half a thought")

    # elsewhere she changes her password, to the same one: every other sign-in is over
    answer = await ada.account.put("/api/auth/password", {"currentPassword": PASSWORD, "newPassword": PASSWORD})
    assert answer.status == 200
    dialog = ada.page.get_by_role("dialog", name="Sign in again")
    await expect(dialog).to_be_visible(timeout=AGAIN)
    await ada.page.go_back()
    await expect(dialog).to_be_visible()
    await expect(ada.page).to_have_url(f"{ada.url}/rooms/{room}")
    await ben.says("two")
    await dialog.get_by_label("Password of").fill("wrong, wrong, wrong")
    await dialog.get_by_role("button", name="Sign in").click()
    await expect(dialog.get_by_text("This is not your password.")).to_be_visible()
    await expect(dialog.get_by_label("Password of")).to_be_focused()
    await dialog.get_by_label("Password of").fill(PASSWORD)
    await dialog.get_by_role("button", name="Sign in").click()

    await expect(dialog).to_have_count(0)
    await expect(ada.words).to_have_text(["one", "two"], timeout=AGAIN)
    await expect(ada.composer).to_have_value("half a thought")
    await ada.composer.press("Enter")
    await both_read((ada, ben), "one", "two", "half a thought")


async def test_who_says_too_much_waits_and_loses_nothing(chromium):
    async with opened(chromium, limits_enabled="true", limits_messages="3/9 seconds") as hall:
        ada = await hall.member("Ada Okafor")
        room = await ada.account.opens("Calculus")
        await ada.page.goto(f"/rooms/{room}")
        texts = [f"message {number}" for number in range(5)]
        for text in texts:
            await ada.says(text)
        await expect(ada.talk.get_by_text(re.compile(r"sent in \d second", re.IGNORECASE)).first).to_be_visible()
        await ada.composer.fill("the next one")

        await expect(ada.words).to_have_text(texts, timeout=AGAIN)
        await expect(ada.talk.get_by_text(re.compile(r"sent in \d second", re.IGNORECASE))).to_have_count(
            0, timeout=AGAIN
        )
        await ada.reads(*texts)
        await expect(ada.composer).to_have_value("the next one")


async def test_refused_message_stays_with_a_reason_and_can_be_tried_again(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await ada.has_a_refused_message(room, "one")
    refused = ada.talk.get_by_role("alert")
    await expect(refused).to_contain_text("Not sent. There was no room.")
    await refused.get_by_role("button", name="Try again").click()
    await ada.reads("once more")

    await ada.has_a_refused_message(room, "two")
    await refused.get_by_role("button", name="Delete").click()
    await ada.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await ada.reads("once more")


async def test_a_view_that_cannot_be_fetched_says_so_and_loses_nothing(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    await ada.composer.fill("half a thought")
    ada.expects(NO_CONNECTION, "Failed to fetch dynamically imported module")
    await ada.context.route("**/assets/account-*.js", lambda route: route.abort())
    await ada.page.get_by_role("link", name="Account of").click()
    await expect(ada.page.get_by_role("alert")).to_contain_text("could not be loaded")
    await ada.context.unroute("**/assets/account-*.js")

    await ada.page.get_by_role("button", name="Load the page again").click()

    await expect(ada.page.get_by_role("heading", name="Your account")).to_be_visible()
    await ada.page.goto(f"/rooms/{room}")
    await expect(ada.composer).to_have_value("half a thought")

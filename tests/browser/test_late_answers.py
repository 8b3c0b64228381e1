"""Answers that arrive late: they are older than the events that arrived before them, and do not undo them."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests.browser.test_account_invites import an_admin
from tests.support.browser import NO_CONNECTION, PASSWORD, opened

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

ROOMS = re.compile(r"/api/study-rooms\?limit=1$")
DESK = re.compile(r"/api/dashboard$")
NOTICES = re.compile(r"/api/announcements$")
PERSONAL = "40{"
"""The first frame of the namespace "/": from here on its events arrive."""


class Frames:
    """Frames that a page received over its WebSockets."""

    def __init__(self, page):
        self._frames = []
        self._more = asyncio.Event()
        page.on("websocket", lambda socket: socket.on("framereceived", self._received))

    def _received(self, frame):
        self._frames.append(str(frame))
        self._more.set()

    async def have(self, part):
        """Wait until a frame with this part was received."""
        async with asyncio.timeout(10):
            while not any(part in frame for frame in self._frames):
                self._more.clear()
                await self._more.wait()


class HeldBack:
    """One answer of the server, which is from when it was asked for and arrives when it is released."""

    def __init__(self, page, address):
        self.asked = asyncio.Event()
        self.released = asyncio.Event()
        self.arrived = asyncio.Event()
        self._page = page
        self._address = address

    async def __aenter__(self):
        await self._page.route(self._address, self._hold, times=1)
        return self

    async def __aexit__(self, *exception):
        self.released.set()
        async with asyncio.timeout(10):
            await self.arrived.wait()

    async def _hold(self, route):
        answer = await route.fetch()
        self.asked.set()
        await self.released.wait()
        await route.fulfill(response=answer)
        self.arrived.set()


async def settles(page, to):
    """Open a view, and wait until nothing that the page asks for at its start is on its way."""
    lists = []  # one at once, and one when events arrive
    frames = Frames(page)

    def is_second(answer):
        if ROOMS.search(answer.url):
            lists.append(answer)
        return len(lists) == 2

    async with page.expect_response(is_second) as second:
        await page.goto(to)
    await (await second.value).finished()
    await frames.have(PERSONAL)
    return frames


async def test_older_answer_does_not_bring_back_an_older_name(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    await ada.page.goto(f"/rooms/{room}")
    await ada.says("one")

    frames = await settles(ben.page, f"/rooms/{room}")
    await ben.reads("one")
    async with HeldBack(ben.page, DESK) as held:
        await ben.page.get_by_role("link", name="Home").click()
        await held.asked.wait()
        await ada.account.put("/api/auth/me", {"firstName": "Grace", "lastName": "Hopper"})
        await frames.have("Grace Hopper")

    await expect(ben.page.locator(".recent-messages").get_by_text("Grace Hopper").first).to_be_visible()
    await expect(ben.page.locator(".room-row-facts")).to_contain_text("Grace")
    await expect(ben.page.get_by_text("Ada")).to_have_count(0)


async def test_older_list_does_not_bring_back_a_deleted_room(hall):
    ada = await hall.api.person("Ada", "Okafor")
    kept, gone = await ada.opens("Calculus"), await ada.opens("Botany")
    ben = await hall.member("Ben Lindqvist", kept)
    await ben.account.joins(gone)

    frames = await settles(ben.page, "/account")
    async with HeldBack(ben.page, ROOMS) as held:
        await ben.page.get_by_role("link", name="Rooms", exact=True).click()
        await held.asked.wait()
        await ada.delete(f"/api/study-rooms/{gone}")
        await frames.have("room-deleted")

    mine = ben.page.get_by_role("region", name="My rooms")
    await expect(mine.get_by_text("Calculus")).to_be_visible()
    await expect(mine.get_by_text("Botany")).to_have_count(0)


async def test_older_list_does_not_undo_the_number_of_members(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben, chiara = await hall.api.person("Ben", "Lindqvist"), await hall.api.person("Chiara", "Rossi")
    await ben.joins(room)

    frames = await settles(ada.page, "/account")
    async with HeldBack(ada.page, ROOMS) as held:
        await ada.page.get_by_role("link", name="Rooms", exact=True).click()
        await held.asked.wait()
        await chiara.joins(room)
        await frames.have("member-joined")

    await expect(ada.page.get_by_role("region", name="My rooms").get_by_text("3 members")).to_be_visible()


async def test_answers_for_a_user_who_left_are_not_shown_to_the_next(hall):
    ada = await hall.member("Ada Okafor")
    await ada.account.opens("Calculus")
    ben = await hall.api.person("Ben", "Lindqvist")
    async with HeldBack(ada.page, DESK) as desk, HeldBack(ada.page, ROOMS) as rooms:
        await ada.page.goto("/dashboard")
        await desk.asked.wait()
        await rooms.asked.wait()
        for address in (DESK, ROOMS):
            await ada.page.route(address, lambda _: asyncio.Event().wait())
        await ada.page.evaluate("document.body.dataset.page = 'same'")
        await ada.page.get_by_role("link", name="Account of Ada Okafor").click()
        await ada.page.get_by_role("button", name="Sign out").first.click()
        await ada.page.get_by_role("link", name="Sign in").first.click()
        await ada.page.get_by_label("Email").fill(ben.user["email"])
        await ada.page.get_by_label("Password").fill(PASSWORD)
        await ada.page.get_by_role("button", name="Sign in").click()
        await expect(ada.page.get_by_role("heading", name="Ben")).to_be_visible()
    assert await ada.page.evaluate("document.body.dataset.page") == "same"
    await expect(ada.page.get_by_text("Calculus")).to_have_count(0)


async def announces(head, words):
    await head.page.goto("/admin/announcements")
    await head.page.get_by_label("Text for all users").fill(words)
    await head.page.get_by_role("button", name="Announce").click()
    await expect(head.page.get_by_role("list", name="Announcements").get_by_text(words)).to_be_visible()


async def ends(head):
    await head.page.get_by_role("button", name="End").click()
    await head.page.get_by_role("button", name="End announcement").click()
    await expect(head.page.get_by_role("list", name="Announcements")).to_have_count(0)


async def test_older_list_does_not_bring_back_an_ended_announcement(chromium):
    async with opened(chromium) as hall:
        head, ben = await an_admin(hall), await hall.member("Ben Lindqvist")
        await announces(head, "Old news")
        frames = Frames(ben.page)
        async with HeldBack(ben.page, NOTICES) as held:
            await ben.page.goto("/account")
            await held.asked.wait()
            await frames.have(PERSONAL)
            await ends(head)
            await frames.have("announcement-ended")
        await expect(ben.page.get_by_role("heading", name="Your account")).to_be_visible()
        await expect(ben.page.get_by_text("Old news")).to_have_count(0)


async def test_announcement_ended_during_an_absence_is_gone_afterwards(chromium):
    async with opened(chromium) as hall:
        head, ben = await an_admin(hall), await hall.member("Ben Lindqvist")
        await announces(head, "Old news")
        await ben.page.goto("/dashboard")
        await expect(ben.page.get_by_text("Old news")).to_be_visible()
        ben.expects(NO_CONNECTION)
        await ben.context.set_offline(True)
        await expect(ben.page.get_by_role("status").filter(has_text="You are offline")).to_be_visible()
        await ends(head)
        await ben.context.set_offline(False)
        await expect(ben.page.get_by_text("Old news")).to_have_count(0)


class HeldAck:
    """The ack of the first `join-room` of a page, held back while the events behind it arrive."""

    def __init__(self):
        self.asked = asyncio.Event()
        self.joined = asyncio.Event()
        self._ack = None

    def connect(self, socket):
        """Pass on what the page and the server send, but for that ack."""
        server = socket.connect_to_server()
        socket.on_message(server.send)

        def received(frame):
            if not self.asked.is_set() and '"missed"' in str(frame):
                self._ack = lambda: socket.send(frame)
                self.asked.set()
                return
            socket.send(frame)
            if "member-updated" in str(frame):
                self.joined.set()

        server.on_message(received)

    def release(self):
        """Pass the ack on."""
        self._ack()


async def test_member_who_joins_before_a_room_is_loaded_is_listed(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ack = HeldAck()
    await ada.page.route_web_socket(re.compile("/socket.io/"), ack.connect)
    async with asyncio.timeout(10):
        await ada.page.goto(f"/rooms/{room}")
        await ack.asked.wait()
        await (await hall.api.person("Ben", "Lindqvist")).joins(room)
        await ack.joined.wait()
    ack.release()
    people = ada.page.get_by_role("complementary", name="People")
    await expect(people.get_by_text("Ben Lindqvist")).to_be_visible()
    await expect(people.get_by_text("Ada Okafor").first).to_be_visible()

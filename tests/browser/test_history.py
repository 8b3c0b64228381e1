"""A long conversation: ten thousand messages, of which a part stands in the page, and reading never jumps."""

import asyncio
import re
import time
from types import SimpleNamespace

import pytest
import pytest_asyncio
from playwright.async_api import expect

from domain import clock, ids
from domain.messages import MessageDraft
from storage.sqlite import SqliteStorage
from tests.support.browser import NO_CONNECTION, opened
from tests.support.served import served

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

MANY = 10_000
APART = 40
"""Seconds between two messages: all of them take four and a half days."""
ELEMENTS = 2_500
"""Maximum of messages in the page, however long the conversation is."""

# Reads upwards, a part of the window at a time. What is in the middle of the window must move by that much and no more,
# also when older messages come in above it.
READ_UPWARDS = """async (log, steps) => {
    const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const pause = (ms) => new Promise((done) => setTimeout(done, ms));
    const read = { jumps: [], elements: 0 };
    for (let count = 0; count < steps; count++) {
        const middle = log.getBoundingClientRect().top + log.clientHeight / 2;
        const row = [...log.querySelectorAll("li")].find((row) => row.getBoundingClientRect().bottom > middle);
        const step = Math.min(Math.round(log.clientHeight * 0.8), log.scrollTop);
        const goal = row.getBoundingClientRect().top + step;
        log.scrollTop -= step;
        for (const wait of [painted, () => pause(40), painted]) {
            await wait();
            if (row.isConnected) read.jumps.push(Math.abs(row.getBoundingClientRect().top - goal));
        }
        read.elements = Math.max(read.elements, document.querySelectorAll("*").length);
    }
    return read;
}"""


HOLDING = """(() => {
    const held = window.held = [];
    const { get, set } = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
    Object.defineProperty(WebSocket.prototype, "onmessage", { get, set(handler) {
        const receive = (event) => handler.call(this, event);
        set.call(this, (event) => (window.isHolding ? held.push(() => receive(event)) : receive(event)));
    } });
})()"""
"""Hold what the server sends while `isHolding` is true."""
SCROLL_AND_RECEIVE = """(log) => {
    log.scrollTop -= 400;
    window.isHolding = false;
    for (const receive of held) receive();
}"""
PAINTED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


async def fill(storage, room, ada, ben):
    """Store many messages in a room up to now: first of both users, later only Ada's."""
    began = time.time() - MANY * APART
    for first in range(1, MANY + 1, 1_000):
        await storage.add_messages([
            MessageDraft(
                ids.new_id(),
                room,
                (ben if number // 3 % 2 and number <= MANY // 2 else ada).summary,
                f"message {number}\n{'and some more of it ' * (number % 17)}".strip(),
                clock.format_timestamp(began + number * APART),
            )
            for number in range(first, first + 1_000)
        ])  # fmt: skip
    await storage.mark_read(room, ada.id, MANY)
    await storage.mark_read(room, ben.id, MANY // 2)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def long_talk(tmp_path_factory):
    """The URL of a storage, and Ada's and Ben's room with many messages; Ben has read half of them."""
    file = tmp_path_factory.mktemp("long") / "studyhall.db"
    url = f"sqlite:///{file}"
    async with served(url) as school:
        ada, ben = await school.person("Ada", "Okafor"), await school.person("Ben", "Lindqvist")
        room = await ada.opens("Calculus")
        await ben.joins(room)
    storage = SqliteStorage(file)
    await storage.open()
    try:
        await fill(storage, room, await storage.user(ada.id), await storage.user(ben.id))
    finally:
        await storage.close()
    return url, room


async def test_ten_thousand_messages_open_at_the_end_and_read_upwards_without_a_jump(chromium, long_talk):
    url, room = long_talk
    async with opened(chromium, url) as hall:
        ada = await hall.somebody("Ada Okafor")
        await ada.signs_in(f"/rooms/{room}")
        newest = ada.talk.get_by_text(f"message {MANY}", exact=False)
        await expect(newest).to_be_in_viewport()

        read = await ada.talk.evaluate(READ_UPWARDS, 60)

        assert max(read["jumps"]) <= 2, sorted(read["jumps"])[-10:]
        assert len(read["jumps"]) > 120
        assert read["elements"] < ELEMENTS
        numbers = [int(words.split()[1]) for words in await ada.words.all_inner_texts()]
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
        assert numbers[0] < MANY - 200
        await expect(newest).to_have_count(0)

        await ada.says("And on it goes.")
        await expect(ada.words.last).to_have_text("And on it goes.")
        await expect(ada.words.last).to_be_in_viewport()
        await expect(ada.talk.get_by_text("Today", exact=True)).to_have_count(1)


async def test_message_that_comes_with_a_scroll_does_not_take_it_back(hall):
    ada, ben = await hall.member("Ada Okafor"), await hall.api.person("Ben", "Lindqvist")
    room = await ada.account.opens("Calculus")
    await ben.joins(room)
    for number in range(60):
        await ada.account.post(f"/api/study-rooms/{room}/messages", {"content": f"message {number}"})
    await ada.page.add_init_script(HOLDING)
    await ada.page.goto(f"/rooms/{room}")
    await expect(ada.talk.get_by_text("message 59")).to_be_in_viewport()
    await ada.has_loaded()
    await ada.page.evaluate("isHolding = true")
    await ben.post(f"/api/study-rooms/{room}/messages", {"content": "message 60"})
    await ada.page.wait_for_function("() => held.length >= 2")  # the message, and the activity of the room
    await ada.talk.evaluate(SCROLL_AND_RECEIVE)
    await expect(ada.words.last).to_have_text("message 60")
    await expect(ada.page.get_by_role("button", name=re.compile("Jump to latest|new message"))).to_be_visible()
    assert await ada.talk.evaluate("(log) => log.scrollHeight - log.clientHeight - log.scrollTop") >= 400


async def test_who_was_away_begins_at_the_first_unread_message_and_gets_to_the_newest(chromium, long_talk):
    url, room = long_talk
    async with opened(chromium, url) as hall:
        ben = await hall.somebody("Ben Lindqvist")
        await ben.signs_in(f"/rooms/{room}")
        half = MANY // 2
        await expect(ben.talk.get_by_text("New messages", exact=True)).to_be_in_viewport()
        await expect(ben.words.filter(has_text=f"message {half + 1}").first).to_be_in_viewport()
        await expect(ben.page).to_have_title(re.compile(rf"^\(({half:,}|{half + 1:,})\)"))

        await ben.page.get_by_role("button", name="new messages").click()
        await expect(ben.words.last).to_have_text(re.compile(f"^(message {MANY}|And on it goes)"))
        await expect(ben.page.get_by_role("button", name="new messages")).to_have_count(0)


@pytest.mark.parametrize("kept", [150, 5, 0])
async def test_a_room_that_has_lost_its_oldest_messages_begins_where_they_end(chromium, tmp_path, kept):
    file, many = tmp_path / "studyhall.db", 300
    async with served(f"sqlite:///{file}") as school:
        ada, ben = await school.person("Ada", "Okafor"), await school.person("Ben", "Lindqvist")
        room = await ada.opens("Calculus", retentionDays=1)
        await ben.joins(room)
    storage = SqliteStorage(file)
    await storage.open()
    author, now, days = (await storage.user(ada.id)).summary, time.time(), 24 * 3600
    await storage.add_messages([
        MessageDraft(ids.new_id(), room, author, f"message {number}", clock.format_timestamp(now - (number <= many -
        kept) * 3 * days)) for number in range(1, many + 1)
    ])  # fmt: skip
    await storage.expire_messages(room, clock.format_timestamp(now), None, many)
    await storage.close()

    async with opened(chromium, f"sqlite:///{file}") as hall:
        for name in ("Ada Okafor", "Ben Lindqvist"):
            person = await hall.somebody(name)
            await person.signs_in(f"/rooms/{room}")
            if kept:
                await expect(person.talk.get_by_text(f"message {many}", exact=True)).to_be_attached()
                beginning = person.talk.get_by_text("Older messages have been deleted.")
                await _reads_upwards_until(person, beginning)
                await expect(person.talk.get_by_text(f"message {many - kept + 1}", exact=True)).to_be_attached()
                await expect(person.talk.locator(".earlier")).to_have_count(0)
            elif name.startswith("Ada"):
                await expect(person.talk.get_by_text("All messages have been deleted")).to_be_visible()
            await person.says(f"{name} goes on.")
            await expect(person.words.last).to_have_text(f"{name} goes on.")


class Fading:
    """A room of Ben's words that are kept for a day, and Ada, who has read all of them."""

    def __init__(self, school, account, ada, room):
        self.account, self.ada, self.room = account, ada, room
        self.began = time.time() - 1000
        self._sweep = school.services.retention

    @classmethod
    async def opened(cls, school, hall, many=300):
        account, ben = await school.person("Ada", "Okafor"), await school.person("Ben", "Lindqvist")
        room = await account.opens("Calculus", retentionDays=1)
        await ben.joins(room)
        ada = await hall.somebody("Ada Okafor", host="127.0.0.1", port=school.port)
        ada.expects(NO_CONNECTION)  # its server ends before the browser
        fading = cls(school, account, ada, room)
        storage = fading._sweep._storage
        author = (await storage.user(ben.id)).summary
        await storage.add_messages([
            MessageDraft(ids.new_id(), room, author, f"message {number}", clock.format_timestamp(fading.began + number))
            for number in range(1, many + 1)
        ])  # fmt: skip
        await storage.mark_read(room, account.id, many)
        await ada.signs_in(f"/rooms/{room}")
        await expect(fading.message(many)).to_be_in_viewport()
        return fading

    def message(self, number):
        return self.ada.talk.get_by_text(f"message {number}", exact=True)

    async def loses(self, count):
        """Expire so many messages, and run the job that deletes them."""
        now = self.began + count + 0.5 + 24 * 3600
        self._sweep._clock = SimpleNamespace(
            now=lambda: clock.format_timestamp(now), later=lambda seconds: clock.format_timestamp(now + seconds)
        )
        await self._sweep.expire_messages()

    async def height_of(self, number):
        """Return how far from the top of the window a message stands, once it stands still."""
        await self.ada.page.evaluate(PAINTED)
        return (await self.message(number).bounding_box())["y"]


async def test_who_reads_while_older_messages_are_deleted_keeps_their_place(hall):
    async with served() as school:
        fading = await Fading.opened(school, hall)
        await _reads_upwards_until(fading.ada, fading.message(100))
        await fading.message(160).evaluate("(words) => words.scrollIntoView({ block: 'center' })")
        before = await fading.height_of(160)

        await fading.loses(130)

        await expect(fading.message(130)).to_have_count(0)
        assert abs(await fading.height_of(160) - before) <= 2
        await expect(fading.ada.words.first).to_have_text("message 131")
        await expect(fading.ada.talk.get_by_text("Older messages have been deleted.")).to_be_attached()
        await fading.ada.page.get_by_role("button", name="Jump to latest").click()
        await expect(fading.message(300)).to_be_in_viewport()


@pytest.mark.parametrize(
    ("read", "gone"), [(120, 200), (60, 190), (120, 270)], ids=["a part", "all that is shown", "in two pieces"]
)
async def test_who_reads_what_is_deleted_goes_on_with_the_first_that_is_left(hall, read, gone):
    async with served() as school:
        fading = await Fading.opened(school, hall)
        await _reads_upwards_until(fading.ada, fading.message(1 if read < 100 else 100))
        await fading.message(read).evaluate("(words) => words.scrollIntoView({ block: 'center' })")

        await fading.loses(gone)

        await expect(fading.message(gone + 1)).to_be_in_viewport()
        await expect(fading.ada.words.first).to_have_text(f"message {gone + 1}")
        await expect(fading.ada.page.get_by_role("button", name="Jump to latest")).to_be_visible()


async def test_where_all_is_deleted_it_is_said_and_the_talk_goes_on(hall):
    async with served() as school:
        fading = await Fading.opened(school, hall)
        await _reads_upwards_until(fading.ada, fading.message(100))
        await fading.loses(300)
        await expect(fading.ada.talk.get_by_text("All messages have been deleted")).to_be_visible()
        await expect(fading.ada.page.get_by_role("button", name="Jump to latest")).to_have_count(0)
        await fading.ada.says("And on it goes.")
        await fading.ada.reads("And on it goes.")


async def test_what_is_deleted_does_not_come_back_with_an_answer_that_was_on_its_way(hall):
    async with served() as school:
        fading = await Fading.opened(school, hall, many=400)  # more than are caught up at once
        chat = await fading.account.chat(fading.room)

        async def slow(route):
            answer = await route.fetch()
            await fading.loses(320)
            await chat.hears("messages-expired", lambda said: said["firstSeq"] == 321)
            await route.fulfill(response=answer)

        await fading.ada.page.route(re.compile("/messages.*before="), slow, times=1)
        beginning = fading.ada.talk.get_by_text("Older messages have been deleted.")
        await _reads_upwards_until(fading.ada, beginning)
        await expect(fading.ada.words.first).to_have_text("message 321")


async def test_what_was_deleted_while_one_was_away_is_not_shown_any_more(hall):
    async with served() as school:
        fading = await Fading.opened(school, hall)
        fading.ada.expects(NO_CONNECTION)
        await fading.ada.context.set_offline(True)
        await expect(fading.ada.page.get_by_text("You are offline.")).to_be_visible()
        await fading.loses(295)
        await fading.ada.context.set_offline(False)
        await fading.ada.reads(*(f"message {number}" for number in range(296, 301)))


async def _reads_upwards_until(person, goal):
    async with asyncio.timeout(20):
        while not await goal.count():
            await person.talk.evaluate("(log) => (log.scrollTop -= log.clientHeight)")
            await person.page.wait_for_timeout(50)


async def test_its_owner_says_for_how_long_a_room_keeps_messages_and_all_see_it(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    await ada.page.goto(f"/rooms/{room}/settings")
    await ada.page.get_by_label("Keep messages for").select_option("30 days")
    await ada.page.get_by_role("button", name="Save changes").click()
    question = ada.page.get_by_role("dialog", name="Save these changes?")
    await expect(question).to_contain_text("older than 30 days are deleted")
    await question.get_by_role("button", name="Save changes").click()

    for person in (ada, ben):
        people = person.page.get_by_role("complementary", name="People")
        await expect(people.get_by_text("Messages are deleted after 30 days.")).to_be_visible()
    await ada.page.goto(f"/rooms/{room}/settings")
    await expect(ada.page.get_by_label("Keep messages for")).to_have_value("30")
    await ada.page.get_by_label("Keep messages for").select_option("As long as this server does")
    await ada.page.get_by_role("button", name="Save changes").click()
    await expect(ben.page.get_by_text("Messages are deleted after")).to_have_count(0)


async def test_a_longer_time_than_the_server_keeps_messages_is_refused_at_the_field(chromium):
    async with opened(chromium, rooms_retention_days=60) as hall:
        ada = await hall.member("Ada Okafor")
        ada.expects("422")
        await ada.page.goto("/rooms/new")
        await ada.page.get_by_label("Name").fill("Calculus")
        await ada.page.get_by_label("Keep messages for").select_option("90 days")
        await ada.page.get_by_role("button", name="Create room").click()
        await expect(ada.page.get_by_label("Keep messages for")).to_have_attribute("aria-invalid", "true")
        await expect(ada.page.get_by_text("The number of days must be at most 60 on this server.")).to_be_visible()

"""Browser tests: users with a real Chromium and a real server. They find elements by role, label and text.

Any complaint of a page (an error, a warning, a violation of its policy, a request to another host) fails the test,
unless the test expects it.
"""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from signal import Signals
from typing import Any

import aiohttp
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    WebSocket,
    async_playwright,
    expect,
)

from tests.support import missing
from tests.support.passing_time import PassingTime
from tests.support.paths import ROOT
from tests.support.ports import lasting_port
from tests.support.process import SECRET, Process, started
from tests.support.served import PASSWORD, Person as Account, Served, signs_in

DESKTOP = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"}
_REFUSED = """([user, roomId, id]) => {
    const entry = { id, roomId, content: "once more", at: new Date().toISOString(), reason: "There was no room." };
    localStorage.setItem(`studyhall.outbox.${user}.${id}`, JSON.stringify(entry));
}"""
_SIGNED_IN = """([token, refreshToken, user]) => {
    const { exp, iat } = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    const lifetime = (exp - iat) * 1000;
    const session = { token, refreshToken, user, lifetime, freshUntil: Date.now() + lifetime };
    localStorage.setItem("studyhall.session", JSON.stringify(session));
}"""
PHONE = {"viewport": {"width": 390, "height": 844}, "locale": "en-GB", "has_touch": True, "is_mobile": True}
WITHIN = 10_000
"""Timeout for changes of the page in milliseconds, on a busy machine."""
NO_CONNECTION = r"(?s)^(?!.*NAME_NOT_RESOLVED).*(net::ERR_|WebSocket connection to .* failed)"
"""Chromium's own errors if there is no network or no server. Requests to other hosts do not match."""

_CONNECTED = re.compile(r"40(/chat)?[,{]")
"""Packet of Socket.IO by which the server accepts a namespace: `/` or `/chat`."""

_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # no other host exists, so a request to one fails and is a complaint
    "--host-resolver-rules=MAP school.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)

expect.set_options(timeout=WITHIN)


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """Start Chromium. Without one, skip the test, or fail it if CI is set."""
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")  # the first draws no windows
    if program is None:
        missing.skip(
            "There is no Chromium here, so the page is NOT tested in a browser: install chromium-headless-shell."
        )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=_OPTIONS)
        yield browser
        await browser.close()


class Person:
    """A user with their own browser, and the tab in use."""

    def __init__(self, name: str, url: str, context: BrowserContext, page: Page) -> None:
        self.name = name
        self.first_name, _, self.last_name = name.partition(" ")
        self.email = f"{self.first_name}.{self.last_name}@example.org".lower()
        self.password = PASSWORD
        self.url = url
        self.context = context
        self.page = page
        self.complaints: list[str] = []
        self.account: Account
        self.is_touching = False
        self._more = asyncio.Event()
        self._expected: list[str] = []
        self._namespaces: set[str] = set()
        page.on("request", self._requested)
        page.on("websocket", self._connects)
        context.on("console", self._console)
        context.on("weberror", lambda error: self._complain(f"error: {error.error}"))

    def expects(self, *patterns: str) -> None:
        """Allow these complaints of the browser, later or earlier ones."""
        self._expected += patterns

    async def hears_complaint(self, pattern: str) -> None:
        """Wait for a complaint that matches."""
        async with asyncio.timeout(WITHIN / 1000):
            while not any(re.search(pattern, said) for said in self.complaints):
                self._more.clear()
                await self._more.wait()

    @property
    def faults(self) -> list[str]:
        """Complaints that were not expected."""
        return [said for said in self.complaints if not any(re.search(pattern, said) for pattern in self._expected)]

    @property
    def composer(self) -> Locator:
        """The text box for a new message."""
        return self.page.get_by_role("textbox", name="Message to")

    @property
    def talk(self) -> Locator:
        """The list of messages, including messages that are not sent yet."""
        return self.page.get_by_role("log", name="Messages")

    @property
    def words(self) -> Locator:
        """The text of each message in the list."""
        return self.talk.locator(".words")

    async def makes_an_account(self) -> None:
        """Fill in and send the form for a new account, on a page that may also have the form for signing in."""
        form = self.page.locator("form").filter(has=self.page.get_by_label("First name"))
        await form.get_by_label("First name").fill(self.first_name)
        await form.get_by_label("Last name").fill(self.last_name)
        await form.get_by_label("Email").fill(self.email)
        await form.get_by_label("Password").fill(PASSWORD)
        await form.get_by_role("button", name="Create account").click()

    async def opens_a_room(self, name: str) -> str:
        """Create a room from the dashboard, and return its link."""
        await self.page.get_by_role("main").get_by_role("link", name="Create room").click()
        await self.page.get_by_label("Name").fill(name)
        await self.page.get_by_role("button", name="Create room").click()
        link = await self.page.get_by_label("Link to this room").input_value()
        await self.page.keyboard.press("Escape")
        return link

    async def opens_room_menu(self) -> None:
        """Show the menu of the open room."""
        await self.page.get_by_role("button", name="Room menu").click()

    async def opens_invitations(self) -> None:
        """Show the dialog that invites people: by its button, or on a phone by the menu of the room."""
        if self.is_touching:
            await self.opens_room_menu()
            await self.page.get_by_role("button", name="Invite people").click()
        else:
            await self.page.get_by_role("button", name="Invite").click()

    async def signs_in(self, to: str = "/dashboard", page: Page | None = None) -> None:
        """Open a path, sign in, and wait until that path is open."""
        page = page or self.page
        await page.goto(to)
        await page.get_by_label("Email").fill(self.email)
        await page.get_by_label("Password").fill(self.password)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page).to_have_url(f"{self.url}{to}")

    async def continues(self, session: Account, to: str | None) -> None:
        """Store a session in the browser, and open a path: without the form, which takes a third of a short test."""
        await self.page.goto("/healthz")
        await self.page.evaluate(_SIGNED_IN, [session.token, session.refresh_token, session.user])
        if to:
            await self.page.goto(to)

    async def says(self, text: str) -> None:
        """Send a message."""
        await self.composer.fill(text)
        if self.is_touching:
            await self.page.get_by_role("button", name="Send").click()
        else:
            await self.composer.press("Enter")

    async def has_a_refused_message(self, room: str, number: str = "one") -> None:
        """Open a room with a message that the server rejected in an earlier visit."""
        await self.page.evaluate(_REFUSED, [self.account.id, room, number])
        await self.page.goto(f"/rooms/{room}")

    async def reads(self, *texts: str) -> None:
        """Expect exactly these messages, in this order, and none waiting to be sent."""
        await expect(self.words).to_have_text(texts)
        await self.has_sent_everything()

    async def has_sent_everything(self) -> None:
        """Expect no message that waits to be sent, whether its state is shown yet or not."""
        await expect(self.talk.locator(".pending, .refused")).to_have_count(0)

    async def is_connected(self) -> None:
        """Wait until the first tab's page has its connection: the server sends it all later events."""
        async with asyncio.timeout(WITHIN / 1000):
            while len(self._namespaces) < len(("/", "/chat")):
                self._more.clear()
                await self._more.wait()

    async def has_loaded(self, page: Page | None = None) -> None:
        """Wait until a page sends no more requests: those of its start, and those for what it may have missed before.

        Args:
            page: the page; without it, that of the first tab, whose connection is waited for.
        """
        if page is None:
            await self.is_connected()
        await (page or self.page).wait_for_load_state("networkidle")

    def _requested(self, request: Request) -> None:
        if request.is_navigation_request():
            self._namespaces = set()

    def _connects(self, socket: WebSocket) -> None:
        accepted = self._namespaces = set()

        def received(frame: str | bytes) -> None:
            if isinstance(frame, str) and (found := _CONNECTED.match(frame)):
                accepted.add(found[1] or "/")
                self._more.set()

        socket.on("framereceived", received)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning", "assert"}:
            self._complain(f"{message.type}: {message.text}")

    def _complain(self, said: str) -> None:
        self.complaints.append(said)
        self._more.set()


class Hall:
    """A server process and its users. It may be stopped and started again at the same address."""

    def __init__(
        self,
        browser: Browser,
        storage: str,
        environ: dict[str, str],
        time: PassingTime | None = None,
        arguments: Sequence[str] = (),
    ) -> None:
        self.people: list[Person] = []
        self.server: Process
        self.api: Served
        self.port = lasting_port()
        self._browser = browser
        self._storage = storage
        self._environ = environ | (time.environ if time else {})
        self._home = ROOT if time else None  # a new Python reads it
        self._arguments = arguments
        self._open = AsyncExitStack()

    async def start(self) -> None:
        """Start the server, always on the same port."""
        arguments = "--port", self.port, "--storage", self._storage, *self._arguments
        server = started(*arguments, environ=self._environ, home=self._home)
        self.server = await self._open.enter_async_context(server)
        await self.server.port()
        http = await self._open.enter_async_context(aiohttp.ClientSession())
        self.api = Served(None, self.port, http)

    async def stop(self, how: Signals) -> None:
        """Stop the server with a signal."""
        await self.server.stop(how)

    async def somebody(
        self,
        name: str = "Ada Okafor",
        device: dict[str, Any] = DESKTOP,
        *,
        host: str = "localhost",
        port: int = 0,
        **options: Any,
    ) -> Person:
        """Return a user without an account, with a new browser and an empty tab.

        Args:
            name: first and last name.
            device: options of Playwright's `new_context` for a device.
            host: host name of the server; for browsers, "localhost" is a secure context, as https is.
            port: port of a proxy in front of the server, if any.
            options: more options of `new_context`.
        """
        url = f"http://{host}:{port or self.port}"
        context = await self._browser.new_context(base_url=url, **{**device, **options})
        context.set_default_timeout(WITHIN)
        person = Person(name, url, context, await context.new_page())
        person.is_touching = bool(device.get("has_touch") or device.get("is_mobile"))
        self.people.append(person)
        return person

    async def member(
        self, name: str, room: str | None = None, device: dict[str, Any] = DESKTOP, **options: Any
    ) -> Person:
        """Return a user with an account, whose browser is signed in.

        Args:
            name: first and last name.
            room: room that the user is a member of, and that is open in the tab. Without it, the tab shows no page yet:
                most tests go elsewhere at once, and loading a page costs as much as many a test.
            device: options of Playwright's `new_context` for a device.
            options: more options of `new_context`.
        """
        first_name, _, last_name = name.partition(" ")
        person = await self.somebody(name, device, **options)
        person.account = account = await self.api.person(first_name, last_name, timeZone="UTC")
        if room:
            await account.joins(room)
        agent = await person.page.evaluate("navigator.userAgent")
        await person.continues(await signs_in(self.api, account, agent), f"/rooms/{room}" if room else None)
        return person

    async def close(self) -> None:
        """Close all browsers and stop the server."""
        for person in self.people:
            await person.context.close()
        await self._open.aclose()


@asynccontextmanager
async def opened(
    browser: Browser,
    storage: str = "memory://",
    time: PassingTime | None = None,
    arguments: Sequence[str] = (),
    **settings: object,
) -> AsyncIterator[Hall]:
    """Run a server for users with browsers. Fail at the end if a page or the server complained.

    Rate limits are off unless they are set.

    Args:
        browser: browser of all users.
        storage: URL of the storage.
        time: time of the server, if the test lets hours pass.
        arguments: more arguments of the server's command line.
        settings: settings of the server, such as `auth_token_lifetime=3`.
    """
    environ = {"STUDYHALL_SERVER_ENVIRONMENT": "test", "STUDYHALL_AUTH_SECRET": SECRET}
    environ |= {"STUDYHALL_LIMITS_ENABLED": "false"}
    environ |= {f"STUDYHALL_{name.upper()}": str(value) for name, value in settings.items()}
    hall = Hall(browser, storage, environ, time, arguments)
    try:
        await hall.start()
        yield hall
    finally:
        await hall.close()
    faults = {person.name: person.faults for person in hall.people if person.faults}
    assert not faults, faults
    said = [line for line in hall.server.said if " ERROR " in line] + hall.server.errors
    assert not said, said

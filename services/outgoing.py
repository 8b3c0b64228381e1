"""Mail on its way out: written and sent in the background, one letter after the other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from mail import Mailer

log = logging.getLogger(__name__)

MOST_WAITING = 100
"""Letters that may wait for the ones before them."""


class Letter(NamedTuple):
    """A mail to one person."""

    to: str
    subject: str
    text: str


Writes = Callable[[], Awaitable[Letter | None]]
"""Writes a letter when its turn has come; None where there is nobody to write to."""


class Outgoing:
    """Sends letters, from `start` until `close`.

    Args:
        mailer: sends mail; None where nobody does.
        most_waiting: letters that may wait; those that come on top are not sent, and nobody is told.
    """

    def __init__(self, mailer: Mailer | None, *, most_waiting: int = MOST_WAITING) -> None:
        self._mailer = mailer
        self._waiting: asyncio.Queue[Writes] = asyncio.Queue(most_waiting)
        self._sending: asyncio.Task[None] | None = None

    @property
    def is_on(self) -> bool:
        """Whether mail is sent from here."""
        return self._mailer is not None

    def send(self, write: Writes) -> None:
        """Have a letter written and sent soon, where mail is."""
        if self._mailer is None:
            return
        try:
            self._waiting.put_nowait(write)
        except asyncio.QueueFull:
            log.warning("too many mails wait to be sent: one more is not")

    def start(self) -> None:
        """Begin to send."""
        if self._mailer is not None:
            self._sending = asyncio.create_task(self._send_all(self._mailer), name="outgoing mail")

    async def close(self) -> None:
        """Send no more. What waits is lost: whoever wants a link asks again."""
        while self._sending is not None and not self._sending.done():
            self._sending.cancel()
            await asyncio.wait([self._sending], timeout=0.1)  # asyncio.wait_for may swallow it: then once more

    async def _send_all(self, mailer: Mailer) -> None:
        while True:
            write = await self._waiting.get()
            try:
                letter = await write()
                if letter is not None:
                    await mailer.send(*letter)
            except Exception as failure:  # noqa: BLE001  # whatever the mail server does, the next one is sent
                log.warning("a mail was not sent: %.200r", failure)

"""Links to set a new password, sent by mail to those who ask for one."""

import asyncio
import logging

from errors import MailOff
from mail import Mailer
from services.limits import Limiter
from services.resets import ResetLinks
from storage.base import Storage

log = logging.getLogger(__name__)

MOST_WAITING = 100
"""Mails that may wait for the ones before them."""

SUBJECT = "Set a new password for Studyhall"
TEXT = """\
Somebody, probably you, asked to set a new password for the account with this address at {address}.

Open this within {minutes:.0f} minutes; it works once:

{link}

If it was not you, do nothing: the password stays as it is.
"""


class ResetMail:
    """Mails links, one after the other, from `start` until `close`.

    Whether there is an account is looked up when the answer was given long ago: it cannot be told from the answer.

    Args:
        mailer: sends mail; None where nobody does.
        most_waiting: mails that may wait; those that come on top are not sent, and nobody is told.
    """

    def __init__(
        self,
        storage: Storage,
        links: ResetLinks,
        mailer: Mailer | None,
        limiter: Limiter,
        *,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._storage = storage
        self._links = links
        self._mailer = mailer
        self._limiter = limiter
        self._waiting: asyncio.Queue[str] = asyncio.Queue(most_waiting)
        self._sending: asyncio.Task[None] | None = None

    async def ask(self, email: str, address: str) -> None:
        """Have a link sent to the account with this email, if there is one. `address` is where the request came from.

        Raises:
            MailOff: no mail is sent from here.
            RateLimited: too many for this email, or from this address.
        """
        if self._mailer is None:
            raise MailOff
        await self._limiter.hit("resets", email, address=address)
        try:
            self._waiting.put_nowait(email)
        except asyncio.QueueFull:
            log.warning("too many mails wait to be sent: one more is not")

    def start(self) -> None:
        """Begin to send."""
        if self._mailer is not None:
            self._sending = asyncio.create_task(self._send_all(self._mailer), name="reset mail")

    async def close(self) -> None:
        """Send no more. What waits is lost: whoever asked for it asks again."""
        while self._sending is not None and not self._sending.done():
            self._sending.cancel()
            await asyncio.wait([self._sending], timeout=0.1)  # asyncio.wait_for may swallow it: then once more

    async def _send_all(self, mailer: Mailer) -> None:
        while True:
            email = await self._waiting.get()
            try:
                await self._send(email, mailer)
            except Exception as failure:  # noqa: BLE001  # whatever the mail server does, the next one is sent
                log.warning("a mail with a link was not sent: %.200r", failure)

    async def _send(self, email: str, mailer: Mailer) -> None:
        account = await self._storage.account_by_email(email)
        if account is None or account.user.disabled:
            return
        link = await self._links.new(account.user.id)
        text = TEXT.format(address=self._links.address, minutes=self._links.lifetime / 60, link=link)
        await mailer.send(account.user.email, SUBJECT, text)

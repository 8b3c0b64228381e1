"""Password reset by mail."""

from functools import partial

from domain.errors.accounts import MailOff
from domain.errors.base import RateLimited
from runtime.mail_queue import Email, MailQueue
from services.accounts.password_reset import PasswordResetLinks
from services.context import ServiceContext
from text import normalise

SUBJECT = "Set a new password for Studyhall"
TEXT = """\
Somebody, probably you, asked to set a new password for the account with this address at {address}.

Open this within {minutes:.0f} minutes; it works once:

{link}

If it was not you, do nothing: the password stays as it is.
"""

QUEUE_FULL_RETRY_AFTER = 60.0
"""Seconds after which a client may retry if the mail queue is full."""


class PasswordResetEmails:
    """Mails reset links.

    The account is looked up after the response was sent, so that neither content nor timing reveals whether it exists.
    """

    def __init__(self, ctx: ServiceContext, links: PasswordResetLinks, mail_queue: MailQueue) -> None:
        self._storage = ctx.storage
        self._links = links
        self._mail_queue = mail_queue
        self._limiter = ctx.limiter

    async def request(self, email: str, address: str) -> None:
        """Send a link to the account with this email, if there is one. `address` is the client's.

        Raises:
            MailOff: the server does not send mail.
            RateLimited: too many for this email or from this address, or the mail queue is full.
        """
        if not self._mail_queue.is_enabled:
            raise MailOff
        key = normalise.email_key(email)
        await self._limiter.hit_each(("resets", key), by_address="resets_per_address", address=address)
        if not self._mail_queue.enqueue(partial(self._build_email, email), kind="reset", to=key):
            raise RateLimited(QUEUE_FULL_RETRY_AFTER)

    async def _build_email(self, email: str) -> Email | None:
        account = await self._storage.account_by_email(email)
        if account is None or account.user.disabled:
            return None
        link = await self._links.create(account.user.id, mailed=True)
        normalise = TEXT.format(address=self._links.address, minutes=self._links.lifetime / 60, link=link)
        return Email(account.user.email, SUBJECT, normalise, user=account.user.id)

"""Email verification: a mailed link proves that the user reads the mail of the address."""

from functools import partial

from domain.account_requests import EmailVerification
from domain.accounts import EmailVerificationToken, User
from domain.base import UserId
from domain.errors.accounts import EmailVerified, InvalidVerificationToken, MailOff
from domain.errors.base import RateLimited
from runtime.logs import log_security_event
from runtime.mail_queue import Email, MailQueue
from services.accounts.password_reset_email import QUEUE_FULL_RETRY_AFTER
from services.accounts.profiles import Profiles
from services.accounts.secret_links import secret_link
from services.accounts.tokens import OneTimeToken
from services.context import ServiceContext
from text import normalise

LIFETIME = 3 * 24 * 3600.0
"""Lifetime of a link in seconds."""
PAGE = "verify"
"""View of the page that takes the token."""
SUBJECT = "Verify your email for Studyhall"
TEXT = """\
Somebody, probably you, made an account with this address at {address}.

Open this within {days:.0f} days, in a browser where you are signed in to the account; it works once:

{link}

If it was not you, do not open it: the account stays unverified. If you want the account, set a new password for it,
which signs everybody else out:

{address}/forgot
"""


class EmailVerifier:
    """Mails links and verifies emails by their tokens.

    A link works only for the signed-in user of its account. Otherwise the owner of a mailbox could be tricked into
    verifying the account of a stranger who entered their address.

    Args:
        address: public address of the server, without a trailing slash.
    """

    def __init__(self, ctx: ServiceContext, profiles: Profiles, mail_queue: MailQueue) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._profiles = profiles
        self._mail_queue = mail_queue
        self._limiter = ctx.limiter
        self._clock = ctx.clock
        self._address = ctx.config.server.base_url

    async def send_to_new_account(self, user: User) -> None:
        """Send a link to a new account. Nothing is sent if the address is rate limited or if mail is turned off."""
        try:
            await self.send_link(user)
        except (EmailVerified, MailOff, RateLimited):
            return

    async def send_link(self, user: User) -> None:
        """Send a link to a user and invalidate older ones.

        Raises:
            MailOff: the server does not send mail.
            EmailVerified: the email is verified already.
            RateLimited: too many mails to this address, or the mail queue is full.
        """
        if not self._mail_queue.is_enabled:
            raise MailOff("No mail is sent from here, so emails are not verified.")
        if user.verified_at is not None:
            raise EmailVerified
        key = normalise.email_key(user.email)
        await self._limiter.hit("verifications", key)
        if not self._mail_queue.enqueue(partial(self._build_email, user.id), kind="verification", to=key, user=user.id):
            raise RateLimited(QUEUE_FULL_RETRY_AFTER)

    async def _build_email(self, user_id: UserId) -> Email | None:
        user = await self._lookups.user(user_id)
        if user is None or user.disabled or user.verified_at is not None:
            return None
        token = OneTimeToken.new()
        await self._storage.add_verification(EmailVerificationToken(user.id, token.hash, self._clock.later(LIFETIME)))
        link = secret_link(self._address, PAGE, token)
        content = TEXT.format(address=self._address, days=LIFETIME / 86400, link=link)
        return Email(user.email, SUBJECT, content, user=user.id)

    async def verify(self, payload: EmailVerification, user: User) -> User:
        """Verify the email of the user and return them.

        Raises:
            InvalidVerificationToken: the token is unknown, used, replaced, expired, or of another account.
        """
        token = OneTimeToken(payload.token)
        verified = await self._storage.use_verification(token.hash, user.id, self._clock.now())
        if verified is None:
            raise InvalidVerificationToken
        log_security_event("email_verified", user=user.id)
        self._profiles.account_changed(verified)
        return verified

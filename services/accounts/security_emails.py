"""Security notices by mail: a user learns of changes to the account, also if another person made them.

A recipient gets at most one mail of each kind per hour, so that a mailbox cannot be flooded by changing a password
repeatedly. Events in between are listed in the next mail.
"""

from functools import partial
from typing import NamedTuple

from domain.accounts import ClientInfo, User
from domain.base import Timestamp
from runtime.bounded_dict import BoundedDict
from runtime.mail_queue import Email, MailQueue

EMAIL_INTERVAL = 3600.0
"""Minimum of seconds between two mails of one kind to a recipient."""
MAX_LISTED_EVENTS = 10
"""Maximum of earlier events listed in one mail; others are only counted."""
MAX_RECIPIENTS = 10_000
"""Maximum of recipients with pending events."""


class _Kind(NamedTuple):
    name: str
    subject: str
    text: str
    line: str


PASSWORD_CHANGED = _Kind(
    "password-changed",
    "Your password for Studyhall was changed",
    """\
The password of the account with this address at {address} was changed on {day} at {time} UTC.
{earlier}
If it was you, do nothing. If it was not, set a new one now, which signs everybody out:

{address}/forgot
""",
    "on {day} at {time} UTC",
)
SIGNED_IN = _Kind(
    "signed-in",
    "A new sign-in to Studyhall",
    """\
Somebody, probably you, signed in to the account with this address at {address} on {day} at {time} UTC,
with a program and from an address ({source}) where it is signed in nowhere else.
{earlier}
If it was you, do nothing. If it was not, set a new password now, which signs everybody out:

{address}/forgot
""",
    "on {day} at {time} UTC from {source}",
)
SECOND_FACTOR = _Kind(
    "second-factor",
    "Signing in to Studyhall",
    """\
Signing in to the account with this address at {address} {takes}, since {day} at {time} UTC.
{earlier}
If it was you, do nothing. If it was not, set a new password now, which signs everybody out, and ask whoever runs the
server:

{address}/forgot
""",
    "on {day} at {time} UTC: it {takes}",
)
APPROVED = _Kind(
    "approved",
    "Your account for Studyhall was approved",
    """\
An admin approved the account with this address at {address} on {day} at {time} UTC.
{earlier}
Sign in there:

{address}/sign-in
""",
    "on {day} at {time} UTC",
)
EARLIER = """
This is the latest of {number} since the last mail like this one. Those before it:

{lines}
"""
MORE = "and {number} more"


class _PendingEvents:
    """Events of one kind that have not been mailed to a recipient."""

    def __init__(self) -> None:
        self.events: list[dict[str, str]] = []
        self.dropped = 0

    def add(self, event: dict[str, str]) -> None:
        self.events.append(event)
        if len(self.events) > MAX_LISTED_EVENTS + 1:
            del self.events[0]
            self.dropped += 1

    def mark_sent(self, upto: int) -> None:
        """Remove the events of a mail that was sent. `upto` is their number, including dropped ones."""
        gone = max(0, upto - self.dropped)
        del self.events[:gone]
        self.dropped = max(0, self.dropped - upto)


class SecurityEmails:
    """Queues security notices to users, if the server sends mail. Callers do not wait for delivery.

    Args:
        address: public address of the server, without a trailing slash.
    """

    def __init__(self, mail_queue: MailQueue, address: str) -> None:
        self._mail_queue = mail_queue
        self._address = address
        self._pending: BoundedDict[tuple[str, str], _PendingEvents] = BoundedDict(MAX_RECIPIENTS)

    def password_changed(self, user: User, at: Timestamp) -> None:
        """Notify a user of a changed password."""
        self._queue(user, PASSWORD_CHANGED, at)

    def approved(self, user: User, at: Timestamp) -> None:
        """Notify a user of the approval of the account."""
        self._queue(user, APPROVED, at)

    def second_factor_changed(self, user: User, at: Timestamp, *, is_on: bool) -> None:
        """Notify a user that the second factor was turned on or off."""
        takes = (
            "takes a code from an app beside the password" if is_on else "takes no code beside the password any more"
        )
        self._queue(user, SECOND_FACTOR, at, takes=takes)

    def signed_in(self, user: User, at: Timestamp, client_info: ClientInfo) -> None:
        """Notify a user of a login with a new program or network.

        The User-Agent is left out, because the client chooses it.
        """
        self._queue(user, SIGNED_IN, at, source=client_info.address)

    def _queue(self, user: User, kind: _Kind, at: Timestamp, **fields: str) -> None:
        if not self._mail_queue.is_enabled:
            return
        day, _, time = at.partition("T")
        key = kind.name, user.email_key
        untold = self._pending.setdefault(key, _PendingEvents())
        untold.add({"day": day, "time": time[:5], **fields})
        write = partial(self._build_email, user, kind, untold)
        self._mail_queue.enqueue(write, kind=kind.name, to=user.email_key, user=user.id, min_interval=EMAIL_INTERVAL)

    async def _build_email(self, user: User, kind: _Kind, untold: _PendingEvents) -> Email | None:
        if not untold.events:
            return None
        *before, latest = untold.events
        number = untold.dropped + len(untold.events)
        earlier = ""
        if before:
            lines = [kind.line.format(**event) for event in before]
            if untold.dropped:
                lines.append(MORE.format(number=untold.dropped))
            earlier = EARLIER.format(number=number, lines="\n".join(lines))
        text = kind.text.format(address=self._address, earlier=earlier, **latest)

        def sent() -> None:
            untold.mark_sent(number)
            if not untold.events:
                self._pending.pop((kind.name, user.email_key), None)

        return Email(user.email, kind.subject, text, user.id, sent)

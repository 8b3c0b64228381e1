"""Mail queue: one entry for each kind and recipient, urgent mail first, retries with exponential backoff."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple

from domain.base import UserId
from runtime.mail import Mailer, MailError

log = logging.getLogger(__name__)

MAX_QUEUE_LENGTH = 10_000
"""Maximum number of queued mails, about 1 kB each."""
FIRST_RETRY = 5.0
"""Seconds before the first retry; doubled for each further one."""
MAX_RETRY_INTERVAL = 3600.0
"""Maximum seconds between two tries of one mail."""
MAX_PAUSE = 300.0
"""Maximum seconds for which the queue is paused after the mail server failed."""
HOUR = 3600.0
MAX_EMAIL_AGE = 24 * 3600.0
"""Seconds after which an undelivered mail is given up."""
MAX_PER_HOUR = 5
"""Maximum number of mails of one kind to one recipient in an hour; further ones are delayed."""
DRAIN_TIMEOUT = 2.0
"""Seconds for sending the remaining mails when the server stops."""


class Email(NamedTuple):
    """Mail to one recipient.

    Attributes:
        user: account that the mail is about, for the log; the recipient is never logged.
        on_sent: called after the mail server has accepted the mail.
    """

    to: str
    subject: str
    text: str
    user: UserId | None = None
    on_sent: Callable[[], None] | None = None


EmailFactory = Callable[[], Awaitable[Email | None]]
"""Function that composes a mail just before it is sent, and again at each retry; None if it has become obsolete."""


@dataclass(slots=True)
class _QueuedEmail:
    write: EmailFactory
    kind: str
    to: str
    user: UserId | None
    bulk: bool
    queued_at: float
    due: float
    min_interval: float
    attempts: int = 0

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.to


class MailQueue:
    """Background sender of mail, one at a time, from `start` to `close`.

    After a temporary failure a mail is retried with exponential backoff for a day. A failure of the mail server pauses
    the whole queue. A mail that is rejected permanently, given up or lost is logged with its kind and the account's id.

    Args:
        mailer: mail transport; None if the server sends no mail.
        max_length: maximum number of queued mails; None is `MAX_QUEUE_LENGTH`.
        monotonic: monotonic clock, in seconds.
        call_later: calls a function after a number of seconds; None is that of the event loop.
    """

    def __init__(
        self,
        mailer: Mailer | None,
        *,
        max_length: int | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        call_later: Callable[[float, Callable[[], None]], asyncio.TimerHandle] | None = None,
    ) -> None:
        self._mailer = mailer
        self._max_length = max_length or MAX_QUEUE_LENGTH
        self._monotonic = monotonic
        self._call_later = call_later
        self._urgent: OrderedDict[tuple[str, str], _QueuedEmail] = OrderedDict()
        self._bulk: OrderedDict[tuple[str, str], _QueuedEmail] = OrderedDict()
        self._current: _QueuedEmail | None = None
        # times of the mails sent in the last hour; the key with the latest one is last
        self._sent: OrderedDict[tuple[str, str], list[float]] = OrderedDict()
        self._wake = asyncio.Event()
        self._paused_until = 0.0
        self._failures = 0  # consecutive failures of the mail server
        self._draining = False
        self._sending: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._urgent) + len(self._bulk)

    @property
    def is_enabled(self) -> bool:
        """True if the server sends mail."""
        return self._mailer is not None

    def enqueue(
        self,
        write: EmailFactory,
        *,
        kind: str,
        to: str,
        user: UserId | None = None,
        bulk: bool = False,
        delay: float = 0.0,
        min_interval: float = 0.0,
    ) -> bool:
        """Queue a mail; return False if the queue is full or the server sends no mail.

        A queued mail of the same kind to the same recipient is replaced, in its position. A recipient gets at most
        `MAX_PER_HOUR` mails of one kind in an hour, so that the server cannot be used to flood a mailbox; further ones
        are delayed.

        Args:
            write: composes the mail just before it is sent.
            kind: kind of mail, such as "reset": part of the key, and logged.
            to: recipient.
            user: account that the mail is about, if it is known already.
            bulk: True to send it after all urgent mail; urgent mail displaces it if the queue is full.
            delay: minimum seconds before it is sent.
            min_interval: minimum seconds since the last mail of this kind to this recipient.
        """
        if self._mailer is None:
            return False
        now = self._monotonic()
        place = _QueuedEmail(write, kind, to, user, bulk, now, now + delay, min_interval)
        lane = self._queue_for(place)
        if place.key not in lane and len(self) >= self._max_length and not self._displace(place):
            _warn("dropping a mail: the queue is full, with %d mails", self._max_length, of=place)
            return False
        lane[place.key] = place
        if now >= self._paused_until:
            self._wake.set()
        return True

    def start(self) -> None:
        """Start sending."""
        if self._mailer is not None:
            self._draining, self._paused_until = False, 0.0
            self._sending = asyncio.create_task(self._send_all(self._mailer), name="outgoing mail")

    async def close(self) -> None:
        """Try to send each queued mail once, for `DRAIN_TIMEOUT` seconds in total; log the lost ones."""
        if self._sending is None:
            return
        self._draining, self._paused_until = True, 0.0
        self._wake.set()
        await asyncio.wait([self._sending], timeout=DRAIN_TIMEOUT if len(self) or self._current else 0)
        while not self._sending.done():
            self._sending.cancel()
            await asyncio.wait([self._sending], timeout=0.1)  # wait_for may swallow a cancellation: cancel again
        for place in (self._current, *self._urgent.values(), *self._bulk.values()):
            if place is not None:
                _warn("losing a mail: the server stops before it is sent", of=place)
        self._current = None
        self._urgent.clear()
        self._bulk.clear()

    def _queue_for(self, place: _QueuedEmail) -> OrderedDict[tuple[str, str], _QueuedEmail]:
        return self._bulk if place.bulk else self._urgent

    def _displace(self, place: _QueuedEmail) -> bool:
        """Drop the newest bulk mail to make room for an urgent one; return False if that is impossible."""
        if place.bulk or not self._bulk:
            return False
        _, dropped = self._bulk.popitem()
        _warn("dropping a mail: the queue is full of urgent mails, %d in all", self._max_length, of=dropped)
        return True

    async def _send_all(self, mailer: Mailer) -> None:
        while True:
            self._current = place = self._next()
            if place is not None:
                await self._attempt(mailer, place)
                self._current = None
            elif self._draining:
                return
            else:
                await self._wait()

    def _next(self) -> _QueuedEmail | None:
        now = self._monotonic()
        if now >= self._paused_until:
            for lane in (self._urgent, self._bulk):
                for key, place in lane.items():
                    if self._draining or self._is_due(place, now):
                        del lane[key]
                        return place
        return None

    def _is_due(self, place: _QueuedEmail, now: float) -> bool:
        """Return True if a mail may be sent now; postpone it if earlier mails to its recipient require that."""
        if place.due > now:
            return False
        while self._sent and next(iter(self._sent.values()))[-1] <= now - HOUR:
            self._sent.popitem(last=False)
        if sent := self._sent.get(place.key):
            place.due = max(place.due, sent[-1] + place.min_interval)
            if len(sent) >= MAX_PER_HOUR and (free := sent[-MAX_PER_HOUR] + HOUR) > max(now, place.due):
                place.due = free
                _warn("delaying a mail: %d of its kind were sent to the recipient in an hour", MAX_PER_HOUR, of=place)
        return place.due <= now

    def _record_sent(self, place: _QueuedEmail) -> None:
        times = [*self._sent.pop(place.key, [])[1 - MAX_PER_HOUR :], self._monotonic()]
        self._sent[place.key] = times

    async def _wait(self) -> None:
        """Wait until a mail may be due."""
        self._wake.clear()
        timer = None
        if len(self):
            due = min(place.due for lane in (self._urgent, self._bulk) for place in lane.values())
            later = self._call_later or asyncio.get_running_loop().call_later
            timer = later(max(due, self._paused_until) - self._monotonic(), self._wake.set)
        try:
            await self._wake.wait()
        finally:
            if timer is not None:
                timer.cancel()

    async def _attempt(self, mailer: Mailer, place: _QueuedEmail) -> None:
        place.attempts += 1
        try:
            letter = await place.write()
            if letter is not None:
                place.user = letter.user or place.user
                await mailer.send(letter.to, letter.subject, letter.text)
        except MailError as failure:
            if failure.is_permanent:
                _warn("giving up a mail: %s", failure.reason, of=place)
                return
            self._reschedule(place, failure.reason, of_server=failure.is_server_error)
        except Exception as failure:  # noqa: BLE001  # no failure of one mail may stop the queue
            self._reschedule(place, type(failure).__name__)
        else:
            self._failures = 0
            if letter is not None:
                self._record_sent(place)
                if letter.on_sent is not None:
                    letter.on_sent()

    def _reschedule(self, place: _QueuedEmail, reason: str, *, of_server: bool = False) -> None:
        """Queue a mail again behind the others, unless it is too old or a newer mail has replaced it."""
        now = self._monotonic()
        if self._draining:
            _warn("losing a mail: %s, and the server stops", reason, of=place)
            if of_server:  # all further mails would fail, too
                self._paused_until = float("inf")
            return
        if of_server:  # not a fault of the mail: it is due as soon as the pause ends
            wait = _backoff(self._failures, MAX_PAUSE)
            self._failures += 1
            self._paused_until = now + wait
            place.due = now
        else:
            wait = _backoff(place.attempts - 1, MAX_RETRY_INTERVAL)
            place.due = now + wait
        if now + wait - place.queued_at > MAX_EMAIL_AGE:
            _warn("giving up a mail: %s, for %.0f hours", reason, MAX_EMAIL_AGE / 3600, of=place)
        elif place.key in self._queue_for(place):
            _warn("a mail was not sent: %s; a newer one replaces it", reason, of=place)
        else:
            _warn("a mail was not sent: %s; next try in %.0f s", reason, wait, of=place)
            self._queue_for(place)[place.key] = place


def _backoff(failures: int, most: float) -> float:
    return min(FIRST_RETRY * 2.0 ** min(failures, 20), most)


def _warn(said: str, *values: object, of: _QueuedEmail) -> None:
    fields = {"kind": of.kind, "user": of.user or "", "tries": str(of.attempts)}
    log.warning(said, *values, extra={"fields": {name: value for name, value in fields.items() if value}})

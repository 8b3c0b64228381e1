"""Mail queue: places, order, retries and what is logged, with a real SMTP server."""

import asyncio
import logging

import pytest

from runtime import mail_queue
from runtime.mail import SmtpMailer
from runtime.mail_queue import Email, MailQueue
from tests.support.mail_server import mail_server, school_with

ADA, BEA, CLEO = "ada@example.org", "bea@example.org", "cleo@example.org"


class Timers:
    """Time that passes when a test says so."""

    def __init__(self):
        self.now = 1000.0
        self._due = []
        self.set = asyncio.Event()

    def monotonic(self):
        return self.now

    def call_later(self, seconds, call):
        self._due.append((self.now + seconds, call))
        self.set.set()
        return self

    def cancel(self):
        self._due.clear()
        self.set.clear()

    async def passes(self, seconds):
        """Advance the clock when the queue waits for it."""
        async with asyncio.timeout(10):
            await self.set.wait()
        self.now += seconds
        for due, call in self._due[:]:
            if due <= self.now:
                self.cancel()
                call()


@pytest.fixture
def timers():
    return Timers()


@pytest.fixture
async def queue(mail, timers):
    mailer = SmtpMailer("127.0.0.1", mail.port, "hall@school.example", encryption="none")
    queue = MailQueue(mailer, max_length=3, monotonic=timers.monotonic, call_later=timers.call_later)
    yield queue
    await queue.close()


def queues(queue, to=ADA, subject="Hello", *, kind="reset", **options):
    async def write():
        return Email(to, subject, "Text", user=f"id of {to.partition('@')[0]}")

    return queue.enqueue(write, kind=kind, to=to, **options)


async def said(caplog, words, times=1):
    async with asyncio.timeout(10):
        while sum(words in record.getMessage() for record in caplog.records) < times:
            await asyncio.sleep(0.01)
    return next(record for record in caplog.records if words in record.getMessage())


# Places


@pytest.mark.slow
async def test_a_flood_of_requests_drops_no_link_of_another_user():
    async with mail_server() as mail, school_with(mail) as school:
        people = [await school.person(f"Ada{number}") for number in range(106)]
        mail.go.clear()  # as a mail server that is slower than the flood

        for person in people:
            body = {"email": person.user["email"]}
            assert (await school.request("POST", "/api/auth/forgot-password", body)).status == 200
        mail.go.set()

        recipients = [(await mail.arrived())["To"] for _ in people]
        assert recipients == [person.user["email"] for person in people]


async def test_repeated_requests_for_one_account_take_one_place():
    async with mail_server() as mail, school_with(mail) as school:
        ada, bea = await school.person("Ada"), await school.person("Bea")
        mail.go.clear()
        for person in (ada, ada, ada, ada, bea):
            body = {"email": person.user["email"]}
            assert (await school.request("POST", "/api/auth/forgot-password", body)).status == 200
            await mail.asked.wait()  # the first one is being sent: what comes now waits
        mail.go.set()

        recipients = [(await mail.arrived())["To"] for _ in range(3)]
        assert recipients == [ada.user["email"], ada.user["email"], bea.user["email"]]


async def test_a_newer_mail_takes_the_place_of_the_older_of_its_kind(mail, queue):
    for to, subject, kind in [
        (ADA, "old", "reset"),
        (BEA, "other", "reset"),
        (ADA, "new", "reset"),
        (ADA, "kind", "x"),
    ]:
        assert queues(queue, to, subject, kind=kind)

    queue.start()

    assert [(await mail.arrived())["Subject"] for _ in range(3)] == ["new", "other", "kind"]
    assert mail.is_empty


async def test_bulk_mail_is_sent_after_everything_else(mail, queue):
    queues(queue, ADA, "bulk", bulk=True)
    queues(queue, BEA, "urgent")

    queue.start()

    assert [(await mail.arrived())["Subject"] for _ in range(2)] == ["urgent", "bulk"]


async def test_a_full_queue_drops_bulk_mail_first_and_logs_each(mail, queue, caplog):
    queues(queue, ADA, "bulk 1", bulk=True)
    queues(queue, BEA, "bulk 2", bulk=True, user="id of bea")
    queues(queue, CLEO, "bulk 3", bulk=True)

    assert queues(queue, ADA, "urgent")
    assert not queues(queue, "dora@example.org", "bulk 4", bulk=True)

    assert [record.getMessage() for record in caplog.records] == [
        "dropping a mail: the queue is full of urgent mails, 3 in all",
        "dropping a mail: the queue is full, with 3 mails",
    ]
    queue.start()
    assert [(await mail.arrived())["Subject"] for _ in range(3)] == ["urgent", "bulk 1", "bulk 2"]


# Retries


async def test_a_mail_that_is_refused_for_now_is_tried_again_and_others_do_not_wait(mail, queue, timers, caplog):
    mail.answers[ADA] = "450 4.2.0 greylisted, try again"
    queues(queue, ADA)
    queues(queue, BEA)
    queue.start()
    assert (await mail.arrived())["To"] == BEA
    refusal = await said(caplog, "a mail was not sent: SMTPRecipientsRefused 450 4.2.0; next try in 5 s")
    assert refusal.fields == {"kind": "reset", "user": "id of ada", "tries": "1"}

    await timers.passes(5)
    await said(caplog, "next try in 10 s")
    del mail.answers[ADA]
    await timers.passes(10)

    assert (await mail.arrived())["To"] == ADA
    assert mail.tried == [ADA, BEA, ADA, ADA]


async def test_a_mail_that_is_refused_for_good_is_not_tried_again(mail, queue, caplog):
    mail.answers[ADA] = f"550 5.1.1 <{ADA}>: no such user"
    queues(queue, ADA)
    queues(queue, BEA)
    queue.start()

    assert (await mail.arrived())["To"] == BEA

    await said(caplog, "giving up a mail: SMTPRecipientsRefused 550 5.1.1")
    assert len(queue) == 0
    assert mail.tried == [ADA, BEA]


async def test_a_mail_that_is_refused_for_a_day_is_given_up(mail, queue, timers, caplog):
    mail.answers[ADA] = "450 4.2.0 greylisted"
    queues(queue, ADA)
    queue.start()

    for tries in range(1, 26):  # at 0, 1, … 24 hours
        await said(caplog, "SMTPRecipientsRefused 450 4.2.0", tries)
        if tries < 25:
            await timers.passes(mail_queue.MAX_RETRY_INTERVAL)

    assert "giving up a mail: SMTPRecipientsRefused 450 4.2.0, for 24 hours" in caplog.messages
    assert len(queue) == 0


async def test_a_mail_server_that_fails_pauses_the_queue(mail, queue, timers, caplog):
    port, nowhere = mail.port, 1
    queue._mailer._port = nowhere
    queues(queue, ADA)
    queues(queue, BEA)
    queue.start()
    await said(caplog, "next try in 5 s")
    assert queues(queue, CLEO)
    await timers.passes(4)
    assert len(caplog.records) == 1, "the others would fail, too"
    await timers.passes(1)
    await said(caplog, "next try in 10 s")

    queue._mailer._port = port
    await timers.passes(10)

    assert [(await mail.arrived())["To"] for _ in range(3)] == [ADA, CLEO, BEA]
    assert "SMTPConnectError Connection refused" in caplog.text


async def test_recipient_at_whom_the_connection_is_lost_delays_no_others(mail, queue, caplog):
    mail.dropped.add(ADA)
    queues(queue, ADA)
    queues(queue, BEA)
    queue.start()
    assert (await mail.arrived())["To"] == BEA
    await said(caplog, "next try in 5 s")
    assert ADA not in caplog.text


async def test_a_newer_mail_outlives_the_failure_of_the_older(mail, queue, timers, caplog):
    mail.go.clear()
    mail.broken = True
    queues(queue, ADA, "old")
    queue.start()
    await mail.asked.wait()
    queues(queue, ADA, "new", delay=60)
    mail.go.set()
    await said(caplog, "a newer one replaces it")
    mail.broken = False

    await timers.passes(60)

    assert (await mail.arrived())["Subject"] == "new"
    assert len(queue) == 0


async def test_a_letter_is_written_anew_for_each_try(mail, queue, timers, caplog):
    subjects = iter(["first", "second"])
    taken = []

    async def write():
        subject = next(subjects)
        return Email(ADA, subject, "Text", on_sent=lambda: taken.append(subject))

    mail.broken = True
    queue.enqueue(write, kind="reset", to=ADA)
    queue.start()
    await said(caplog, "SMTPDataError 451 4.3.0")
    mail.broken = False
    await timers.passes(5)

    assert (await mail.arrived())["Subject"] == "second"
    await queue.close()
    assert taken == ["second"]


async def test_a_failure_to_write_is_tried_again_and_told_without_its_words(mail, queue, timers, caplog):
    failures = [OSError(f"no storage for {ADA}")]

    async def write():
        if failures:
            raise failures.pop()
        return Email(ADA, "Hello", "Text")

    queue.enqueue(write, kind="reset", to=ADA)
    queue.start()
    await said(caplog, "a mail was not sent: OSError; next try in 5 s")
    await timers.passes(5)

    assert (await mail.arrived())["To"] == ADA
    assert ADA not in caplog.text


# The end


async def test_a_stop_sends_what_waits(mail, queue, timers):
    queues(queue, ADA)
    queues(queue, BEA, delay=3600)
    queue.start()

    await queue.close()

    assert [(await mail.arrived())["To"] for _ in range(2)] == [ADA, BEA]


@pytest.mark.parametrize("failing", ["mail", "server"])
async def test_a_stop_logs_what_it_cannot_send(mail, queue, caplog, failing):
    if failing == "mail":
        mail.broken = True
    else:
        queue._mailer._port = 1
    queues(queue, ADA)
    queues(queue, BEA, user="id of bea")
    queue.start()

    await queue.close()

    lost = [record for record in caplog.records if record.getMessage().startswith("losing a mail: ")]
    assert [record.fields["user"] for record in lost] == ["id of ada", "id of bea"]
    assert len(queue) == 0


# The log


ANSWERS = {
    "recipient": (f"550 5.1.1 <{ADA}>: Recipient address rejected", None),
    "data": (None, f"554 5.7.1 message for {ADA} refused: Text"),
    "later": (f"451 4.7.1 <{ADA}>: try again", None),
    "odd": (f"555 <{ADA}>", None),
}


@pytest.mark.parametrize("what", ANSWERS)
async def test_no_address_and_no_word_of_the_mail_server_is_in_the_log(mail, queue, caplog, what):
    caplog.set_level(logging.DEBUG)
    at_recipient, at_data = ANSWERS[what]
    if at_recipient:
        mail.answers[ADA] = at_recipient
    mail.refusal = at_data
    queues(queue, ADA, "A subject of its own")
    queue.start()

    refusal = await said(caplog, "a mail was not sent" if what == "later" else "giving up a mail")

    records = [record for record in caplog.records if record.name != "mail.log"]  # the test's mail server's
    lines = [record.getMessage() + str(getattr(record, "fields", "")) for record in records]
    assert not [line for line in lines for word in ("@example", "rejected", "refused:", "own") if word in line]
    assert not [record for record in records if record.exc_info]
    assert refusal.fields["user"] == "id of ada"

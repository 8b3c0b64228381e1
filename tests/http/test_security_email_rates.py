"""Notices by mail: one an hour of each kind for a recipient, which tells of all that happened."""

import pytest

from domain.accounts import ClientInfo
from runtime.mail import SmtpMailer
from runtime.mail_queue import Email, MailQueue
from services.accounts.security_emails import SecurityEmails
from tests.support.factories import at, new_user
from tests.support.mail_server import school_with
from tests.support.served import PASSWORD
from tests.unit.test_mail_queue import Timers, said

HOUR = 3600


@pytest.fixture
def timers():
    return Timers()


@pytest.fixture
async def outgoing(mail, timers):
    mailer = SmtpMailer("127.0.0.1", mail.port, "hall@school.example", encryption="none")
    outgoing = MailQueue(mailer, monotonic=timers.monotonic, call_later=timers.call_later)
    outgoing.start()
    yield outgoing
    await outgoing.close()


@pytest.fixture
def notices(outgoing):
    return SecurityEmails(outgoing, "https://study.example.org")


async def changes_password(person, times, current=PASSWORD, new="another password"):
    for _ in range(times):
        body = {"currentPassword": current, "newPassword": new}
        assert (await person.put("/api/auth/password", body)).status == 200
        current, new = new, current


async def test_ten_new_passwords_are_one_mail_and_the_rest_in_the_next(mail):
    async with school_with(mail) as school:
        ada = await school.person()
        await changes_password(ada, 1)
        assert (await mail.arrived())["Subject"] == "Your password for Studyhall was changed"

        await changes_password(ada, 9, "another password", PASSWORD)

        assert len(school.services.mail_queue) == 1
        assert mail.is_empty
        await school.services.mail_queue.close()
        assert "the latest of 9 " in (await mail.arrived()).get_content()
        assert mail.is_empty


async def test_a_new_account_with_the_address_of_a_deleted_one_gets_no_more(mail):
    async with school_with(mail) as school:
        for number in range(3):
            ada = await school.person()
            await changes_password(ada, 1)
            if number == 0:
                await mail.arrived()
            body = {"currentPassword": "another password"}
            assert (await ada.delete("/api/auth/me", body)).status == 200
        assert mail.is_empty


async def test_an_hour_later_the_further_ones_are_told(mail, notices, outgoing, timers):
    ada = new_user("Ada")
    notices.password_changed(ada, at(0))
    first = (await mail.arrived()).get_content()
    assert "latest of" not in first
    for minute in (1, 2, 3):
        notices.password_changed(ada, at(60 * minute))
    await timers.passes(HOUR - 1)
    assert mail.is_empty

    await timers.passes(1)

    told = (await mail.arrived()).get_content()
    assert "the latest of 3 " in told
    assert [told.count(f"at {at(60 * minute)[11:16]} UTC") for minute in range(5)] == [0, 1, 1, 1, 0]
    notices.password_changed(ada, at(7000))
    assert len(outgoing) == 1, "the second mail begins another hour"


async def test_each_kind_and_each_recipient_has_its_own_hour(mail, notices):
    ada, bea = new_user("Ada"), new_user("Bea")
    for user in (ada, bea):
        notices.password_changed(user, at(0))
        notices.second_factor_changed(user, at(0), is_on=True)
        notices.signed_in(user, at(0), ClientInfo("Firefox", "192.0.2.1"))
    arrived = [await mail.arrived() for _ in range(6)]
    assert len({(letter["To"], letter["Subject"]) for letter in arrived}) == 6


async def test_every_sign_in_and_every_state_is_told_in_the_end(mail, notices, timers):
    ada = new_user("Ada")
    for number in range(15):
        notices.signed_in(ada, at(60 * number), ClientInfo("Firefox", f"192.0.2.{number}"))
        notices.second_factor_changed(ada, at(60 * number), is_on=number % 2 == 0)
        if number == 0:
            for _ in range(2):
                await mail.arrived()
    await timers.passes(HOUR)
    told = {letter["Subject"]: letter.get_content() for letter in [await mail.arrived(), await mail.arrived()]}

    sign_ins = told["A new sign-in to Studyhall"]
    assert "the latest of 14 " in sign_ins
    assert [f"192.0.2.{number}" in sign_ins for number in (3, 4, 13, 14)] == [False, True, True, True]
    assert "and 3 more" in sign_ins
    assert "takes a code from an app" in told["Signing in to Studyhall"]
    assert "takes no code" in told["Signing in to Studyhall"]


async def test_what_was_not_sent_is_told_with_what_comes_after_it(mail, notices, timers, caplog):
    ada = new_user("Ada")
    mail.broken = True
    notices.password_changed(ada, at(0))
    await said(caplog, "a mail was not sent")
    notices.password_changed(ada, at(60))
    await said(caplog, "next try in 5 s", 2)
    mail.broken = False

    await timers.passes(5)

    assert "the latest of 2 " in (await mail.arrived()).get_content()


async def test_a_recipient_gets_five_mails_of_one_kind_an_hour_whatever_sends_them(mail, outgoing, timers, caplog):
    async def write():
        return Email("ada@example.org", "Hello", "Text")

    for _ in range(5):
        outgoing.enqueue(write, kind="verify", to="ada@example.org")
        await mail.arrived()
    outgoing.enqueue(write, kind="verify", to="ada@example.org")
    await said(caplog, "delaying a mail: 5 of its kind were sent to the recipient in an hour")
    await timers.passes(HOUR - 1)
    assert mail.is_empty
    await timers.passes(1)
    await mail.arrived()

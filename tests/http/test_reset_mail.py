"""Links to set a new password, by mail: from the request to what an SMTP server is given."""

import asyncio
import re
import ssl

import pytest

from tests.support.mail_server import certificate, mail_server, school_with
from tests.support.served import PASSWORD, PATIENCE, served

NEW = "another password"
LINK = re.compile(r"^https://study\.example\.org/reset#([\w-]{43})\r?$", re.MULTILINE)


@pytest.fixture
async def school(mail):
    async with school_with(mail) as school:
        yield school


def forgot(school, email):
    return school.request("POST", "/api/auth/forgot-password", {"email": email})


async def said(caplog, words):
    """Wait until something is logged."""
    async with asyncio.timeout(10):
        while not any(words in record.getMessage() for record in caplog.records):
            await asyncio.sleep(0.01)


async def test_a_lost_password_is_set_anew_with_what_comes_by_mail(school, mail):
    ada = await school.person()

    assert (await forgot(school, " ADA.okafor@example.org")).data is None

    letter = await mail.arrived()
    assert (letter["From"], letter["To"]) == ("hall@school.example", "ada.okafor@example.org")
    assert mail.recipients == [["ada.okafor@example.org"]]
    assert letter["Subject"] == "Set a new password for Studyhall"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Date"]
    assert letter["Message-ID"]
    assert "Okafor" not in letter.get_content(), "a name may be anything, also of somebody who registers others"
    token = LINK.search(letter.get_content())[1]
    body = {"token": token, "newPassword": NEW}
    assert (await school.request("POST", "/api/auth/reset-password", body)).status == 200
    credentials = {"email": ada.user["email"], "password": NEW}
    assert (await school.request("POST", "/api/auth/login", credentials)).status == 200


async def test_the_answer_does_not_tell_whether_there_is_an_account(school, mail, monkeypatch):
    ada, eve = await school.person(), await school.person("Eve")
    storage = school.storage
    await storage.set_access(eve.id, disabled=True)
    looked_up, go = [], asyncio.Event()
    account_by_email = storage.account_by_email

    async def slow(email):
        looked_up.append(email)
        await go.wait()
        return await account_by_email(email)

    monkeypatch.setattr(storage, "account_by_email", slow)
    emails = ["nobody@example.org", eve.user["email"], ada.user["email"]]
    answers = [await forgot(school, email) for email in emails]

    assert {(answer.status, str(answer.body)) for answer in answers} == {(200, "{'success': True, 'data': None}")}
    assert len(looked_up) <= 1, "nothing is looked up before the answer"
    go.set()
    assert (await mail.arrived())["To"] == ada.user["email"]
    assert looked_up == emails
    assert mail.is_empty


async def test_where_no_mail_is_sent_everybody_is_told_whom_to_ask():
    async with served() as school:
        ada = await school.person()

        answers = [await forgot(school, email) for email in (ada.user["email"], "nobody@example.org")]

        assert {(answer.status, answer.body["code"]) for answer in answers} == {(403, "mail_off")}
        assert "ask whoever runs the server" in answers[0].body["message"]


async def test_a_mail_server_that_fails_is_told_in_one_line_and_asked_again_for_the_next(school, mail, caplog):
    ada = await school.person()
    mail.broken = True
    assert (await forgot(school, ada.user["email"])).status == 200
    await said(caplog, "a mail was not sent: SMTPDataError 451 4.3.0; next try in 5 s")

    mail.broken = False
    assert (await forgot(school, ada.user["email"])).status == 200

    assert (await mail.arrived())["To"] == ada.user["email"]
    assert not [record for record in caplog.records if record.exc_info]
    assert ada.user["email"] not in caplog.text


async def test_a_mail_server_that_says_nothing_holds_up_nobody(mail, caplog):
    async with school_with(mail, mail_timeout="0.2") as school:
        ada = await school.person()
        mail.go.clear()

        assert (await forgot(school, ada.user["email"])).status == 200

        await said(caplog, "TimeoutError")
        mail.go.set()


async def test_a_stop_does_not_wait_for_a_mail_server(mail, monkeypatch):
    monkeypatch.setattr("runtime.mail_queue.DRAIN_TIMEOUT", 0.2)
    mail.go.clear()
    async with asyncio.timeout(5):
        async with school_with(mail, mail_timeout="60") as school:
            ada = await school.person()
            await forgot(school, ada.user["email"])
            await mail.asked.wait()
        await mail.left.wait()
    mail.go.set()


@pytest.mark.parametrize("waiting", range(1, 6))
async def test_a_stop_at_any_moment_ends_the_sending(mail, waiting):
    async with asyncio.timeout(5):
        async with school_with(mail) as school:
            ada = await school.person()
            for _ in range(waiting):
                await forgot(school, ada.user["email"])


async def test_a_full_queue_is_told_to_who_asks_for_a_link(mail, monkeypatch):
    monkeypatch.setattr("runtime.mail_queue.MAX_QUEUE_LENGTH", 2)
    async with school_with(mail) as school:
        people = []
        for number in range(4):
            people.append(await school.person(f"Ada{number}"))
            await mail.verified()  # it would take one of the two places
        mail.go.clear()
        await forgot(school, people[0].user["email"])
        async with asyncio.timeout(PATIENCE):
            await mail.asked.wait()

        answers = [await forgot(school, person.user["email"]) for person in people[1:]]
        mail.go.set()

        assert [answer.status for answer in answers] == [200, 200, 429]
        assert answers[2].body["code"] == "rate_limited"
        assert answers[2].headers["Retry-After"] == "60"
        assert [(await mail.arrived())["To"] for _ in range(3)] == [person.user["email"] for person in people[:3]]


async def test_sixty_links_an_hour_are_asked_for_from_one_address(mail):
    async with school_with(mail, limits_enabled="true") as school:
        answers = [await forgot(school, f"nobody{number}@example.org") for number in range(61)]

        assert [answer.status for answer in answers] == [200] * 60 + [429]


async def test_five_mails_an_hour_are_asked_for_with_one_email_whether_there_is_an_account_or_not(mail):
    async with school_with(mail, limits_enabled="true") as school:
        ada = await school.person()

        for email in (ada.user["email"], "nobody@example.org"):
            answers = [await forgot(school, email) for _ in range(6)]

            assert [answer.status for answer in answers] == [200] * 5 + [429]
        await school.services.mail_queue.close()  # sends what waits; a newer link has replaced some
        links = []
        while not mail.is_empty:
            links.append(LINK.search((await mail.arrived()).get_content())[1])
        assert 1 <= len(links) <= 5
        body = {"token": links[-1], "newPassword": NEW}
        assert (await school.request("POST", "/api/auth/reset-password", body)).status == 200


# Encryption


async def test_nothing_is_sent_in_the_clear_where_encryption_is_wanted(mail, caplog):
    async with school_with(mail, mail_encryption="starttls") as school:
        ada = await school.person()

        await forgot(school, ada.user["email"])

        await said(caplog, "a mail was not sent: ")
        assert mail.is_empty


@pytest.mark.processes
@pytest.mark.parametrize("trusted", [True, False])
async def test_a_mail_is_encrypted_for_a_server_that_proves_who_it_is(tmp_path, monkeypatch, caplog, trusted):
    file, key = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file, key)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    login = {"mail_encryption": "starttls", "mail_username": "hall", "mail_password": PASSWORD}
    async with mail_server(context, ("hall", PASSWORD)) as mail, school_with(mail, **login) as school:
        ada = await school.person()

        await forgot(school, ada.user["email"])

        if trusted:
            assert (await mail.arrived())["To"] == ada.user["email"]
            assert mail.encrypted == [True]
        else:
            await said(caplog, "a mail was not sent: ")
            assert mail.is_empty
            assert PASSWORD not in caplog.text

"""Security mails about a user's own account."""

import re

import pytest

from tests.support.mail_server import school_with
from tests.support.served import PASSWORD

NEW = "another password"
MOMENT = re.compile(r"on \d{4}-\d\d-\d\d at \d\d:\d\d UTC")


@pytest.fixture
async def school(mail):
    async with school_with(mail, server_trusted_proxies="127.0.0.1") as school:
        yield school


async def signs_in(school, person, program="Firefox", address="192.0.2.1", password=PASSWORD):
    body = {"email": person.user["email"], "password": password}
    headers = {"User-Agent": program, "X-Forwarded-For": address}
    answer = await school.request("POST", "/api/auth/login", body, headers=headers)
    assert answer.status == 200


async def nothing_came_before(school, mail, person):
    """See that the next mail is one that is sent now."""
    body = {"email": person.user["email"]}
    assert (await school.request("POST", "/api/auth/forgot-password", body)).status == 200
    assert (await mail.arrived())["Subject"] == "Set a new password for Studyhall"


async def test_a_new_password_is_told_with_what_to_do_where_it_was_somebody_else(school, mail):
    ada = await school.person()

    body = {"currentPassword": PASSWORD, "newPassword": NEW}
    assert (await ada.put("/api/auth/password", body)).status == 200

    letter = await mail.arrived()
    assert (letter["To"], letter["Subject"]) == (ada.user["email"], "Your password for Studyhall was changed")
    said = letter.get_content()
    assert MOMENT.search(said)
    assert "https://study.example.org/forgot" in said
    assert "Okafor" not in said
    assert NEW not in said


async def test_one_that_was_set_with_a_link_is_told_too(school, mail):
    ada = await school.person()
    link = await school.services.password_resets.links.create(ada.id)

    body = {"token": link.rpartition("#")[2], "newPassword": NEW}
    assert (await school.request("POST", "/api/auth/reset-password", body)).status == 200

    assert (await mail.arrived())["Subject"] == "Your password for Studyhall was changed"


async def test_one_that_was_not_changed_is_not(school, mail):
    ada = await school.person()
    body = {"currentPassword": "a guess at it", "newPassword": NEW}
    assert (await ada.put("/api/auth/password", body)).status == 403
    await nothing_came_before(school, mail, ada)


async def test_a_sign_in_where_they_had_not_been_is_told_and_none_where_they_had(school, mail):
    ada = await school.person()
    await ada.post("/api/auth/logout")
    await signs_in(school, ada)  # they are signed in nowhere else
    await signs_in(school, ada, address="192.0.2.2")  # the program is known
    await signs_in(school, ada, program="Chromium")  # the address is
    await nothing_came_before(school, mail, ada)

    await signs_in(school, ada, program="Evil, see https://evil.example", address="198.51.100.7")

    letter = await mail.arrived()
    assert (letter["To"], letter["Subject"]) == (ada.user["email"], "A new sign-in to Studyhall")
    said = letter.get_content()
    assert MOMENT.search(said)
    assert "(198.51.100.7)" in said
    assert "vil" not in said, "the words of whoever signed in are not sent on"


async def test_nobody_is_told_of_a_sign_in_that_failed_in_the_end(school, mail, monkeypatch):
    ada = await school.person()
    storage = school.storage
    account = storage.account

    async def changed_meanwhile(user_id):
        await storage.set_access(user_id, disabled=True)
        return await account(user_id)

    monkeypatch.setattr(storage, "account", changed_meanwhile)
    body = {"email": ada.user["email"], "password": PASSWORD}
    answer = await school.request("POST", "/api/auth/login", body, headers={"X-Forwarded-For": "198.51.100.7"})
    assert answer.status == 401
    monkeypatch.undo()
    await storage.set_access(ada.id, disabled=False)
    await nothing_came_before(school, mail, ada)

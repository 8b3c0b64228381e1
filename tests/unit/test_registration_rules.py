"""Rules for new accounts: registration modes and allowed domains."""

import pytest

from domain.account_requests import Registration
from domain.accounts import ClientInfo
from domain.errors.base import InvalidInput
from services.accounts.registration_rules import RegistrationRules
from tests.support.served import PASSWORD, served
from text import normalise

NEW = {"firstName": "Ada", "lastName": "Okafor", "password": PASSWORD}


async def register(school, email):
    return await school.request("POST", "/api/auth/register", NEW | {"email": email})


async def login(school, email):
    return (await school.request("POST", "/api/auth/login", {"email": email, "password": PASSWORD})).status


@pytest.mark.parametrize(("mode", "code"), [("closed", "registration_closed"), ("invited", "invitation_needed")])
async def test_register_when_not_open_is_refused_for_every_email(mode, code):
    async with served(environ={"STUDYHALL_ACCOUNTS_REGISTRATION": mode}) as school:
        await school.services.accounts.create(Registration("Ben", "ben@school.example", PASSWORD), ClientInfo("test"))
        known, unknown = [await register(school, email) for email in ("ben@school.example", "new@school.example")]
        assert (known.status, known.body["code"]) == (unknown.status, unknown.body["code"]) == (403, code)
        assert known.body["message"] == unknown.body["message"]
        assert await login(school, "new@school.example") == 401
        assert await login(school, "ben@school.example") == 200


async def test_register_with_another_domain_names_the_email_and_the_domains():
    environ = {"STUDYHALL_ACCOUNTS_ALLOWED_DOMAINS": "school.example, *.class.example"}
    async with served(environ=environ) as school:
        await school.services.accounts.create(Registration("Ben", "ben@other.example", PASSWORD), ClientInfo("test"))
        known, unknown = [await register(school, f"{name}@other.example") for name in ("ben", "new")]
        assert known.body["errors"] == unknown.body["errors"]
        words = "must be an address of school.example or *.class.example"
        [error] = unknown.body["errors"]
        assert (error["field"], error["message"]) == ("email", words)
        assert (await register(school, "ada@school.example")).status == 201
        assert await login(school, "ben@other.example") == 200


@pytest.mark.parametrize(
    "email",
    ["a@school.example", "a@SCHOOL.example.", "a@\uff53chool.example", "a@x.class.example", "a@x.y.class.example"],
)
def test_email_of_an_allowed_domain_passes_in_every_spelling(email):
    RegistrationRules("open", ["School.example", "*.class.example"]).check(email)


def test_international_domain_is_one_domain_in_both_forms():
    for listed, email in (("schüle.example", "a@xn--schle-mva.example"), ("xn--schle-mva.example", "a@SCHÜLE.example")):
        RegistrationRules("open", [listed]).check(email)


@pytest.mark.parametrize(
    "email",
    [
        "a@class.example",
        "a@sub.school.example",
        "a@school.example.evil.example",
        "a@xclass.example",
        "school.example@evil.example",
        "a@ schoo1.example",
    ],
)
def test_email_of_another_domain_is_refused(email):
    with pytest.raises(InvalidInput, match="email: must be an address of"):
        RegistrationRules("open", ["school.example", "*.class.example"]).check(email)


async def test_server_rules_are_public():
    environ = {"STUDYHALL_ACCOUNTS_REGISTRATION": "invited", "STUDYHALL_ACCOUNTS_ALLOWED_DOMAINS": "school.example"}
    async with served(environ=environ) as school:
        shown = (await school.request("GET", "/api/server")).data
    assert shown == {
        "registration": "invited",
        "allowedDomains": ["school.example"],
        "approval": False,
        "mail": False,
        "verifiedOnly": False,
    }


@pytest.mark.parametrize(
    "email",
    [
        "a\uff20evil.example@school.example",  # a mail server may take the wide one for an @
        "a@evil.example\uff20x.class.example",
        "a@evil.example/.class.example",
        "a@evil.example?.class.example",
        "a@evil.example#.class.example",
        "a@evil.example%00.class.example",
        "a@.class.example",
        "a@x..class.example",
    ],
)
def test_what_is_no_address_of_a_host_is_of_no_allowed_domain(email):
    with pytest.raises(InvalidInput):
        RegistrationRules("open", ["school.example", "*.class.example"]).check(normalise.email(email))
    RegistrationRules("open", []).check(normalise.email(email))

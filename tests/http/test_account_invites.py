"""Invitations by admins to make an account."""

import asyncio
import json
import re

import pytest

from domain.account_requests import Registration
from domain.accounts import ClientInfo
from runtime import json_codec
from tests.support.mail_server import mail_server, school_with
from tests.support.served import PASSWORD, Person, served

INVITED = {"STUDYHALL_ACCOUNTS_REGISTRATION": "invited", "STUDYHALL_ACCOUNTS_ALLOWED_DOMAINS": "school.example"}
NEW = {"firstName": "Ada", "lastName": "Okafor", "password": PASSWORD}


async def an_admin(school, name="Head"):
    account = Registration(name, f"{name.lower()}@school.example", PASSWORD)
    signed_in = await school.services.accounts.create(account, ClientInfo(), role="admin")
    return Person(school, json.loads(json_codec.dumps(signed_in)))


async def make(admin, **fields):
    answer = await admin.post("/api/account-invites", fields)
    assert answer.status == 201, answer
    return answer.data


async def register(school, code, email="ada@school.example"):
    return await school.request("POST", "/api/auth/register", NEW | {"email": email, "invite": code})


async def look(school, code):
    return await school.request("POST", "/api/account-invites/lookup", {"code": code})


async def test_register_with_an_invitation_uses_it_up_and_lists_the_user():
    async with served(environ=INVITED) as school:
        head = await an_admin(school)
        made = await make(head, uses=1)
        assert (made["uses"], made["used"], made["works"], made["email"], made["mailed"]) == (1, 0, True, None, False)
        assert (await look(school, made["code"])).data["invitedBy"]["name"] == "Head"
        ada = await register(school, made["code"])
        assert (ada.status, ada.body["user"]["role"]) == (201, "student")
        late = await register(school, made["code"], "ben@school.example")
        assert (late.status, late.body["code"]) == (404, "invite_not_found")
        assert (await look(school, made["code"])).status == 404
        [listed] = (await head.get("/api/account-invites")).data
        assert (listed["used"], listed["works"], listed["createdBy"]["id"]) == (1, False, head.id)
        assert [person["name"] for person in listed["usedBy"]] == ["Ada Okafor"]
        assert "code" not in listed


async def test_of_twenty_with_the_last_use_one_gets_an_account():
    async with served(environ=INVITED) as school:
        made = await make(await an_admin(school), uses=1)
        emails = [f"{number}@school.example" for number in range(20)]
        answers = await asyncio.gather(*(register(school, made["code"], email) for email in emails))
        assert sorted(answer.status for answer in answers) == [201] + [404] * 19
        assert len(await school.storage.users(limit=50)) == 2


async def test_an_invitation_for_one_address_overrides_the_domains():
    async with served(environ=INVITED) as school:
        made = await make(await an_admin(school), email="guest@Other.example", uses=9)
        assert (made["uses"], made["email"]) == (1, "guest@other.example")
        other = await register(school, made["code"])
        assert other.body["errors"] == [
            {
                "field": "email",
                "code": "not_invited_email",
                "message": "must be the address that the invitation is for",
                "params": {},
            }
        ]
        assert (await register(school, made["code"], "GUEST@other.example.")).status == 201


async def test_an_invitation_for_everybody_obeys_the_allowed_domains():
    async with served(environ=INVITED) as school:
        made = await make(await an_admin(school))
        refused = await register(school, made["code"], "ada@other.example")
        assert refused.body["errors"][0]["field"] == "email"
        assert (await register(school, made["code"])).status == 201


@pytest.mark.parametrize("standing", [{"role": "student"}, {"disabled": True}])
async def test_an_invitation_of_a_former_admin_is_worth_nothing(standing):
    async with served(environ=INVITED) as school:
        head, other = await an_admin(school), await an_admin(school, "Other")
        made = await make(head)
        await school.storage.set_access(head.id, **standing)
        assert (await look(school, made["code"])).body["code"] == "invite_not_found"
        assert (await register(school, made["code"])).body["code"] == "invite_not_found"
        [listed] = (await other.get("/api/account-invites")).data
        assert listed["works"] is False


async def test_a_revoked_invitation_is_worth_nothing_and_stays_listed():
    async with served(environ=INVITED) as school:
        head = await an_admin(school)
        made = await make(head)
        assert (await register(school, made["code"])).status == 201
        assert (await head.delete(f"/api/account-invites/{made['id']}")).status == 200
        assert (await register(school, made["code"], "ben@school.example")).body["code"] == "invite_not_found"
        [listed] = (await head.get("/api/account-invites")).data
        assert (listed["revoked"], listed["works"], len(listed["usedBy"])) == (True, False, 1)


async def test_closed_registration_takes_no_invitation():
    async with served(environ={"STUDYHALL_ACCOUNTS_REGISTRATION": "closed"}) as school:
        head = await an_admin(school)
        answers = [await head.post("/api/account-invites", {}), await register(school, "x"), await look(school, "x")]
        assert [answer.body["code"] for answer in answers] == ["registration_closed"] * 3


@pytest.mark.parametrize("mode", ["open", "invited"])
async def test_an_unknown_code_is_refused(mode):
    async with served(environ={"STUDYHALL_ACCOUNTS_REGISTRATION": mode}) as school:
        assert (await register(school, "nothing")).body["code"] == "invite_not_found"


async def test_tries_of_codes_are_limited_by_address():
    environ = {"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_INVITE_TRIES": "1/minute"}
    async with served(environ={**environ, "STUDYHALL_LIMITS_PEOPLE_PER_ADDRESS": "2"}) as school:
        answers = [await look(school, "nothing"), await register(school, "nothing"), await look(school, "nothing")]
        assert [answer.status for answer in answers] == [404, 404, 429]


async def test_an_invitation_for_one_address_is_mailed():
    rules = {"accounts_registration": "invited", "accounts_allowed_domains": "school.example"}
    async with mail_server() as mail, school_with(mail, **rules) as school:
        head = await an_admin(school)
        made = await make(head, email="guest@other.example")
        assert made["mailed"] is True
        letter = await mail.arrived()
        assert letter["To"] == "guest@other.example"
        [code] = re.findall(r"https://study\.example\.org/join#(\S+)", letter.get_content())
        assert code == made["code"]
        assert (await register(school, code, "guest@other.example")).status == 201
        assert (await make(head))["mailed"] is False


async def test_an_export_has_the_invitations_made_and_used():
    async with served(environ=INVITED) as school:
        head = await an_admin(school)
        made = await make(head, email="ada@school.example")
        ada = Person(school, (await register(school, made["code"])).body)
        for person, was, email in ((head, "maker", None), (ada, "user", "ada@school.example")):
            [kept] = (await person.get("/api/auth/me/export")).body["accountInvites"]
            assert (kept["id"], kept["was"], kept["email"]) == (made["id"], was, email)

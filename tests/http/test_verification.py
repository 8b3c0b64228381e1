"""Verified emails: from the mail after registering to what an unverified account may do."""

import asyncio
import re

import pytest

import config
from domain.clock import SystemClock, seconds_between
from domain.errors.settings import SettingsError
from services.accounts.email_verification import LIFETIME
from tests.support.mail_server import school_with
from tests.support.served import PASSWORD, served

LINK = re.compile(r"^https://study\.example\.org/verify#([\w-]{43})\r?$", re.MULTILINE)
VERIFY, AGAIN = "/api/auth/verify-email", "/api/auth/me/verification"


@pytest.fixture
async def school(mail):
    async with school_with(mail) as school:
        yield school


async def mailed(mail):
    """Return the token and the recipient of the next verification mail."""
    async with asyncio.timeout(15):
        letter = await mail.verifications.get()
    return LINK.search(letter.get_content())[1], letter["To"]


async def verified_at(person):
    return (await person.get("/api/auth/me")).data["verifiedAt"]


async def test_link_after_registering_verifies_the_email_once(school, mail):
    ada = await school.person()
    assert ada.user["verifiedAt"] is None
    token, recipient = await mailed(mail)
    assert recipient == ada.user["email"]

    answer = await ada.post(VERIFY, {"token": token})

    assert answer.data["verifiedAt"] == await verified_at(ada) is not None
    assert (await ada.post(VERIFY, {"token": token})).body["code"] == "invalid_verification_token"
    assert (await ada.post(AGAIN)).body["code"] == "email_verified"


async def test_mail_of_a_verification_holds_no_name(school, mail):
    await school.person("Win-a-prize", "At-evil")
    async with asyncio.timeout(15):
        letter = await mail.verifications.get()
    assert "prize" not in letter.get_content()
    assert "evil" not in letter.get_content()


async def test_link_verifies_no_account_but_its_own(school, mail):
    ada, eve = await school.person(), await school.person("Eve")
    tokens = dict([(await mailed(mail))[::-1] for _ in range(2)])

    of_eve = tokens[eve.user["email"]]
    assert (await ada.post(VERIFY, {"token": of_eve})).body["code"] == "invalid_verification_token"
    assert (await school.request("POST", VERIFY, {"token": of_eve})).body["code"] == "not_signed_in"
    assert await verified_at(eve) is None
    assert (await eve.post(VERIFY, {"token": of_eve})).status == 200


async def test_link_sent_again_voids_the_one_before(school, mail):
    ada = await school.person()
    first, _ = await mailed(mail)
    assert (await ada.post(AGAIN)).status == 200
    second, _ = await mailed(mail)

    assert (await ada.post(VERIFY, {"token": first})).body["code"] == "invalid_verification_token"
    assert (await ada.post(VERIFY, {"token": second})).status == 200


async def test_link_is_stored_as_a_hash_and_expires(school, mail):
    ada = await school.person()
    token, _ = await mailed(mail)
    tables = school.storage._tables
    assert token not in repr(vars(tables))
    kept = tables.verifications[ada.id]
    assert LIFETIME - 60 < seconds_between(SystemClock().now(), kept.expires_at) <= LIFETIME
    tables.verifications[ada.id] = type(kept)(kept.user_id, kept.token_hash, "2020-01-01T00:00:00.000Z")
    assert (await ada.post(VERIFY, {"token": token})).body["code"] == "invalid_verification_token"


async def test_mails_to_one_address_are_limited_through_new_accounts_too(mail):
    limits = {"limits_enabled": "true", "limits_verifications": "2/hour"}
    async with school_with(mail, **limits) as school:
        ada = await school.person()
        await mailed(mail)
        await ada.deletes_their_account()
        again = await school.person()
        await mailed(mail)

        refused = await again.post(AGAIN)

        assert (refused.status, refused.body["code"]) == (429, "rate_limited")
        await again.deletes_their_account()
        assert (await school.person()).user["verifiedAt"] is None, "registering goes on without a mail"
        assert len(school.services.mail_queue) == 0


async def test_password_set_by_a_mailed_link_verifies_the_email(school, mail):
    ada = await school.person()
    assert (await school.request("POST", "/api/auth/forgot-password", {"email": ada.user["email"]})).status == 200
    token = re.search(r"/reset[/#]([\w-]{43})", (await mail.arrived()).get_content())[1]
    body = {"token": token, "newPassword": "another password"}
    assert (await school.request("POST", "/api/auth/reset-password", body)).status == 200

    credentials = {"email": ada.user["email"], "password": "another password"}
    assert (await school.request("POST", "/api/auth/login", credentials)).body["user"]["verifiedAt"] is not None


async def test_without_mail_nobody_is_told_to_verify():
    async with served() as school:
        ada = await school.person()
        assert (await ada.post(AGAIN)).body["code"] == "mail_off"
        assert await ada.opens()
        rules = (await school.request("GET", "/api/server")).data
        assert (rules["mail"], rules["verifiedOnly"]) == (False, False)


# Rooms for verified users only


@pytest.fixture
async def strict(mail):
    async with school_with(mail, accounts_require_verified="true") as school:
        yield school


async def verify(person, mail):
    token, recipient = await mailed(mail)
    assert recipient == person.user["email"]
    assert (await person.post(VERIFY, {"token": token})).status == 200


async def test_unverified_users_are_barred_from_rooms_until_they_verify(strict, mail):
    owner = await strict.person("Owner")
    await verify(owner, mail)
    room = await owner.opens()
    path = f"/api/study-rooms/{room}"
    code = (await owner.post(f"{path}/invites", {})).data["code"]
    ada = await strict.person()
    asked = {
        "/api/study-rooms": {"name": "Calculus"},
        f"{path}/join": None,
        f"/api/invites/{code}": None,
        f"{path}/messages": {"content": "hello"},
        f"{path}/messages/system": {"content": "hello"},
        f"{path}/invites": {},
    }
    for asks, body in asked.items():
        refused = await ada.post(asks, body)
        assert (refused.status, refused.body["code"]) == (403, "email_not_verified"), asks
    chat = await ada.chat()
    for event, argument in (("join-room", room), ("send-message", {"roomId": room, "content": "hello"})):
        ack = await chat.call(event, argument)
        assert ack["error"]["code"] == "email_not_verified", event

    await verify(ada, mail)

    assert (await ada.post(f"{path}/join")).status == 200
    assert (await chat.call("join-room", room))["ok"], "the connection need not be made anew"
    assert (await chat.call("send-message", {"roomId": room, "content": "hello"}))["ok"]


async def test_unverified_users_may_leave_read_and_delete_their_account(strict, mail):
    owner = await strict.person("Owner")
    await verify(owner, mail)
    room = await owner.opens()
    storage = strict.storage
    ada, ben = await strict.person(), await strict.person("Ben")
    for person in (ada, ben):
        await storage.add_member(room, person.id, "2026-11-30T00:00:00.000Z")
    assert (await ada.get(f"/api/study-rooms/{room}/messages")).status == 200
    assert (await ada.post(f"/api/study-rooms/{room}/leave")).status == 200
    await ben.deletes_their_account()


async def test_unverified_moderators_and_admins_keep_no_order(strict, mail):
    owner = await strict.person("Owner")
    await verify(owner, mail)
    room = await owner.opens()
    head = await strict.person("Head")
    await strict.storage.set_access(head.id, role="admin")
    for method, path, body in (
        ("PUT", "", {"name": "Algebra"}),
        ("DELETE", "", None),
        ("PUT", f"/members/{owner.id}/mute", {"seconds": 60}),
        ("GET", "/bans", None),
        ("GET", "/audit-log", None),
    ):
        refused = await strict.request(method, f"/api/study-rooms/{room}{path}", body, token=head.token)
        assert (refused.status, refused.body["code"]) == (403, "email_not_verified"), path


def test_rooms_for_verified_users_need_mail(tmp_path):
    environ = {"STUDYHALL_ACCOUNTS_REQUIRE_VERIFIED": "true"}
    with pytest.raises(SettingsError, match="require_verified: emails are verified by mail"):
        config.load(config.ROOT / "config.toml", environ, {}, None)


async def test_admins_see_who_is_verified(school, mail):
    ada, head = await school.person(), await school.person("Head")
    await school.storage.set_access(head.id, role="admin")
    token = {recipient: token for token, recipient in [await mailed(mail) for _ in range(2)]}[ada.user["email"]]
    assert (await ada.post(VERIFY, {"token": token})).status == 200
    shown = {user["id"]: user["verifiedAt"] for user in (await head.get("/api/users")).data["users"]}
    assert shown[ada.id] is not None
    assert shown[head.id] is None
    assert PASSWORD not in repr(shown)

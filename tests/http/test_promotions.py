"""New admins over the network: proposed by one, confirmed by another, told to all."""

import asyncio

import pytest

from domain.accounts import EmailVerificationToken
from runtime.mail_queue import MailQueue
from tests.support.mail_server import mail_server, school_with
from tests.support.served import served


async def admin(school, name):
    person = await school.person(name)
    await school.storage.set_access(person.id, role="admin")
    return person


def promotion(user):
    return f"/api/users/{user.id}/promotion"


@pytest.fixture
async def cast(school):
    return await admin(school, "Grace"), await admin(school, "Mary"), await school.person("Ada")


async def test_two_admins_make_an_admin_and_the_page_of_the_user_hears(school, cast, caplog):
    caplog.set_level("INFO")
    grace, mary, ada = cast
    personal = await ada.personal()

    proposed = await grace.post(promotion(ada))

    assert (proposed.status, proposed.data["proposedBy"]["id"]) == (201, grace.id)
    [listed] = (await mary.get("/api/promotions")).data
    assert (listed["user"]["id"], listed["proposedBy"]["name"]) == (ada.id, grace.name)
    assert (await grace.put(promotion(ada))).body["code"] == "own_promotion"
    assert (await ada.put(promotion(ada))).body["code"] == "forbidden"
    assert (await mary.put(promotion(ada))).data["role"] == "admin"
    assert (await ada.get("/api/users")).status == 200, "with the token that they have"
    assert (await mary.put(promotion(ada))).body["code"] == "already_admin"
    async with asyncio.timeout(10):
        while not personal.of("user-updated"):
            await asyncio.sleep(0.01)
    said = [record for record in caplog.records if record.name == "studyhall.security"]
    shown = [(record.getMessage(), getattr(record, "fields", {})) for record in said]
    for name, by in (("promotion_proposed", grace), ("promotion_confirmed", mary), ("user_access_changed", mary)):
        assert any(name in message and by.id in f"{message} {fields}" for message, fields in shown), shown


async def test_an_admin_cannot_be_made_by_one_admin_alone(school):
    grace, ada = await admin(school, "Grace"), await school.person("Ada")
    refused = await grace.post(promotion(ada))
    assert (refused.status, refused.body["code"]) == (409, "second_admin_needed")
    assert "create-admin EMAIL" in refused.body["message"]
    assert (await grace.put(f"/api/users/{ada.id}", {"role": "admin"})).body["code"] == "cannot_make_admin"


async def test_an_admin_who_lost_the_role_confirms_nothing(school, cast):
    grace, mary, ada = cast
    assert (await grace.post(promotion(ada))).status == 201
    assert (await mary.put(f"/api/users/{grace.id}", {"role": "student"})).status == 200
    assert (await mary.get("/api/promotions")).data == []
    assert (await mary.put(promotion(ada))).body["code"] == "promotion_not_found"
    assert (await grace.put(promotion(ada))).body["code"] == "forbidden"


async def test_the_last_admin_is_not_lost_through_a_promotion(school, cast):
    grace, mary, ada = cast
    assert (await mary.put(f"/api/users/{grace.id}", {"role": "student"})).status == 200
    assert (await mary.put(f"/api/users/{mary.id}", {"role": "student"})).body["code"] == "last_admin"
    assert (await mary.post(promotion(ada))).body["code"] == "second_admin_needed"


async def test_a_proposal_is_withdrawn_and_refused(school, cast):
    grace, mary, ada = cast
    for by in (grace, mary):
        assert (await grace.post(promotion(ada))).status == 201
        assert (await by.delete(promotion(ada))).status == 200
        assert (await by.delete(promotion(ada))).body["code"] == "promotion_not_found"


async def test_the_export_has_what_was_proposed(school, cast):
    grace, _, ada = cast
    await grace.post(promotion(ada))
    exported = (await ada.get("/api/auth/me/export")).body["promotions"]
    assert [(one["was"], one["expiresAt"] > one["createdAt"]) for one in exported] == [("proposed", True)]
    assert grace.id not in repr(exported)
    assert [one["was"] for one in (await grace.get("/api/auth/me/export")).body["promotions"]] == ["proposer"]


async def test_all_admins_and_the_user_are_told_by_mail():
    async with mail_server() as mail, school_with(mail) as school:
        grace, mary = await admin(school, "Grace"), await admin(school, "Mary")
        ada = await school.person("Ada")
        assert (await grace.post(promotion(ada))).body["code"] == "user_not_verified"
        storage = school.storage
        await storage.use_verification((await _stored(school, ada)).token_hash, ada.id, "2026-11-30T00:00:00.000Z")
        assert (await grace.post(promotion(ada))).status == 201
        proposed = await mail.arrived()
        assert (proposed["To"], ada.user["email"] in proposed.get_content()) == (mary.user["email"], True)
        assert "https://study.example.org/admin" in proposed.get_content()

        assert (await mary.put(promotion(ada))).status == 200

        told = {letter["To"]: letter["Subject"] for letter in [await mail.arrived() for _ in range(3)]}
        assert told == {
            ada.user["email"]: "You are an admin of Studyhall",
            grace.user["email"]: "A new admin of Studyhall",
            mary.user["email"]: "A new admin of Studyhall",
        }


async def _stored(school, person):
    tables = school.storage._tables
    async with asyncio.timeout(10):
        while person.id not in tables.verifications:
            await asyncio.sleep(0.01)
    return tables.verifications[person.id]


async def test_proposals_are_limited():
    environ = {"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_MODERATION": "1/hour"}
    async with served(environ=environ) as school:
        grace, ada = await admin(school, "Grace"), await school.person("Ada")
        await admin(school, "Mary")
        assert (await grace.post(promotion(ada))).status == 201
        assert (await grace.post(promotion(ada))).body["code"] == "rate_limited"


async def test_proposals_are_limited_and_their_mail_leaves_room_for_urgent_mail(monkeypatch):
    queued = []
    monkeypatch.setattr(MailQueue, "enqueue", lambda _self, _write, **options: queued.append(options) or True)
    async with mail_server() as mail, school_with(mail, limits_enabled="true", limits_invites="3/hour") as school:
        storage = school.storage
        grace, _mary = await admin(school, "Grace"), await admin(school, "Mary")
        people = [await school.person(name) for name in ("Ada", "Ben", "Cleo", "Dan")]
        for person in people:
            await storage.add_verification(EmailVerificationToken(person.id, person.id, "2026-12-30T00:00:00.000Z"))
            await storage.use_verification(person.id, person.id, "2026-11-30T00:00:00.000Z")
        queued.clear()
        said = [(await grace.post(promotion(person))).status for person in people]
    assert said == [201, 201, 201, 429]
    assert [(options["kind"], options["bulk"]) for options in queued] == [("promotion-proposed", True)] * 3

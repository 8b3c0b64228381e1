"""Approval of new accounts by an admin."""

import asyncio
import json

import pytest
import socketio

from domain.account_requests import Registration
from domain.accounts import ClientInfo
from domain.admin import Promotion
from domain.errors.accounts import UserNotFound
from domain.errors.base import Forbidden
from runtime import json_codec
from tests.support.factories import at, make_user, new_sign_in, new_user
from tests.support.mail_server import mail_server, school_with
from tests.support.served import PASSWORD, Person, served

APPROVAL = {"STUDYHALL_ACCOUNTS_APPROVAL": "true"}


async def an_admin(school):
    account = Registration("Head", "head@school.example", PASSWORD)
    signed_in = await school.services.accounts.create(account, ClientInfo(), role="admin")
    return Person(school, json.loads(json_codec.dumps(signed_in)))


async def test_a_new_account_waits_and_can_do_nothing_until_it_is_approved():
    async with served(environ=APPROVAL) as school:
        head, ada = await an_admin(school), await school.person()
        assert (head.user["pending"], ada.user["pending"]) == (False, True)
        for refused in (await ada.get("/api/study-rooms"), await ada.post("/api/study-rooms", {"name": "x"})):
            assert (refused.status, refused.body["code"]) == (403, "account_pending")
        for namespace in ("/", "/chat"):
            with pytest.raises(socketio.exceptions.ConnectionError):
                await (ada.chat() if namespace == "/chat" else ada.personal())
        assert (await ada.get("/api/auth/me")).data["pending"] is True
        approved = await head.post(f"/api/users/{ada.id}/approve")
        assert (approved.data["id"], approved.data["pending"]) == (ada.id, False)
        assert (await ada.get("/api/auth/me")).data["pending"] is False
        await ada.chat(await ada.opens("Calculus"))


async def test_a_refused_account_is_deleted_and_its_email_is_free():
    async with served(environ=APPROVAL) as school:
        head, ada = await an_admin(school), await school.person()
        assert (await head.post(f"/api/users/{ada.id}/refuse")).status == 200
        assert (await ada.get("/api/auth/me")).status == 401
        assert (await head.post(f"/api/users/{ada.id}/refuse")).body["code"] == "user_not_found"
        assert (await head.post(f"/api/users/{ada.id}/approve")).body["code"] == "user_not_found"
        assert (await school.person()).user["pending"] is True


async def test_an_account_that_does_not_wait_is_not_refused():
    async with served(environ=APPROVAL) as school:
        head, ada = await an_admin(school), await school.person()
        await head.post(f"/api/users/{ada.id}/approve")
        assert (await head.post(f"/api/users/{ada.id}/refuse")).body["code"] == "user_not_found"
        assert (await ada.get("/api/study-rooms")).status == 200


async def test_admins_list_accounts_that_wait():
    async with served(environ=APPROVAL) as school:
        head, ada, ben = await an_admin(school), await school.person(), await school.person("Ben")
        await head.post(f"/api/users/{ben.id}/approve")
        waiting = (await head.get("/api/users?pending=true")).data["users"]
        assert [(user["id"], user["email"]) for user in waiting] == [(ada.id, "ada.okafor@example.org")]
        others = (await head.get("/api/users?pending=false")).data["users"]
        assert {user["id"] for user in others} == {head.id, ben.id}
        assert len((await head.get("/api/users")).data["users"]) == 3


async def test_an_invited_account_does_not_wait():
    async with served(environ=APPROVAL) as school:
        head = await an_admin(school)
        code = (await head.post("/api/account-invites", {})).data["code"]
        body = {"firstName": "Ada", "email": "ada@example.org", "password": PASSWORD, "invite": code}
        made = await school.request("POST", "/api/auth/register", body)
        assert (made.status, made.body["user"]["pending"]) == (201, False)


async def test_a_user_who_waits_may_delete_the_account_and_sign_out():
    async with served(environ=APPROVAL) as school:
        ada, ben = await school.person(), await school.person("Ben")
        await ada.deletes_their_account()
        assert (await ben.post("/api/auth/logout")).status == 200
        credentials = {"email": ben.user["email"], "password": PASSWORD}
        signed_in = await school.request("POST", "/api/auth/login", credentials)
        assert (signed_in.status, signed_in.body["user"]["pending"]) == (200, True)


async def test_a_user_who_waits_is_a_guest_to_an_invitation_into_a_room():
    async with served(environ=APPROVAL) as school:
        head, ada = await an_admin(school), await school.person()
        room = await head.opens("Calculus", visibility="private")
        code = (await head.post(f"/api/study-rooms/{room}/invites", {})).data["code"]
        assert (await ada.post("/api/invites/lookup", {"code": code})).data["name"] == "Calculus"
        assert (await ada.post("/api/invites/accept", {"code": code})).body["code"] == "account_pending"


async def test_approval_is_mailed():
    async with mail_server() as mail, school_with(mail, accounts_approval="true") as school:
        head, ada = await an_admin(school), await school.person()
        for _ in range(2):
            await head.post(f"/api/users/{ada.id}/approve")
        letter = await mail.arrived()
        while "approved" not in letter["Subject"]:
            letter = await mail.arrived()
        assert letter["To"] == "ada.okafor@example.org"


# Storages


async def test_a_user_who_waits_comes_back_as_stored_and_is_approved(storage):
    head, waiting = await make_user(storage, "Head", role="admin"), await make_user(storage, "Ada", pending=True)
    assert await storage.user(waiting.id) == waiting
    assert [user.id for user in await storage.users(pending=True, limit=9)] == [waiting.id]
    assert [user.id for user in await storage.users(pending=False, limit=9)] == [head.id]
    assert await storage.users(search="nobody", pending=True, limit=9) == []
    for _ in range(2):
        assert not (await storage.approve_user(waiting.id, head.id)).pending
    assert await storage.users(pending=True, limit=9) == []
    assert not await storage.reject_user(waiting.id, head.id)
    assert await storage.approve_user(new_user().id, head.id) is None


async def test_only_an_admin_approves_and_refuses(storage):
    student, waiting = await make_user(storage, "Student"), await make_user(storage, "Ada", pending=True)
    disabled = await make_user(storage, "Disabled", role="admin", disabled=True)
    for other in (student, waiting, disabled):
        with pytest.raises(Forbidden):
            await storage.approve_user(waiting.id, other.id)
        with pytest.raises(Forbidden):
            await storage.reject_user(waiting.id, other.id)
    assert (await storage.user(waiting.id)).pending


async def test_a_refused_user_is_deleted_with_the_sign_ins(storage):
    head, waiting = await make_user(storage, "Head", role="admin"), await make_user(storage, "Ada", pending=True)
    sign_in = new_sign_in(waiting)
    await storage.add_session(sign_in)
    await storage.set_access(waiting.id, disabled=True)
    assert await storage.reject_user(waiting.id, head.id)
    assert not await storage.reject_user(waiting.id, head.id)
    assert (await storage.user(waiting.id), await storage.session(sign_in.id)) == (None, None)
    await storage.add_user(new_user("Again", email=waiting.email, created_at=at(1)), "hash")


async def test_of_an_approval_and_a_refusal_at_once_one_counts(storage):
    head = await make_user(storage, "Head", role="admin")
    for number in range(5):
        waiting = await make_user(storage, f"Ada {number}", pending=True)
        approved, refused = await asyncio.gather(
            storage.approve_user(waiting.id, head.id), storage.reject_user(waiting.id, head.id)
        )
        assert (approved is None) == refused
        assert (await storage.user(waiting.id) is None) == refused


async def test_an_admin_waits_for_no_approval(storage):
    first, second = await make_user(storage, "Ada", pending=True), await make_user(storage, "Ben", pending=True)
    assert not (await storage.make_first_admin(first.id)).pending
    assert not (await storage.set_access(second.id, role="admin")).pending
    assert [(await storage.user(user.id)).pending for user in (first, second)] == [False, False]


async def test_a_user_who_waits_is_not_proposed_as_admin(storage):
    head, waiting = await make_user(storage, "Head", role="admin"), await make_user(storage, "Ada", pending=True)
    await make_user(storage, "Ben", role="admin")
    with pytest.raises(UserNotFound):
        await storage.add_promotion(Promotion(waiting.id, head.id, at(10), at(100)), verified_only=False)

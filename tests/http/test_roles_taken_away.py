"""Invitations, rooms and requests of users whose role was taken away."""

import logging

import pytest

from domain.errors.storage import StorageUnavailable
from tests.support.served import PASSWORD


@pytest.fixture
async def room(school):
    school.ada = await school.person("Ada")
    return await school.ada.opens(visibility="private")


async def made_admin(school, name):
    person = await school.person(name)
    await school.storage.set_access(person.id, role="admin")
    return person


def code(answer):
    return answer.body["code"] if answer.status >= 400 else "ok"


async def opens(school, code_of_invite, name):
    """Return the one answer to a guest's and a user's preview of an invitation and to its use; fail if they differ."""
    user = await school.person(name)
    answers = [
        await school.request("GET", f"/api/invites/{code_of_invite}"),
        await user.get(f"/api/invites/{code_of_invite}"),
        await user.post(f"/api/invites/{code_of_invite}"),
    ]
    [said] = {code(answer) for answer in answers}
    return said


async def test_invitation_of_former_admin_is_answered_as_unknown(school, room):
    root, head = await made_admin(school, "Root"), await made_admin(school, "Head")
    invite = (await root.post(f"/api/study-rooms/{room}/invites", {"expiresIn": 31_536_000})).data
    assert await opens(school, invite["code"], "First") == "ok"
    assert (await head.put(f"/api/users/{root.id}", {"role": "student"})).status == 200
    assert await opens(school, invite["code"], "Second") == await opens(school, "never-was", "Third")
    assert (await school.ada.get(f"/api/study-rooms/{room}/invites")).data == []


async def test_invitation_of_disabled_moderator_is_answered_as_unknown(school, room):
    head = await made_admin(school, "Head")
    mo = await school.person("Mo")
    own = (await school.ada.post(f"/api/study-rooms/{room}/invites", {})).data
    await mo.post(f"/api/invites/{own['code']}")
    assert (await school.ada.put(f"/api/study-rooms/{room}/members/{mo.id}", {"role": "moderator"})).status == 200
    invite = (await mo.post(f"/api/study-rooms/{room}/invites", {})).data
    assert await opens(school, invite["code"], "First") == "ok"
    for disabled, said in ((True, "invite_not_found"), (False, "ok")):
        assert (await head.put(f"/api/users/{mo.id}", {"disabled": disabled})).status == 200
        assert await opens(school, invite["code"], f"User{disabled}") == said
    assert await opens(school, own["code"], "Last") == "ok"


async def test_former_admin_is_out_of_private_rooms_joined_as_one(school, room):
    root, head = await made_admin(school, "Root"), await made_admin(school, "Head")
    public = await school.ada.opens()
    for where in (room, public):
        await root.joins(where)
    chat, inside = await root.chat(room, public), await school.ada.chat(room)
    assert (await head.put(f"/api/users/{root.id}", {"role": "student"})).status == 200
    assert (await chat.hears("removed-from-room"))["roomId"] == room
    assert (await inside.hears("member-left"))["userId"] == root.id
    assert (await school.ada.post(f"/api/study-rooms/{room}/messages", {"content": "Among us"})).status == 201
    assert code(await root.get(f"/api/study-rooms/{room}/messages")) == "room_not_found"
    assert (await chat.call("join-room", room))["error"]["code"] == "room_not_found"
    assert [one["id"] for one in (await root.get("/api/study-rooms")).data["userRooms"]] == [public]
    assert (await school.ada.post(f"/api/study-rooms/{public}/messages", {"content": "Hello all"})).status == 201
    assert (await chat.hears("message"))["content"] == "Hello all"


async def test_room_says_that_an_admin_joined(school, room):
    root = await made_admin(school, "Root")
    inside = await school.ada.chat(room)
    for _ in range(2):
        await root.joins(room)
        assert (await inside.hears("message"))["content"].endswith("(admin) joined")
        assert (await root.post(f"/api/study-rooms/{room}/leave")).status == 200
    log = (await school.ada.get(f"/api/study-rooms/{room}/audit-log")).data["entries"]
    assert [(one["action"], one["actor"]["id"]) for one in log] == [("admin-joined", root.id)] * 2
    public = await school.ada.opens()
    await root.joins(public)
    assert (await school.ada.get(f"/api/study-rooms/{public}/audit-log")).data["entries"] == []
    assert (await school.ada.get(f"/api/study-rooms/{public}/messages")).data["messages"] == []


async def test_reads_of_admins_are_in_the_log_once_in_a_while(school, room, caplog):
    root = await made_admin(school, "Root")
    caplog.set_level(logging.INFO, "studyhall.security")
    paths = {
        f"/api/study-rooms/{room}": {"resource": "room", "room": room},
        f"/api/study-rooms/{room}/basic-info": {"resource": "room", "room": room},
        f"/api/study-rooms/{room}/invites": {"resource": "moderation", "room": room},
        f"/api/study-rooms/{room}/reports": {"resource": "moderation", "room": room},
        f"/api/study-rooms/{room}/audit-log": {"resource": "settings", "room": room},
        "/api/users": {"resource": "people"},
        f"/api/users/{school.ada.id}": {"resource": "account", "target": school.ada.id},
        "/api/dashboard/admin": {"resource": "dashboard"},
        "/api/dashboard/admin/reports": {"resource": "reports"},
    }
    for path in [*paths, *paths]:
        assert (await root.get(path)).status == 200
        await school.ada.get(path)
    lines = [one.fields for one in caplog.records if one.getMessage() == "admin_read"]
    known = [{name: line[name] for name in ("resource", "room", "target") if name in line} for line in lines]
    assert known == [seen for at, seen in enumerate(paths.values()) if seen not in list(paths.values())[:at]]
    assert {line["user"] for line in lines} == {root.id}


@pytest.mark.parametrize("is_ban", [False, True])
async def test_invitation_used_before_a_removal_is_answered_as_unknown(school, room, is_ban):
    path = f"/api/study-rooms/{room}"
    ben = await school.person("Ben")
    invite = (await school.ada.post(f"{path}/invites", {})).data["code"]
    assert (await ben.post(f"/api/invites/{invite}")).status == 200
    if is_ban:
        assert (await school.ada.put(f"{path}/bans/{ben.id}", {})).status == 200
        assert (await school.ada.delete(f"{path}/bans/{ben.id}")).status == 200
    else:
        assert (await school.ada.delete(f"{path}/members/{ben.id}")).status == 200
    unknown = await ben.get("/api/invites/never-was")
    for answer in (await ben.get(f"/api/invites/{invite}"), await ben.post(f"/api/invites/{invite}")):
        assert {**answer.body, "requestId": ""} == {**unknown.body, "requestId": ""}
    newer = (await school.ada.post(f"{path}/invites", {})).data["code"]
    assert (await ben.get(f"/api/invites/{newer}")).status == 200
    assert (await ben.post(f"/api/invites/{newer}")).status == 200
    assert (await ben.get(f"/api/invites/{invite}")).status == 200, "for a member nothing is closed"


async def test_former_admin_is_out_of_private_rooms_joined_by_own_invitation(school, room):
    root, head = await made_admin(school, "Root"), await made_admin(school, "Head")
    inside = await school.ada.chat(room)
    invite = (await root.post(f"/api/study-rooms/{room}/invites", {})).data["code"]
    for _ in range(2):
        assert (await root.post("/api/invites/accept", {"code": invite})).status == 200
        assert (await inside.hears("message"))["content"].endswith("(admin) joined")
        assert (await root.post(f"/api/study-rooms/{room}/leave")).status == 200
        inside.heard.clear()
        invite = (await root.post(f"/api/study-rooms/{room}/invites", {})).data["code"]
    assert (await root.post("/api/invites/accept", {"code": invite})).status == 200
    assert (await head.put(f"/api/users/{root.id}", {"role": "student"})).status == 200
    assert code(await root.get(f"/api/study-rooms/{room}/messages")) == "room_not_found"


async def test_admin_does_not_hand_a_room_over_to_themselves(school, room):
    root, head = await made_admin(school, "Root"), await made_admin(school, "Head")
    await root.joins(room)
    path = f"/api/study-rooms/{room}"
    assert code(await root.put(path, {"ownerId": root.id, "name": "Mine"})) == "forbidden"
    assert (await root.get(path)).data["name"] == "Calculus", "nothing of it is done"
    assert (await head.put(f"/api/users/{root.id}", {"role": "student"})).status == 200
    assert code(await root.get(path)) == "room_not_found"
    assert (await school.ada.put(path, {"ownerId": school.ada.id, "name": "Ours"})).status == 200


async def test_admin_whose_deletion_fails_halfway_hears_no_private_room(school, room, monkeypatch):
    root = await made_admin(school, "Root")
    await made_admin(school, "Head")
    await root.joins(room)
    chat, inside = await root.chat(room), await school.ada.chat(room)
    storage = school.storage

    async def fails(*_):
        raise StorageUnavailable

    monkeypatch.setattr(storage, "owned_rooms", fails)
    assert (await root.delete("/api/auth/me", {"currentPassword": PASSWORD})).status == 503
    assert (await root.get("/api/auth/me")).data["role"] == "student"
    assert (await chat.hears("removed-from-room"))["roomId"] == room
    assert (await inside.hears("member-left"))["userId"] == root.id
    assert (await school.ada.post(f"/api/study-rooms/{room}/messages", {"content": "Among us"})).status == 201
    await chat.settles()
    assert not [said for said in chat.of("message") if said["content"] == "Among us"]


async def test_former_admin_hears_no_private_room_if_the_storage_answers_too_late(school, room, monkeypatch):
    root, head = await made_admin(school, "Root"), await made_admin(school, "Head")
    await root.joins(room)
    chat = await root.chat(room)
    storage = school.storage
    done = storage.set_access

    async def too_late(*who, **standing):
        await done(*who, **standing)
        raise StorageUnavailable

    monkeypatch.setattr(storage, "set_access", too_late)
    assert (await head.put(f"/api/users/{root.id}", {"role": "student"})).status == 503
    await chat.gone()
    assert (await root.get("/api/auth/me")).data["role"] == "student", "the sign-in stays"
    again = await root.chat()
    assert (await again.call("join-room", room))["error"]["code"] == "room_not_found"

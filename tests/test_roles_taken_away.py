"""Invitations, rooms and requests of users whose role was taken away."""

import pytest

from app_keys import ACCESS


@pytest.fixture
async def room(school):
    school.ada = await school.person("Ada")
    return await school.ada.opens(visibility="private")


async def made_admin(school, name):
    person = await school.person(name)
    await school.app[ACCESS]._storage.set_standing(person.id, role="admin")
    return person


def code(answer):
    return answer.body["code"] if answer.status >= 400 else "ok"


async def opens(school, code_of_invite, name):
    """Say what a guest and a user are told of an invitation, and whether it lets the user in."""
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

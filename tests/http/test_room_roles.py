"""Roles in a room: what owners, moderators and admins may do, to whom, and what the others are told."""

from tests.support.staffed_room import code, make_admin, staffed

UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"


async def test_an_owner_makes_moderators_and_those_inside_hear_it(school):
    room, path, ada, mo, ben = await staffed(school)
    inside = await ada.chat(room)

    made = (await ada.put(f"{path}/members/{ben.id}", {"role": "moderator"})).data

    assert (made["id"], made["role"], made["mutedUntil"]) == (ben.id, "moderator", None)
    said = await inside.hears("member-updated")
    assert said == {"roomId": room, "member": made, "totalMembers": 3}
    assert (await inside.hears("message"))["content"] == "“Ada Okafor” made “Ben Okafor” a moderator"
    assert code(await mo.put(f"{path}/members/{ben.id}", {"role": "member"})) == "forbidden", "for the owner alone"
    assert (await ada.put(f"{path}/members/{ben.id}", {"role": "member"})).data["role"] == "member"
    assert code(await ben.get(f"{path}/bans")) == "forbidden"


async def test_nobody_acts_on_the_owner_or_themselves_and_moderators_on_members_alone(school):
    room, path, ada, mo, ben = await staffed(school)
    second = await school.person("Second")
    await second.joins(room)
    await ada.put(f"{path}/members/{second.id}", {"role": "moderator"})
    admin = await school.person("Root")
    await make_admin(school, admin)

    for actor, target in ((mo, ada), (mo, mo), (mo, second), (ada, ada), (admin, ada), (ben, second)):
        on = f"{path}/members/{target.id}"
        answers = [
            await actor.delete(on),
            await actor.put(f"{on}/mute", {"seconds": 60}),
            await actor.delete(f"{on}/mute"),
            await actor.put(f"{path}/bans/{target.id}", {}),
            await actor.delete(f"{path}/bans/{target.id}"),
        ]
        if actor is not mo:
            answers.append(await actor.put(on, {"role": "member"}))
        assert {code(answer) for answer in answers} == {"forbidden"}, (actor.name, target.name)
    members = (await ada.get(path)).data["members"]
    assert [(m["id"], m["role"]) for m in members] == [
        (ada.id, "owner"),
        (mo.id, "moderator"),
        (second.id, "moderator"),
        (ben.id, "member"),
    ]
    assert (await admin.delete(f"{path}/members/{mo.id}")).status == 200
    assert (await mo.get(path)).status == 403


async def test_what_is_for_members_says_who_is_none(school):
    room, path, ada, _, _ = await staffed(school)
    stranger = await school.person("Stranger")
    for answer in (
        await ada.delete(f"{path}/members/{stranger.id}"),
        await ada.put(f"{path}/members/{stranger.id}", {"role": "moderator"}),
        await ada.put(f"{path}/members/{stranger.id}/mute", {"seconds": 60}),
    ):
        assert code(answer) == "not_a_member"
    assert (await ada.delete(f"{path}/members/{stranger.id}/mute")).data is None
    assert (await ada.delete(f"{path}/bans/{stranger.id}")).data is None
    assert code(await ada.put(f"{path}/bans/{UNKNOWN}", {})) == "user_not_found"
    assert (await ada.get(path)).data["totalMembers"] == 3
    assert room


async def test_moderators_cannot_act_on_admin_who_looks_in(school):
    room, path, ada, mo, _ = await staffed(school)
    admin = await school.person("Root")
    await ada.put(f"{path}/bans/{admin.id}", {})
    await make_admin(school, admin)
    await admin.joins(room)
    on = f"{path}/members/{admin.id}"
    for actor in (mo, ada):
        answers = [
            await actor.put(f"{on}/mute", {"seconds": 60}),
            await actor.put(f"{path}/bans/{admin.id}", {}),
            await actor.delete(on),
        ]
        assert [code(answer) for answer in answers] == ["forbidden"] * 3
    shown = {member["id"]: member["isAdmin"] for member in (await mo.get(path)).data["members"]}
    assert shown == {person: person == admin.id for person in shown}
    assert (await admin.post(f"{path}/messages", {"content": "Good evening"})).status == 201


async def test_member_update_says_who_is_admin(school):
    room, path, ada, _, _ = await staffed(school)
    admin = await school.person("Root")
    await make_admin(school, admin)
    inside = await ada.chat(room)
    await admin.joins(room)
    assert (await inside.hears("member-updated"))["member"]["isAdmin"] is True


async def test_room_handed_over_during_its_deletion_stays(school, monkeypatch):
    room, path, ada, mo, _ = await staffed(school)
    storage = school.storage
    members = storage.members

    async def hand_over_first(room_id, limit):
        monkeypatch.setattr(storage, "members", members)
        assert (await ada.put(path, {"ownerId": mo.id})).status == 200
        return await members(room_id, limit)

    monkeypatch.setattr(storage, "members", hand_over_first)
    assert code(await ada.delete(path)) == "forbidden"
    assert (await mo.get(path)).data["id"] == room

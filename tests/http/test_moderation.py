"""Keeping order in a room: roles, removals, mutes, bans, and the log of what was done."""

import asyncio
import time

import pytest
import socketio

from tests.support.served import PATIENCE, served

UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"


async def staffed(school, **fields):
    """Return Ada's room, with Mo as its moderator and Ben as a member, and the three."""
    ada, mo, ben = [await school.person(name) for name in ("Ada", "Mo", "Ben")]
    room = await ada.opens(**fields)
    for person in (mo, ben):
        await person.joins(room)
    path = f"/api/study-rooms/{room}"
    assert (await ada.put(f"{path}/members/{mo.id}", {"role": "moderator"})).status == 200
    return room, path, ada, mo, ben


def code(answer):
    return answer.body["code"] if answer.status >= 400 else "ok"


# Roles


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
    await _make_admin(school, admin)

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


async def _make_admin(school, person):
    await school.services.accounts._storage.set_access(person.id, role="admin")


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


# Removing


@pytest.mark.parametrize("reason", ["removed", "banned"])
async def test_who_is_put_out_is_told_and_hears_nothing_more_on_any_device(school, reason):
    room, path, ada, mo, ben = await staffed(school)
    watching = await ada.chat(room)
    phone, laptop = await ben.chat(room), await ben.chat(room)
    assert [one["id"] for one in (await ben.get("/api/dashboard")).data["activeRooms"]] == [room], "which is remembered"

    if reason == "removed":
        answer = await mo.delete(f"{path}/members/{ben.id}")
    else:
        answer = await mo.put(f"{path}/bans/{ben.id}", {"reason": "spam"})

    assert answer.status == 200
    for device in (phone, laptop):
        assert await device.hears("removed-from-room") == {"roomId": room, "reason": reason}
    left = await watching.hears("user-left")
    assert (left["userId"], left["activeMembers"]) == (ben.id, 1)
    assert await watching.hears("member-left") == {"roomId": room, "userId": ben.id, "totalMembers": 2}
    assert (await watching.hears("message"))["content"] == "“Mo Okafor” removed “Ben Okafor”"
    await ada.post(f"{path}/messages", {"content": "just us now"})
    await watching.hears("message", lambda said: said["seq"] == 3)
    assert phone.of("message") == laptop.of("message") == []
    for event, argument in {
        "send-message": {"roomId": room, "content": "let me in"},
        "update-status": {"roomId": room, "status": "busy"},
        "mark-read": {"roomId": room, "seq": 1},
        "join-room": room,
    }.items():
        assert (await phone.call(event, argument))["error"]["code"] == "not_a_member"
    assert (await ben.get("/api/dashboard")).data["activeRooms"] == []
    assert (await ben.get("/api/study-rooms")).data["userRooms"] == []
    assert code(await ben.post(f"{path}/join")) == {"removed": "ok", "banned": "banned"}[reason]


async def test_nothing_said_after_the_answer_reaches_who_was_removed(school):
    room, path, ada, mo, ben = await staffed(school)
    talking, listening = await ada.chat(room), await ben.chat(room)
    over = asyncio.Event()
    said = []

    async def talk():
        while not over.is_set():
            answer = await talking.call("send-message", {"roomId": room, "content": "on and on"})
            said.append(answer["message"]["seq"])

    async def answers_back():
        while not over.is_set():
            answer = await listening.call("send-message", {"roomId": room, "content": "me too"})
            if answer["ok"]:
                said.append(answer["message"]["seq"])

    tasks = [asyncio.create_task(talk()) for _ in range(5)] + [asyncio.create_task(answers_back())]
    while len(said) < 20:
        await asyncio.sleep(0)
    assert (await mo.delete(f"{path}/members/{ben.id}")).status == 200
    answered = max(said)
    while len(said) < 60:
        await asyncio.sleep(0)
    over.set()
    await asyncio.gather(*tasks)
    await listening.hears("removed-from-room")
    names = [name for name, *_ in listening.heard]
    assert "message" not in names[names.index("removed-from-room") :], "nothing comes behind it"
    assert max(message["seq"] for message in listening.of("message")) <= answered + 6, "but for what was on its way"
    history = (await ada.get(f"{path}/messages?limit=100")).data["messages"]
    [removal] = [message["seq"] for message in history if message["isSystem"] and "removed" in message["content"]]
    assert [m for m in history if m["seq"] > removal and m["sender"] and m["sender"]["id"] == ben.id] == []


async def test_nobody_joins_a_room_that_was_closed_while_they_did(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    access = school.services.access
    looks = access.require_visible

    async def visible(room_id, user):
        seen = await looks(room_id, user)
        await access._storage.change_room(room_id, {"visibility": "private"})
        return seen

    access.require_visible = visible
    assert code(await ben.post(f"/api/study-rooms/{room}/join")) == "room_not_found"
    assert (await ada.get(f"/api/study-rooms/{room}")).data["totalMembers"] == 1


async def test_who_is_removed_from_a_private_room_finds_none(school):
    room, path, ada, mo, ben = await staffed(school)
    await ada.put(path, {"visibility": "private"})
    inside = await ben.chat(room)
    await mo.delete(f"{path}/members/{ben.id}")
    assert (await ben.get(path)).status == 404
    answer = await inside.call("send-message", {"roomId": room, "content": "hello?"})
    assert answer["error"]["code"] == "room_not_found"
    assert code(await ben.post(f"{path}/join")) == "room_not_found"


# Bans


async def test_bans_are_listed_with_their_reasons_and_lifted(school):
    room, path, ada, mo, ben = await staffed(school)
    stranger = await school.person("Stranger")

    ban = (await mo.put(f"{path}/bans/{ben.id}", {"reason": " spam "})).data
    await ada.put(f"{path}/bans/{stranger.id}", {})

    assert ban == {
        "user": {"id": ben.id, "name": ben.name, "avatar": None},
        "bannedBy": {"id": mo.id, "name": mo.name, "avatar": None},
        "reason": "spam",
        "createdAt": ban["createdAt"],
    }
    listed = (await mo.get(f"{path}/bans")).data
    assert [one["user"]["id"] for one in listed] == [stranger.id, ben.id]
    assert listed[1] == ban
    assert code(await stranger.post(f"{path}/join")) == "banned"
    for person in (ben, stranger):
        assert (await mo.delete(f"{path}/bans/{person.id}")).data is None
        assert (await person.post(f"{path}/join")).status == 200
    assert (await mo.get(f"{path}/bans")).data == []
    assert room


async def test_who_is_banned_from_a_private_room_finds_none(school):
    room, path, ada, _, ben = await staffed(school)
    await ada.put(path, {"visibility": "private"})
    await ada.put(f"{path}/bans/{ben.id}", {})
    assert code(await ben.post(f"{path}/join")) == "room_not_found"
    assert code(await ben.get(f"{path}/basic-info")) == "room_not_found"
    assert room


# Mutes


async def test_who_is_muted_is_told_until_when_and_everything_else_works(school):
    room, path, ada, mo, ben = await staffed(school)
    inside, elsewhere = await ben.chat(room), await ada.chat(room)

    muted = (await mo.put(f"{path}/members/{ben.id}/mute", {"seconds": 60})).data

    assert muted["mutedUntil"] > muted["joinedAt"]
    for device in (inside, elsewhere):
        said = await device.hears("member-updated")
        assert said["member"] == muted
    for answer in (
        await inside.call("send-message", {"roomId": room, "content": "but"}),
        await inside.call("send-message", {"roomId": room, "content": "but"}),
    ):
        assert answer["error"]["code"] == "muted"
        assert 55 < answer["error"]["retryAfter"] <= 60
    over_http = await ben.post(f"{path}/messages", {"content": "but"})
    assert (over_http.status, over_http.body["code"]) == (403, "muted")
    assert 55 < over_http.body["retryAfter"] <= int(over_http.headers["Retry-After"]) <= 60
    assert (await inside.call("mark-read", {"roomId": room, "seq": 0}))["ok"]
    assert (await inside.call("update-status", {"roomId": room, "status": "busy"}))["ok"]
    assert (await (await ben.chat()).call("join-room", room))["mutedUntil"] == muted["mutedUntil"]
    members = {member["id"]: member["mutedUntil"] for member in (await ada.get(path)).data["members"]}
    assert members == {ada.id: None, mo.id: None, ben.id: muted["mutedUntil"]}
    await ben.post(f"{path}/leave")
    await ben.joins(room)
    assert code(await ben.post(f"{path}/messages", {"content": "a fresh start?"})) == "muted"


async def test_a_mute_ends_by_itself_and_when_it_is_lifted(school):
    room, path, ada, mo, ben = await staffed(school)
    for seconds, lifted in ((3, False), (3600, True)):
        await mo.put(f"{path}/members/{ben.id}/mute", {"seconds": seconds})
        refused = await ben.post(f"{path}/messages", {"content": "now?"})
        assert code(refused) == "muted"
        if lifted:
            assert (await mo.delete(f"{path}/members/{ben.id}/mute")).data is None
        else:
            over = time.monotonic() + refused.body["retryAfter"]
            while time.monotonic() < over:  # what it says is true
                await asyncio.sleep(0.02)
        assert (await ben.post(f"{path}/messages", {"content": "now?"})).status == 201
        assert {member["mutedUntil"] for member in (await ada.get(path)).data["members"]} == {None}
    assert room


async def test_a_muted_moderator_has_the_room_say_nothing_either(school):
    room, path, ada, mo, _ = await staffed(school)
    await ada.put(f"{path}/members/{mo.id}/mute", {"seconds": 60})
    assert code(await mo.post(f"{path}/messages/system", {"content": "hear, hear"})) == "muted"
    assert code(await mo.delete(f"{path}/members/{mo.id}/mute")) == "forbidden", "nobody helps themselves"
    assert room


async def test_notifications_name_the_other_person(school):
    _, path, ada, mo, ben = await staffed(school)
    heard = []
    client = socketio.AsyncClient(reconnection=False)
    client.on("notification", lambda said: heard.append((said["type"], said["user"]["name"])))
    await client.connect(school.url, auth={"token": mo.token}, transports=["websocket"], wait_timeout=PATIENCE)

    said = (await ben.post(f"{path}/messages", {"content": "hello"})).data
    await ben.post(f"{path}/messages/{said['id']}/report", {})
    await ada.put(path, {"ownerId": mo.id})
    await mo.put(path, {"ownerId": ada.id})
    await ada.delete(path)
    async with asyncio.timeout(PATIENCE):
        while len(heard) < 3:
            await asyncio.sleep(0.01)
    await client.disconnect()

    names = [person.user["name"] for person in (ben, ada, ada)]
    assert heard == list(zip(["message-reported", "room-handed-over", "room-deleted"], names, strict=True))


async def test_a_person_hears_of_their_mute_and_role_wherever_they_are(school):
    room, path, ada, mo, ben = await staffed(school)
    heard = []
    client = socketio.AsyncClient(reconnection=False)
    client.on("notification", heard.append)
    await client.connect(school.url, auth={"token": ben.token}, transports=["websocket"], wait_timeout=PATIENCE)

    until = (await mo.put(f"{path}/members/{ben.id}/mute", {"seconds": 60})).data["mutedUntil"]
    await mo.delete(f"{path}/members/{ben.id}/mute")
    await ada.put(f"{path}/members/{ben.id}", {"role": "moderator"})
    async with asyncio.timeout(PATIENCE):
        while len(heard) < 3:
            await asyncio.sleep(0.01)
    await client.disconnect()

    assert [(said["type"], said["roomId"], said.get("until"), said.get("role")) for said in heard] == [
        ("muted", room, until, None),
        ("unmuted", room, None, None),
        ("role-changed", room, None, "moderator"),
    ]
    assert [said.get("user", {}).get("id") for said in heard] == [None, None, ada.id]


# The log


async def test_the_log_has_everything_that_was_done_by_virtue_of_a_role(school):
    room, path, ada, mo, ben = await staffed(school)
    cleo = await school.person("Cleo")
    invite = (await ada.post(f"{path}/invites", {"uses": 2})).data
    await cleo.post(f"/api/invites/{invite['code']}")
    await ada.delete(f"{path}/invites/{invite['id']}")
    until = (await mo.put(f"{path}/members/{ben.id}/mute", {"seconds": 60})).data["mutedUntil"]
    await mo.delete(f"{path}/members/{ben.id}/mute")
    await mo.delete(f"{path}/members/{cleo.id}")
    await mo.put(f"{path}/bans/{ben.id}", {"reason": "spam"})
    await mo.delete(f"{path}/bans/{ben.id}")
    await ada.put(path, {"name": "Algebra", "visibility": "private", "description": "Rings"})
    message = (await mo.post(f"{path}/messages/system", {"content": "Break"})).data
    await ada.put(path, {"ownerId": mo.id})

    log = (await mo.get(f"{path}/audit-log")).data

    assert log["hasMore"] is False
    done = [
        (e["action"], e["actor"]["id"], e["target"] and e["target"]["id"], e["details"]) for e in log["entries"][::-1]
    ]
    assert done == [
        ("role-changed", ada.id, mo.id, {"role": "moderator"}),
        (
            "invite-created",
            ada.id,
            None,
            {"inviteId": invite["id"], "expiresAt": invite["expiresAt"], "uses": 2},
        ),
        ("invite-used", cleo.id, None, {"inviteId": invite["id"]}),
        ("invite-revoked", ada.id, None, {"inviteId": invite["id"]}),
        ("member-muted", mo.id, ben.id, {"until": until}),
        ("member-unmuted", mo.id, ben.id, {}),
        ("member-removed", mo.id, cleo.id, {}),
        ("member-banned", mo.id, ben.id, {"reason": "spam"}),
        ("member-unbanned", mo.id, ben.id, {}),
        ("room-changed", ada.id, None, {"fields": ["description", "name", "visibility"], "visibility": "private"}),
        ("system-message-posted", mo.id, None, {"messageId": message["id"]}),
        ("room-handed-over", ada.id, mo.id, {}),
    ]
    assert log["entries"][0]["actor"] == {"id": ada.id, "name": ada.name, "avatar": None}
    assert code(await ada.get(f"{path}/audit-log")) == "forbidden", "a moderator does not read it"


async def test_the_log_is_read_backwards_page_by_page(school):
    ada = await school.person()
    room = await ada.opens()
    path = f"/api/study-rooms/{room}"
    for number in range(5):
        await ada.put(path, {"name": f"{number}"})

    first = (await ada.get(f"{path}/audit-log?limit=3")).data
    rest = (await ada.get(f"{path}/audit-log?limit=3&before={first['entries'][-1]['id']}")).data

    assert (first["hasMore"], rest["hasMore"]) == (True, False)
    ids = [entry["id"] for entry in first["entries"] + rest["entries"]]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 5


async def test_an_account_that_is_deleted_leaves_no_name_in_log_bans_or_messages(school):
    room, path, ada, mo, ben = await staffed(school)
    await mo.put(f"{path}/bans/{ben.id}", {})
    for person in (mo, ben):
        await person.deletes_their_account()

    log = (await ada.get(f"{path}/audit-log")).data["entries"]

    assert {entry["actor"]["name"] for entry in log if entry["action"] == "member-banned"} == {"Deleted user"}
    assert {entry["target"]["name"] for entry in log} == {"Deleted user"}
    [ban] = (await ada.get(f"{path}/bans")).data
    assert (ban["user"]["name"], ban["bannedBy"]["name"]) == ("Deleted user", "Deleted user")
    said = [message["content"] for message in (await ada.get(f"{path}/messages")).data["messages"]]
    assert said == ["“Ada Okafor” made “Deleted user” a moderator", "“Deleted user” removed “Deleted user”"]
    assert room


async def test_a_deleted_room_is_in_the_servers_log(school, caplog):
    caplog.set_level("INFO")
    ada = await school.person()
    room = await ada.opens()
    await ada.delete(f"/api/study-rooms/{room}")
    [fields] = [record.fields for record in caplog.records if record.getMessage() == "room_deleted"]
    assert (fields["room"], fields["user"]) == (room, ada.id)


# Places


async def test_a_place_is_kept_while_a_dropped_connection_may_come_back():
    async with served(environ={"STUDYHALL_PRESENCE_GRACE": "0.2"}) as school:
        ada, ben, cleo = [await school.person(name) for name in ("Ada", "Ben", "Cleo")]
        room = await ada.opens(capacity=2)
        await ben.joins(room)
        watching, dropping = await ada.chat(room), await ben.chat(room)
        await dropping.drop()
        full = await cleo.post(f"/api/study-rooms/{room}/join")
        assert code(full) == "room_full", "inside the grace"
        await watching.hears("user-left")
        assert code(await cleo.post(f"/api/study-rooms/{room}/join")) == "room_full", "and after it: a member is one"
        assert (await (await ben.chat()).call("join-room", room))["ok"]


async def test_fifty_who_join_are_invited_and_banned_at_once_leave_the_numbers_true(school):
    ada = await school.person()
    room = await ada.opens(capacity=12)
    path = f"/api/study-rooms/{room}"
    invite = (await ada.post(f"{path}/invites", {"uses": 9})).data
    crowd = [await school.person(f"P{number}") for number in range(50)]
    watching = await ada.chat(room)

    async def comes(number, person):
        if number % 3 == 0:
            return await person.post(f"/api/invites/{invite['code']}")
        if number % 3 == 1:
            return await person.post(f"{path}/join")
        await person.post(f"{path}/join")
        return await ada.put(f"{path}/bans/{person.id}", {})

    answers = await asyncio.gather(*(comes(number, person) for number, person in enumerate(crowd)))

    assert {answer.status for answer in answers} <= {200, 404, 409}
    details = (await ada.get(path)).data
    members = {member["id"] for member in details["members"]}
    banned = {ban["user"]["id"] for ban in (await ada.get(f"{path}/bans")).data}
    assert details["totalMembers"] == len(members) <= 12
    assert banned == {person.id for number, person in enumerate(crowd) if number % 3 == 2}
    assert not members & banned
    await asyncio.gather(*(person.post(f"{path}/join") for person in crowd))
    assert (await ada.get(path)).data["totalMembers"] == 12, "and no place is lost"
    heard = {}
    await watching.call("nonsense")  # whatever was said before is heard before its ack
    for event, said, *_ in watching.heard:
        if event == "member-updated":
            heard[said["member"]["id"]] = said
        elif event == "member-left":
            heard.pop(said["userId"], None)
    assert set(heard) | {ada.id} == {member["id"] for member in (await ada.get(path)).data["members"]}


# Admins


async def test_moderators_cannot_act_on_admin_who_looks_in(school):
    room, path, ada, mo, _ = await staffed(school)
    admin = await school.person("Root")
    await ada.put(f"{path}/bans/{admin.id}", {})
    await _make_admin(school, admin)
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
    await _make_admin(school, admin)
    inside = await ada.chat(room)
    await admin.joins(room)
    assert (await inside.hears("member-updated"))["member"]["isAdmin"] is True


async def test_room_handed_over_during_its_deletion_stays(school, monkeypatch):
    room, path, ada, mo, _ = await staffed(school)
    storage = school.services.access._storage
    members = storage.members

    async def hand_over_first(room_id, limit):
        monkeypatch.setattr(storage, "members", members)
        assert (await ada.put(path, {"ownerId": mo.id})).status == 200
        return await members(room_id, limit)

    monkeypatch.setattr(storage, "members", hand_over_first)
    assert code(await ada.delete(path)) == "forbidden"
    assert (await mo.get(path)).data["id"] == room

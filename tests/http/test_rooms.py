"""Study rooms over HTTP."""

import asyncio
from urllib.parse import quote

from services.rooms import lookalikes

UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"


async def test_whoever_opens_a_room_owns_it(school):
    ada = await school.person()
    wanted = {
        "name": "  Calculus  ",
        "subject": "Maths",
        "description": "Sheets",
        "image": "/calculus.png",
        "capacity": 5,
    }

    answer = await ada.post("/api/study-rooms", wanted)

    room = answer.data
    assert answer.status == 201
    assert room["members"][0] | {"joinedAt": 0} == {
        "id": ada.id,
        "name": ada.name,
        "avatar": None,
        "role": "owner",
        "joinedAt": 0,
        "mutedUntil": None,
        "isAdmin": False,
        "lookalike": False,
        "looks": list(lookalikes.confusable_keys(ada.name)),
    }
    del room["members"]
    assert room == {
        "isOwner": True,
        "owner": {"id": ada.id, "name": ada.name, "avatar": None},
        "resources": [],
        "events": [],
        "id": room["id"],
        "name": "Calculus",
        "description": "Sheets",
        "subject": "Maths",
        "image": "/calculus.png",
        "visibility": "public",
        "capacity": 5,
        "retentionDays": None,
        "quietFocus": "off",
        "leaderboard": "off",
        "timeZone": "Etc/UTC",
        "timerControl": "members",
        "totalMembers": 1,
        "activeMembers": 0,
        "lastActive": room["createdAt"],
        "isActive": False,
        "createdBy": ada.id,
        "createdAt": room["createdAt"],
        "role": "owner",
        "unread": 0,
        "lastSeq": 0,
    }


async def test_listed_rooms_name_owner_and_count_members(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room, other = await ada.opens(), await ada.opens("Other")
    await ben.joins(room)

    async def listed(person, lists="userRooms"):
        found = (await person.get("/api/study-rooms")).data[lists]
        return {one["id"]: (one["owner"], one["isOwner"], one["members"], one["resources"]) for one in found}

    assert await listed(ada) == {room: (ada.name, True, 2, 0), other: (ada.name, True, 1, 0)}
    assert await listed(ben) == {room: (ada.name, False, 2, 0)}
    assert await listed(ben, "discoverRooms") == {other: (ada.name, False, 1, 0)}
    await ada.put("/api/auth/me", {"firstName": "Augusta"})
    assert await listed(ben) == {room: ("Augusta Okafor", False, 2, 0)}
    await ada.put(f"/api/study-rooms/{room}", {"ownerId": ben.id})
    assert await listed(ben) == {room: (ben.name, True, 2, 0)}
    assert (await ben.get(f"/api/study-rooms/{room}")).data["owner"] == {"id": ben.id, "name": ben.name, "avatar": None}


async def test_rooms_are_mine_or_to_be_discovered(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    mine, joined, other = await ada.opens("Mine"), await ben.opens("Joined"), await ben.opens("Other")
    private = await ben.opens("Private", visibility="private")
    await ada.joins(joined)

    overview = (await ada.get("/api/study-rooms")).data

    assert {room["id"]: room["role"] for room in overview["userRooms"]} == {mine: "owner", joined: "member"}
    assert {room["id"]: room["role"] for room in overview["discoverRooms"]} == {other: None}
    assert overview["nextCursor"] is None
    assert private in {room["id"] for room in (await ben.get("/api/study-rooms")).data["userRooms"]}


async def test_search_finds_a_name_in_every_case_and_accent(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens("\u0130stanbul Caf\u00e9")
    for words in (
        "istanbul",
        "ISTANBUL",
        "\u0131stanbul",
        "\u0130STANBUL",
        "cafe",
        "CAFE\u0301",
        "\uff43\uff41\uff46\uff45",
    ):
        found = (await ben.get(f"/api/study-rooms?search={quote(words)}")).data["discoverRooms"]
        assert [one["id"] for one in found] == [room], words


async def test_discovering_is_searched_and_paged(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    rooms = [await ben.opens(f"Algebra {number}", subject="100% Mathe") for number in range(5)]
    await ben.opens("Straße", subject="German")

    async def discovered(query):
        page = (await ada.get(f"/api/study-rooms{query}")).data
        return [room["id"] for room in page["discoverRooms"]], page["nextCursor"]

    first, cursor = await discovered("?search=ALGEBRA&limit=3")
    second, end = await discovered(f"?search=ALGEBRA&limit=3&cursor={cursor}")
    assert first + second == rooms[::-1], "newest first, each once"
    assert end is None
    assert len((await discovered("?search=STRASSE"))[0]) == 1
    assert len((await discovered("?search=100%25"))[0]) == 5
    assert len((await discovered("?search=1%25m"))[0]) == 0, "a percent sign is no wildcard"


async def test_a_room_answers_to_any_spelling_of_its_id(school):
    ada = await school.person()
    room = await ada.opens()

    for spelling in (room.upper(), room.replace("-", ""), "{" + room + "}"):
        assert (await ada.get(f"/api/study-rooms/{spelling}")).data["id"] == room


async def test_who_is_no_member_sees_the_basics_of_a_public_room(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()

    details = await ben.get(f"/api/study-rooms/{room}")
    assert (details.status, details.body["code"]) == (403, "not_a_member")
    info = (await ben.get(f"/api/study-rooms/{room}/basic-info")).data
    assert info["name"] == "Calculus"
    assert "members" not in info


async def test_a_private_room_is_not_there_for_outsiders(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens(visibility="private")
    path = f"/api/study-rooms/{room}"

    answers = [
        await ben.get(path),
        await ben.get(f"{path}/basic-info"),
        await ben.put(path, {"name": "Mine now"}),
        await ben.delete(path),
        await ben.post(f"{path}/join"),
        await ben.post(f"{path}/leave"),
        await ben.get(f"{path}/messages"),
        await ben.post(f"{path}/messages", {"content": "hi"}),
        await ben.post(f"{path}/messages/system", {"content": "hi"}),
        await ben.get(f"{path}/presence"),
        await ben.post(f"{path}/presence", {"status": "busy"}),
        await ben.delete(f"{path}/presence"),
    ]

    unknown = await ben.get(f"/api/study-rooms/{UNKNOWN}")
    for answer in answers:
        assert (answer.status, answer.body["code"]) == (404, "room_not_found")
        assert answer.body["message"] == unknown.body["message"], "as if it did not exist"


async def test_a_room_is_changed_in_parts_by_its_owner_and_those_inside_hear_it(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens(capacity=5)
    await ben.joins(room)
    inside = await ben.chat(room)

    assert (await ben.put(f"/api/study-rooms/{room}", {"name": "Ours"})).status == 403
    changed = (await ada.put(f"/api/study-rooms/{room}", {"name": "Analysis", "capacity": None})).data

    assert (changed["name"], changed["capacity"]) == ("Analysis", 5)
    said = await inside.hears("room-updated")
    assert said["roomId"] == room
    assert said["room"]["name"] == "Analysis"
    assert "role" not in said["room"]
    assert (await ben.get(f"/api/study-rooms/{room}")).data["name"] == "Analysis"


async def test_a_room_cannot_become_smaller_than_its_members(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    await ben.joins(room)

    answer = await ada.put(f"/api/study-rooms/{room}", {"capacity": 1})

    assert (answer.status, answer.body["code"]) == (409, "capacity_too_small")


async def test_joining_twice_is_no_error_and_a_full_room_is(school):
    ada, ben, cleo = [await school.person(name) for name in ("Ada", "Ben", "Cleo")]
    room = await ada.opens(capacity=2)

    for _ in range(2):
        joined = (await ben.post(f"/api/study-rooms/{room}/join")).data
        assert (joined["id"], joined["role"], joined["totalMembers"]) == (room, "member", 2)
    full = await cleo.post(f"/api/study-rooms/{room}/join")

    assert (full.status, full.body["code"]) == (409, "room_full")


async def test_the_capacity_holds_when_twenty_join_at_once(school):
    ada = await school.person()
    room = await ada.opens(capacity=6)
    crowd = [await school.person(f"P{number}") for number in range(20)]

    answers = await asyncio.gather(*(person.post(f"/api/study-rooms/{room}/join") for person in crowd))

    assert sorted(answer.status for answer in answers) == [200] * 5 + [409] * 15
    assert (await ada.get(f"/api/study-rooms/{room}")).data["totalMembers"] == 6


async def test_leaving_ends_the_membership_on_all_devices(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    await ben.joins(room)
    watching = await ada.chat(room)
    phone, laptop = await ben.chat(room), await ben.chat(room)

    left = (await ben.post(f"/api/study-rooms/{room}/leave")).data

    assert (left["role"], left["totalMembers"]) == (None, 1)
    for device in (phone, laptop):
        assert await device.hears("removed-from-room") == {"roomId": room, "reason": "left"}
    await watching.hears("user-left", lambda said: said["userId"] == ben.id)
    await ada.post(f"/api/study-rooms/{room}/messages", {"content": "just us now"})
    await watching.hears("message")
    assert phone.of("message") == laptop.of("message") == []
    assert (await ben.post(f"/api/study-rooms/{room}/leave")).status == 200, "leaving twice is no error"


async def test_an_owner_leaves_after_handing_the_room_over(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()

    stuck = await ada.post(f"/api/study-rooms/{room}/leave")
    assert (stuck.status, stuck.body["code"]) == (409, "owner_cannot_leave")
    to_outsider = await ada.put(f"/api/study-rooms/{room}", {"name": "Ours", "ownerId": ben.id})
    assert (to_outsider.status, to_outsider.body["code"]) == (403, "not_a_member")
    assert (await ada.get(f"/api/study-rooms/{room}")).data["name"] == "Calculus", "nothing of it was changed"

    await ben.joins(room)
    assert (await ada.put(f"/api/study-rooms/{room}", {"ownerId": ben.id})).data["role"] == "moderator"
    assert (await ben.get(f"/api/study-rooms/{room}")).data["role"] == "owner"
    assert (await ada.post(f"/api/study-rooms/{room}/leave")).status == 200


async def test_a_deleted_room_is_gone_for_everybody(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    await ben.joins(room)
    inside = await ben.chat(room)

    assert (await ben.delete(f"/api/study-rooms/{room}")).status == 403
    assert (await ada.delete(f"/api/study-rooms/{room}")).data is None

    assert await inside.hears("room-deleted") == {"roomId": room}
    for person in (ada, ben):
        assert (await person.get(f"/api/study-rooms/{room}")).status == 404
        assert (await person.get("/api/study-rooms")).data["userRooms"] == []
    assert (await inside.call("send-message", {"roomId": room, "content": "hello?"}))["error"][
        "code"
    ] == "room_not_found"


async def test_every_page_shows_at_once_what_anybody_wrote(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens("Calculus")
    path = f"/api/study-rooms/{room}"

    async def pages():
        """Return what is seen of the room, by its owner, by Ben, and by who reads on."""
        mine, his = [(await who.get("/api/study-rooms")).data for who in (ada, ben)]
        details, history = (await ada.get(path)).data, (await ada.get(f"{path}/messages")).data
        [seen] = mine["userRooms"]
        return {
            "members": [(member["name"], member["role"]) for member in details["members"]],
            "room": (seen["name"], seen["totalMembers"], seen["unread"], seen["activeMembers"]),
            "ben's": [one["id"] for one in his["userRooms"]],
            "discovered": [(one["name"], one["totalMembers"]) for one in his["discoverRooms"]],
            "messages": [(one["sender"]["name"], one["content"]) for one in history["messages"] if one["sender"]],
        }

    seen = await pages()
    assert seen["discovered"] == [("Calculus", 1)]

    async def after(**changed):
        seen.update(changed)
        assert await pages() == seen

    await ada.put(path, {"name": "Algebra"})
    await after(room=("Algebra", 1, 0, 0), discovered=[("Algebra", 1)])
    await ben.joins(room)
    members = [(ada.name, "owner"), (ben.name, "member")]
    await after(members=members, room=("Algebra", 2, 0, 0), discovered=[], **{"ben's": [room]})
    await ben.post(f"{path}/messages", {"content": "Hi"})
    await after(messages=[(ben.name, "Hi")], room=("Algebra", 2, 1, 0))
    await ben.chat(room)
    await after(room=("Algebra", 2, 1, 1))
    await ben.put("/api/auth/me", {"firstName": "Benedict"})
    name = (await ben.get("/api/auth/me")).data["name"]
    await after(members=[(ada.name, "owner"), (name, "member")], messages=[(name, "Hi")])
    await ada.put(path, {"ownerId": ben.id})
    await after(members=[(name, "owner"), (ada.name, "moderator")])
    await ada.post(f"{path}/messages", {"content": "Yours now"})
    await after(messages=[(name, "Hi"), (ada.name, "Yours now")], room=("Algebra", 2, 0, 1))
    await ben.put(path, {"ownerId": ada.id, "visibility": "private"})
    await after(members=[(ada.name, "owner"), (name, "moderator")], room=("Algebra", 2, 1, 1))
    await ben.post(f"{path}/leave")
    await after(members=[(ada.name, "owner")], room=("Algebra", 1, 1, 0), **{"ben's": []})
    await ada.put(path, {"visibility": "public"})
    await after(discovered=[("Algebra", 1)], room=("Algebra", 1, 2, 0))
    await ada.delete(path)
    assert (await ada.get("/api/study-rooms")).data["userRooms"] == []
    assert (await ben.get("/api/study-rooms")).data["discoverRooms"] == []
    assert [(await ada.get(page)).status for page in (path, f"{path}/messages")] == [404, 404]


async def test_members_whose_names_look_alike_are_marked(school):
    ada = await school.person("Ada", "Okafor")
    others = [
        await school.person(*name) for name in (("\u0410\u0501\u0430", "Okafor"), ("Bob", "Okafor"), ("ADA", "0kafor"))
    ]
    room = await ada.opens()
    assert not (await ada.get(f"/api/study-rooms/{room}")).data["members"][0]["lookalike"]
    for other in others:
        await other.joins(room)

    members = (await ada.get(f"/api/study-rooms/{room}")).data["members"]

    # an all-Cyrillic first name beside a Latin last one is no mix, and looks the same
    assert [(member["name"], member["lookalike"]) for member in members] == [
        ("Ada Okafor", True),
        ("\u0410\u0501\u0430 Okafor", True),
        ("Bob Okafor", False),
        ("ADA 0kafor", True),
    ]
    await others[0].put("/api/auth/me", {"firstName": "Eve"})
    await others[2].put("/api/auth/me", {"firstName": "Dan"})
    members = (await ada.get(f"/api/study-rooms/{room}")).data["members"]
    assert not [member for member in members if member["lookalike"]]

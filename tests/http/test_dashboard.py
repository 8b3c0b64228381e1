"""The dashboard."""

from datetime import UTC, datetime, timedelta


async def test_a_newcomers_dashboard_is_empty(school):
    ada = await school.person()

    dashboard = (await ada.get("/api/dashboard")).data
    assert dashboard["focusToday"].pop("serverTime")
    assert dashboard == {
        "activeRooms": [],
        "onlineNow": 0,
        "recentMessages": [],
        "unreadTotal": 0,
        "tasksDue": [],
        "focusToday": {"seconds": 0, "runningSince": None, "goal": 60},
        "streak": 0,
        "studyingNow": [],
        "upcomingSessions": [],
        "upcomingEvents": [],
        "recentResources": [],
        "notifications": [],
    }


async def test_what_i_did_shows_at_once(school):
    ada = await school.person()
    await ada.get("/api/dashboard")
    rooms = [await ada.opens(f"Room {number}") for number in range(6)]
    for room in rooms:
        await ada.get("/api/dashboard")
        await ada.post(f"/api/study-rooms/{room}/messages", {"content": f"in {room}"})

    dashboard = (await ada.get("/api/dashboard")).data

    assert [room["id"] for room in dashboard["activeRooms"]] == rooms[:0:-1], "five, last active first"
    assert [message["roomId"] for message in dashboard["recentMessages"]] == rooms[::-1]
    assert dashboard["unreadTotal"] == 0, "what I said myself is read"
    assert set(dashboard["activeRooms"][0]) == {
        "id",
        "name",
        "image",
        "activeMembers",
        "totalMembers",
        "lastActive",
        "unread",
    }
    await ada.delete(f"/api/study-rooms/{rooms[5]}")
    assert (await ada.get("/api/dashboard")).data["activeRooms"][0]["id"] == rooms[4]


async def test_unread_messages_are_counted_until_they_are_read(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    await ada.post(f"/api/study-rooms/{room}/messages", {"content": "before you came"})
    await ben.joins(room)
    for number in range(3):
        await ada.post(f"/api/study-rooms/{room}/messages", {"content": f"news {number}"})

    dashboard = (await ben.get("/api/dashboard")).data
    assert (dashboard["unreadTotal"], dashboard["activeRooms"][0]["unread"]) == (3, 3)
    assert len(dashboard["recentMessages"]) == 4

    chat = await ben.chat(room)
    assert await chat.call("mark-read", {"roomId": room, "seq": 3}) == {"ok": True, "unread": 1}
    assert (await ben.get("/api/dashboard")).data["unreadTotal"] == 1
    assert await chat.call("mark-read", {"roomId": room, "seq": 1}) == {"ok": True, "unread": 1}, "it never moves back"
    assert (await chat.call("join-room", room))["lastRead"] == 3


async def test_people_in_my_rooms_are_counted_once(school):
    ada, ben, eve = [await school.person(name) for name in ("Ada", "Ben", "Eve")]
    first, second = await ada.opens("First"), await ada.opens("Second")
    elsewhere = await eve.opens("Elsewhere")
    for room in (first, second):
        await ben.joins(room)
    await ben.chat(first, second)
    await ben.chat(first)
    await eve.chat(elsewhere)

    dashboard = (await ada.get("/api/dashboard")).data

    assert dashboard["onlineNow"] == 1
    assert {room["id"]: room["activeMembers"] for room in dashboard["activeRooms"]} == {first: 1, second: 1}


async def test_own_change_of_a_room_shows_at_once(school):
    ada = await school.person()
    room = await ada.opens("Analysis")
    assert (await ada.get("/api/dashboard")).data["activeRooms"][0]["name"] == "Analysis"

    await ada.put(f"/api/study-rooms/{room}", {"name": "Algebra"})

    assert (await ada.get("/api/dashboard")).data["activeRooms"][0]["name"] == "Algebra"


async def test_tasks_that_are_due_show_at_once(school):
    ada = await school.person()
    today = datetime.now(UTC)
    dates = {
        name: f"{today + timedelta(days=days):%Y-%m-%d}" for name, days in (("late", -3), ("soon", 2), ("far", 30))
    }
    tasks = {}
    for name, due_on in dates.items():
        await ada.get("/api/dashboard")
        tasks[name] = (await ada.post("/api/tasks", {"title": name, "dueOn": due_on})).data
    await ada.post("/api/tasks", {"title": "undated"})
    assert (await ada.get("/api/dashboard")).data["tasksDue"] == [tasks["late"], tasks["soon"]]
    await ada.put(f"/api/tasks/{tasks['late']['id']}", {"done": True})
    await ada.delete(f"/api/tasks/{tasks['soon']['id']}")
    assert (await ada.get("/api/dashboard")).data["tasksDue"] == []


async def test_members_who_study_now_show_with_what_they_work_on(school):
    ada, ben, eve, away = [await school.person(name) for name in ("Ada", "Ben", "Eve", "Away")]
    room, elsewhere = await ada.opens("Analysis"), await eve.opens("Elsewhere")
    await ben.joins(elsewhere)
    for person in (ben, eve, away):
        await person.joins(room)
    await ada.chat(room)
    bens, eves = await ben.chat(room, elsewhere), await eve.chat(room)
    await (await away.chat(room)).call("update-status", {"roomId": room, "status": "away"})
    await bens.call("update-status", {"roomId": elsewhere, "activity": "Diary"})
    await eves.call("update-status", {"roomId": room, "activity": "Sheet 4"})
    await bens.call("start-focus", {"roomId": room})

    shown = (await ada.get("/api/dashboard")).data["studyingNow"]

    names = [one["user"].pop("name") for one in shown]
    assert [name.split()[0] for name in names] == ["Ben", "Eve"]
    place = {"roomId": room, "roomName": "Analysis", "status": "active"}
    assert shown == [
        place | {"user": {"id": ben.id, "avatar": None}, "activity": None, "focusing": True},
        place | {"user": {"id": eve.id, "avatar": None}, "activity": "Sheet 4", "focusing": False},
    ]
    await bens.call("stop-focus", {})
    await eves.call("leave-room", room)
    shown = (await ada.get("/api/dashboard")).data["studyingNow"]
    assert [(one["user"]["id"], one["focusing"]) for one in shown] == [(ben.id, False)]
    assert (await away.post(f"/api/study-rooms/{room}/leave")).status == 200
    assert (await away.get("/api/dashboard")).data["studyingNow"] == []


async def test_own_change_of_a_schedule_shows_at_once(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens("Analysis")
    await ben.joins(room)
    path, start = f"/api/study-rooms/{room}/schedule", datetime.now(UTC).replace(microsecond=0)

    async def upcoming(person):
        return (await person.get("/api/dashboard")).data["upcomingSessions"]

    planned = {}
    for name, days in (("late", 6), ("soon", 1), ("far", 8)):
        await upcoming(ada)
        body = {"startsAt": f"{start + timedelta(days=days):%Y-%m-%dT%H:%M}", "minutes": 60, "timeZone": "UTC"}
        planned[name] = (await ada.post(path, body | {"title": name})).data["id"]
    shown = await upcoming(ada)
    assert [(one["title"], one["isGoing"]) for one in shown] == [("soon", True), ("late", True)]
    assert shown[0] | {"startsAt": 0, "endsAt": 0} == {
        "id": planned["soon"],
        "roomId": room,
        "roomName": "Analysis",
        "title": "soon",
        "startsAt": 0,
        "endsAt": 0,
        "isGoing": True,
    }
    assert [one["isGoing"] for one in await upcoming(ben)] == [False, False]
    await ben.put(f"{path}/{planned['late']}/going")
    assert [one["isGoing"] for one in await upcoming(ben)] == [False, True]
    await ada.put(f"{path}/{planned['late']}", {"title": "later"})
    assert [one["title"] for one in await upcoming(ada)] == ["soon", "later"]
    await ada.delete(f"{path}/{planned['soon']}")
    assert [one["title"] for one in await upcoming(ada)] == ["later"]

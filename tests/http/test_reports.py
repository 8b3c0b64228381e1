"""Reports of messages, over HTTP."""

import pytest
import socketio

from tests.support.served import PATIENCE, served


@pytest.fixture
async def school():
    async with served() as running:
        yield running


@pytest.fixture
async def room(school):
    """Ada's room with Ben and Cleo, and a message of Ben's."""
    ada, ben, cleo = [await school.person(name) for name in ("Ada", "Ben", "Cleo")]
    room = await ada.opens()
    for person in (ben, cleo):
        await person.joins(room)
    said = (await ben.post(f"/api/study-rooms/{room}/messages", {"content": "a bad word"})).data
    return f"/api/study-rooms/{room}", said, ada, ben, cleo


async def test_a_message_is_reported_seen_and_resolved(room):
    path, said, ada, ben, cleo = room
    answer = await cleo.post(f"{path}/messages/{said['id']}/report", {"reason": " Rude "})
    assert answer.status == 201
    report = answer.data
    assert report == {
        "id": report["id"],
        "kind": "message",
        "roomId": said["roomId"],
        "roomName": report["roomName"],
        "roomDeleted": False,
        "accused": said["sender"],
        "message": {name: said[name] for name in ("id", "seq", "content", "timestamp", "sender")},
        "reporter": {"id": cleo.id, "name": cleo.name, "avatar": None},
        "reason": "Rude",
        "status": "open",
        "createdAt": report["createdAt"],
        "resolvedBy": None,
        "resolvedAt": None,
    }
    again = await cleo.post(f"{path}/messages/{said['id']}/report", {"reason": "Very rude"})
    assert (again.status, again.data) == (201, report)
    assert (await ada.get(f"{path}/reports")).data == {"reports": [report], "hasMore": False, "totalOpen": 1}
    resolved = (await ada.put(f"{path}/reports/{report['id']}", {"status": "resolved"})).data
    assert (resolved["status"], resolved["resolvedBy"]["id"]) == ("resolved", ada.id)
    assert (await ada.get(f"{path}/reports?status=open")).data["reports"] == []
    settled = (await ada.get(f"{path}/reports?status=resolved")).data
    assert settled == {"reports": [resolved], "hasMore": False, "totalOpen": 0}
    log = (await ada.get(f"{path}/audit-log")).data["entries"]
    assert (log[0]["action"], log[0]["details"]) == ("report-resolved", {"reportId": report["id"]})


async def test_they_come_in_pages(room):
    path, _, ada, ben, cleo = room
    for number in range(3):
        said = (await ben.post(f"{path}/messages", {"content": str(number)})).data
        await cleo.post(f"{path}/messages/{said['id']}/report", {})
    first = (await ada.get(f"{path}/reports?limit=2")).data
    assert [report["message"]["content"] for report in first["reports"]] == ["2", "1"]
    assert first["hasMore"]
    second = (await ada.get(f"{path}/reports?limit=2&before={first['reports'][-1]['id']}")).data
    assert [report["message"]["content"] for report in second["reports"]] == ["0"]
    assert not second["hasMore"]
    assert (first["totalOpen"], second["totalOpen"]) == (3, 3)


async def test_readers_of_report_are_notified_once(school, room):
    path, said, ada, ben, cleo = room
    mia = await school.person("Mia")
    await mia.joins(said["roomId"])
    assert (await ada.put(f"{path}/members/{mia.id}", {"role": "moderator"})).status == 200
    head = await school.person("Head")
    await school.storage.set_access(head.id, role="admin")
    ears = [await Ear.of(school, person) for person in (ada, ben, cleo, mia, head)]
    of_ada = (await ada.post(f"{path}/messages", {"content": "mine"})).data["id"]
    for _ in range(2):
        await cleo.post(f"{path}/messages/{said['id']}/report", {})
        await cleo.post(f"{path}/messages/{of_ada}/report", {})
        await cleo.post(f"{path}/members/{mia.id}/report", {})
        await cleo.post(f"{path}/report", {})
    await ada.post(f"{path}/messages/{said['id']}/report", {})
    assert [await ear.told() for ear in ears] == [
        ["message-reported", "user-reported"],
        [],
        [],
        ["message-reported"] * 2,
        ["message-reported", "room-reported"],
    ]


class Ear:
    """Hears what concerns one person."""

    @classmethod
    async def of(cls, school, person):
        ear = cls()
        ear.kinds = []
        ear.client = socketio.AsyncClient(reconnection=False)
        ear.client.on("notification", lambda said: ear.kinds.append(said["type"]))
        await ear.client.connect(
            school.url, auth={"token": person.token}, transports=["websocket"], wait_timeout=PATIENCE
        )
        return ear

    async def told(self):
        """Return the kinds of what was said until now."""
        await self.client.call("is there anything")  # its answer comes behind
        await self.client.disconnect()
        return self.kinds


async def test_a_person_reports_so_much_and_no_more():
    async with served(environ={"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_REPORTS": "2/hour"}) as school:
        ada = await school.person()
        room = f"/api/study-rooms/{await ada.opens()}"
        said = [(await ada.post(f"{room}/messages", {"content": "hello"})).data["id"] for _ in range(3)]
        answers = [await ada.post(f"{room}/messages/{message}/report", {}) for message in said]
        assert [answer.status for answer in answers] == [201, 201, 429]
        assert answers[-1].body["retryAfter"] > 3500


async def test_notice_is_reported_without_its_poster(school, room):
    path, _, ada, ben, _ = room
    head = await school.person("Head")
    await school.storage.set_access(head.id, role="admin")
    said = (await ada.post(f"{path}/messages/system", {"content": "Ben is silly"})).data["id"]
    answer = (await ben.post(f"{path}/messages/{said}/report", {})).data
    assert (answer["accused"], answer["message"]["sender"]) == (None, None)
    assert (await ada.get(f"{path}/reports")).data["reports"] == []
    [report] = (await head.get("/api/dashboard/admin/reports")).data["reports"]
    assert (report["accused"]["id"], report["message"]["content"]) == (ada.id, "Ben is silly")


async def test_user_and_room_are_reported(school, room):
    path, _, ada, ben, cleo = room
    answer = await cleo.post(f"{path}/members/{ben.id}/report", {"reason": "That is no name"})
    assert answer.status == 201
    assert (answer.data["kind"], answer.data["message"]["content"]) == ("user", ben.name)
    assert [one["id"] for one in (await ada.get(f"{path}/reports")).data["reports"]] == [answer.data["id"]]
    eve = await school.person("Eve")
    answer = await eve.post(f"{path}/members/{ben.id}/report", {})
    assert (answer.status, answer.body["code"]) == (403, "not_a_member")
    answer = await cleo.post(f"{path}/members/{eve.id}/report", {})
    assert (answer.status, answer.body["code"]) == (404, "user_not_found")
    answer = await eve.post(f"{path}/report", {"reason": "The name"})
    assert (answer.status, answer.data["kind"], answer.data["accused"]["id"]) == (201, "room", ada.id)


async def test_admin_lists_and_settles_reports_of_all_rooms(school, room):
    path, said, ada, ben, cleo = room
    head = await school.person("Head")
    await school.storage.set_access(head.id, role="admin")
    second = f"/api/study-rooms/{await head.opens('Second')}"
    await cleo.joins(second.rpartition("/")[2])
    words = (await head.post(f"{second}/messages", {"content": "of the head"})).data["id"]
    reports = [
        (await cleo.post(f"{where}/report", {})).data["id"]
        for where in (f"{path}/messages/{said['id']}", path, f"{second}/messages/{words}")
    ]
    every = "/api/dashboard/admin/reports"
    first = (await head.get(f"{every}?limit=1")).data
    assert ([one["id"] for one in first["reports"]], first["hasMore"], first["totalOpen"]) == ([reports[1]], True, 2)
    second_page = (await head.get(f"{every}?limit=1&before={reports[1]}")).data
    assert ([one["id"] for one in second_page["reports"]], second_page["hasMore"]) == ([reports[0]], False)
    assert (await head.get("/api/dashboard/admin")).data["openReports"] == 2
    assert (await head.get(f"{every}?roomId={second.rpartition('/')[2]}")).data["reports"] == []
    settled = await head.put(f"{every}/{reports[1]}", {"status": "resolved"})
    assert (settled.data["status"], settled.data["resolvedBy"]["id"]) == ("resolved", head.id)
    assert [one["id"] for one in (await head.get(f"{every}?status=resolved")).data["reports"]] == [reports[1]]
    answer = await head.put(f"{every}/{reports[2]}", {"status": "resolved"})
    assert (answer.status, answer.body["code"]) == (404, "report_not_found")
    assert (await ada.get(every)).body["code"] == "forbidden"
    assert (await ada.delete(path)).status == 200
    for status in ("resolved", "open"):
        assert (await head.put(f"{every}/{reports[0]}", {"status": status})).data["status"] == status

"""Reports of messages, over HTTP."""

import pytest
import socketio

from tests.served import PATIENCE, served


@pytest.fixture
async def school():
    async with served() as running:
        yield running


@pytest.fixture
async def room(school):
    """Give a room of Ada's with Ben and Cleo, in which Ben said something."""
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
        "roomId": said["roomId"],
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


async def test_those_who_keep_order_are_told_once(school, room):
    path, said, ada, ben, cleo = room
    assert (await ada.put(f"{path}/members/{ben.id}", {"role": "moderator"})).status == 200
    ears = [await Ear.of(school, person) for person in (ada, ben, cleo)]
    for _ in range(2):
        await cleo.post(f"{path}/messages/{said['id']}/report", {})
    await ada.post(f"{path}/messages/{said['id']}/report", {})
    assert [await ear.told() for ear in ears] == [["message-reported"], ["message-reported"] * 2, []]


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


async def test_what_the_room_itself_says_is_not_reported(room):
    path, _, ada, ben, _ = room
    said = (await ada.post(f"{path}/messages/system", {"content": "Break at four"})).data["id"]
    answer = await ben.post(f"{path}/messages/{said}/report", {})
    assert (answer.status, answer.body["code"]) == (404, "message_not_found")

"""Reports about users with a role in the room: who reads them, and who does not."""

import pytest

from tests.support.served import served


@pytest.fixture
async def school():
    async with served() as running:
        yield running


async def _admin(school, name):
    person = await school.person(name)
    await school.storage.set_access(person.id, role="admin")
    return person


@pytest.fixture
async def room(school):
    """Ada's room with the moderators Ben and Mia and the member Cleo, and a message of each."""
    ada, ben, mia, cleo = [await school.person(name) for name in ("Ada", "Ben", "Mia", "Cleo")]
    room = await ada.opens("Analysis")
    path = f"/api/study-rooms/{room}"
    for person in (ben, mia, cleo):
        await person.joins(room)
    for person in (ben, mia):
        assert (await ada.put(f"{path}/members/{person.id}", {"role": "moderator"})).status == 200
    said = {
        person.id: (await person.post(f"{path}/messages", {"content": f"words of {person.name}"})).data["id"]
        for person in (ada, ben, mia, cleo)
    }
    return path, said, ada, ben, mia, cleo


async def test_accused_moderator_neither_sees_nor_settles_report(room):
    path, said, ada, ben, mia, cleo = room
    report = (await cleo.post(f"{path}/messages/{said[ben.id]}/report", {"reason": "rude"})).data
    for person in (ben, mia):
        listed = (await person.get(f"{path}/reports")).data
        assert (listed["reports"], listed["totalOpen"]) == ([], 0)
        answer = await person.put(f"{path}/reports/{report['id']}", {"status": "resolved"})
        assert (answer.status, answer.body["code"]) == (404, "report_not_found")
    assert [one["id"] for one in (await ada.get(f"{path}/reports")).data["reports"]] == [report["id"]]
    assert (await ada.put(f"{path}/reports/{report['id']}", {"status": "resolved"})).data["status"] == "resolved"


async def test_report_without_reader_is_logged(room, complaints):
    path, said, ada, ben, _, cleo = room
    await cleo.post(f"{path}/messages/{said[cleo.id]}/report", {})
    await cleo.post(f"{path}/messages/{said[ben.id]}/report", {})
    assert not [line for line in complaints() if "no reader" in line]
    for _ in range(2):
        report = (await cleo.post(f"{path}/messages/{said[ada.id]}/report", {})).data["id"]
    [line] = [line for line in complaints() if "no reader" in line]
    assert report in line


async def test_report_about_owner_outlives_room_and_is_read_by_admins(school, room):
    path, said, ada, ben, _, cleo = room
    head = await _admin(school, "Head")
    report = (await cleo.post(f"{path}/messages/{said[ada.id]}/report", {"reason": "rude"})).data
    for person in (ada, ben):
        assert (await person.get(f"{path}/reports")).data == {"reports": [], "hasMore": False, "totalOpen": 0}
    assert (await ada.delete(path)).status == 200
    [listed] = (await head.get("/api/dashboard/admin/reports")).data["reports"]
    assert (listed["id"], listed["roomName"], listed["roomDeleted"]) == (report["id"], "Analysis", True)
    assert listed["message"]["content"] == "words of " + ada.name

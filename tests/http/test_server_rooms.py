"""Rooms of the whole server, as admins list them over HTTP."""

import pytest

from tests.support.served import served

PATH = "/api/dashboard/admin/rooms"


@pytest.fixture
async def school():
    async with served() as running:
        yield running


async def test_admin_lists_public_and_private_rooms(school):
    ada, ben, head = [await school.person(name) for name in ("Ada", "Ben", "Head")]
    await school.storage.set_access(head.id, role="admin")
    public, private, gone = (
        await ada.opens("Analysis"),
        await ada.opens("Secret", visibility="private"),
        await ada.opens("Gone"),
    )
    await ben.joins(public)
    await ben.post(f"/api/study-rooms/{public}/report", {})
    await ada.delete(f"/api/study-rooms/{gone}")

    listed = (await head.get(PATH)).data
    assert listed["nextCursor"] is None
    assert [room["id"] for room in listed["rooms"]] == [private, public]
    room = listed["rooms"][1]
    info = (await head.get(f"/api/study-rooms/{public}/basic-info")).data
    assert room == info | {"owner": {"id": ada.id, "name": ada.name, "avatar": None}, "openReports": 1}
    assert listed["rooms"][0]["openReports"] == 0

    first = (await head.get(f"{PATH}?limit=1")).data
    assert ([room["id"] for room in first["rooms"]], first["nextCursor"]) == ([private], private)
    second = (await head.get(f"{PATH}?limit=1&cursor={private}")).data
    assert ([room["id"] for room in second["rooms"]], second["nextCursor"]) == ([public], None)
    assert [room["id"] for room in (await head.get(f"{PATH}?search=SECRET")).data["rooms"]] == [private]
    answer = await ada.get(PATH)
    assert (answer.status, answer.body["code"]) == (403, "forbidden")

    assert (await head.delete(f"/api/study-rooms/{private}")).status == 200
    assert [room["id"] for room in (await head.get(PATH)).data["rooms"]] == [public]

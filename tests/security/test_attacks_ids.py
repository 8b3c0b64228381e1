"""Attacks with ids of another room's invitations, reports, messages and users, in the attacker's own room."""

import json
import re

import pytest

from tests.cases.authorisation import HTTP
from tests.security.test_authorisation import api
from tests.support.authorisation import OUTSIDER, OWNER
from tests.support.scene import Scene, school_on

TWO_IDS = [row for row in HTTP if row.does.count(":") > 1]
WRITTEN_WITH_AN_ID = [name for name in api() if re.search(r":id/.*:", name)]
SEEN = ("", "/invites", "/bans", "/reports", "/audit-log", "/messages", "/presence")
QUERIES = ("/audit-log?before=", "/reports?before=")


@pytest.fixture(params=["memory", "sqlite"])
async def scene(request, tmp_path):
    async with school_on(request.param, tmp_path) as school:
        scene = await Scene.set(school, 0, private=True)
        scene.values["mine"] = await scene.people[OUTSIDER].opens("Mine")
        yield scene
        await scene.is_over()


async def _seen(scene):
    """Return all that the owner of the other room sees of it."""
    owner = scene.people[OWNER]
    return [(await owner.get(f"/api/study-rooms/{scene.values['room']}{path}")).data for path in SEEN]


@pytest.mark.parametrize("row", TWO_IDS, ids=lambda row: row.name)
async def test_an_id_of_another_room_opens_nothing(scene, row):
    before = await _seen(scene)

    said = await scene.asks(row, OUTSIDER, "<mine>")

    assert await _seen(scene) == before
    names_a_person = "/bans/" in row.does  # whom one shuts out of one's own room, by an id that one must know
    if not names_a_person:
        assert said.status in {200, 403, 404}
        assert (said.status == 200) <= ("mute" in row.does), "nobody is muted: so that is what it says"
        assert scene.leaks(OUTSIDER, re.sub("[0-9a-f-]{36}", "", said.raw)) == []
    own = (await scene.people[OUTSIDER].get(f"/api/study-rooms/{scene.values['mine']}")).data
    assert [member["id"] for member in own["members"]] == [scene.people[OUTSIDER].id]


async def test_a_page_that_begins_in_another_room_shows_ones_own(scene):
    eve, mine = scene.people[OUTSIDER], scene.values["mine"]
    owner, room = scene.people[OWNER], scene.values["room"]
    log = (await owner.get(f"/api/study-rooms/{room}/audit-log")).data["entries"]
    theirs = [scene.values[name] for name in ("room", "message", "report", "invite", "owner")] + [log[0]["id"]]

    for path in QUERIES:
        for start in theirs:
            answer = await eve.get(f"/api/study-rooms/{mine}{path}{start}")
            assert answer.status == 200
            assert scene.leaks(OUTSIDER, json.dumps(answer.body)) == []
    for start in theirs:
        listed = await eve.get(f"/api/study-rooms?cursor={start}")
        assert scene.leaks(OUTSIDER, json.dumps(listed.body)) == []


def test_every_route_with_two_ids_is_tried():
    assert {row.does for row in TWO_IDS} == set(WRITTEN_WITH_AN_ID)
    assert len(TWO_IDS) > 8

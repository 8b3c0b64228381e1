"""Security events of moderators and admins: their names and fields in the log."""

import logging

import pytest

from tests.support.staffed_room import make_admin, staffed


@pytest.fixture
def events(caplog):
    """A function that returns the fields of each event of a name logged so far."""
    caplog.set_level(logging.INFO, "studyhall.security")
    return lambda name: [record.fields for record in caplog.records if record.getMessage() == name]


async def test_moderation_logs_action_room_and_target(school, events):
    room, path, _, mo, ben = await staffed(school)

    assert (await mo.put(f"{path}/members/{ben.id}/mute", {"seconds": 60})).status == 200

    *_, mute = events("room_action")
    assert (mute["action"], mute["room"], mute["user"], mute["target"]) == ("member-muted", room, mo.id, ben.id)


async def test_change_by_admin_logs_operation_and_id(school, events):
    grace, ben = await school.person("Grace"), await school.person("Ben")
    await make_admin(school, grace)

    assert (await grace.put(f"/api/users/{ben.id}", {"disabled": True})).status == 200

    [change] = events("admin_action")
    assert (change["operation"], change["id"], change["user"]) == ("PUT /api/users/{id}", ben.id, grace.id)
    [access] = events("user_access_changed")
    assert (access["access"], access["target"], access["user"]) == ("disabled", ben.id, grace.id)

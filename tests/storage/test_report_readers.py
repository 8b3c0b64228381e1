"""The conformance suite: readers of reports, and what reports outlive (storage/base/access.py), on every backend."""

import pytest

from domain import ids
from domain.accounts import DELETED_NAME
from domain.errors.accounts import UserNotFound
from domain.errors.base import Forbidden
from domain.errors.rooms import RoomNotFound
from domain.messages import MessageDraft
from tests.support.factories import (
    at,
    draft,
    make_moderator,
    make_room,
    make_user,
    make_users,
    new_act,
    new_report,
    post,
)

READERS = ("owner", "moderator", "member", "admin")


class Scene:
    """A room with a user for each role, and an admin outside."""

    @classmethod
    async def of(cls, storage):
        scene = cls()
        scene.storage = storage
        scene.people = dict(zip((*READERS, "accused", "reporter"), await make_users(storage, 6), strict=True))
        inside = [person for role, person in scene.people.items() if role not in {"owner", "admin"}]
        scene.room = await make_room(storage, scene.people["owner"], *inside)
        await make_moderator(storage, scene.room, scene.people["moderator"])
        await storage.set_access(scene.people["admin"].id, role="admin")
        return scene

    async def becomes(self, role):
        """Set the role of the accused in the room, or the role of admin."""
        person, owner = self.people["accused"], self.people["owner"]
        if role == "admin":
            await self.storage.set_access(person.id, role="admin")
        elif role == "owner":
            await self.storage.transfer_room(self.room.id, owner.id, person.id)
        elif role == "out":
            await self.storage.remove_member(self.room.id, person.id)
        else:
            act = new_act(self.room, owner, "role-changed", person)
            await self.storage.set_role(self.room.id, person.id, role, act)

    async def loses(self, role):
        """Take a role away again."""
        if role == "owner":
            await self.storage.transfer_room(self.room.id, self.people["accused"].id, self.people["owner"].id)
        if role == "admin":
            await self.storage.set_access(self.people["accused"].id, role="student")
        elif role in {"owner", "moderator"}:
            await self.becomes("member")

    async def reported(self, **fields):
        [said] = await post(self.storage, draft(self.room, self.people["accused"], "a bad word"))
        return await self.storage.add_report(new_report(said, self.people["reporter"], **fields))

    async def readers(self, report):
        """Return the roles of the readers, which all ways of reading agree on."""
        found = []
        for role, person in self.people.items():
            one = await self.storage.report(report.id, person.id)
            for room_id in (self.room.id, None):
                listed = await self.storage.reports(room_id, None, person.id, limit=10)
                assert listed == ([one] if one else [])
                assert await self.storage.open_report_count(room_id, person.id) == len(listed)
            found += [role] if one else []
        told = await self.storage.report_readers(report.id)
        assert told == sorted(self.people[role].id for role in found)
        return found


@pytest.fixture
async def scene(storage):
    return await Scene.of(storage)


BY_ROLE = {
    "member": ["owner", "moderator", "admin"],
    "out": ["owner", "moderator", "admin"],
    "moderator": ["owner", "admin"],
    "owner": ["admin"],
    "admin": ["admin"],
}


@pytest.mark.parametrize("role", BY_ROLE)
async def test_readers_follow_role_at_time_of_report(scene, role):
    if role == "out":
        report = await scene.reported()
        await scene.becomes("out")
    else:
        await scene.becomes(role)
        report = await scene.reported()
    assert await scene.readers(report) == BY_ROLE[role]


@pytest.mark.parametrize("role", ["moderator", "owner", "admin"])
async def test_later_role_narrows_readers(scene, role):
    report = await scene.reported()
    await scene.becomes(role)
    assert await scene.readers(report) == BY_ROLE[role]


@pytest.mark.parametrize("role", ["moderator", "owner", "admin"])
async def test_loss_of_role_widens_readers_never(scene, role):
    await scene.becomes(role)
    report = await scene.reported()
    await scene.loses(role)
    assert await scene.readers(report) == BY_ROLE[role]


async def test_heir_of_accused_owner_reads_nothing(scene):
    await scene.becomes("owner")
    report = await scene.reported()
    heir = scene.people["member"]
    await scene.storage.transfer_room(scene.room.id, scene.people["accused"].id, heir.id)
    assert await scene.storage.report(report.id, heir.id) is None
    with pytest.raises(Forbidden):
        await scene.storage.set_report_status(
            report.id, "resolved", new_act(scene.room, scene.people["reporter"], "report-resolved")
        )
    assert (
        await scene.storage.set_report_status(report.id, "resolved", new_act(scene.room, heir, "report-resolved"))
        is None
    )


async def test_disabled_admin_reads_nothing(scene):
    await scene.becomes("owner")
    report = await scene.reported()
    await make_user(scene.storage, "Another", role="admin")
    await scene.storage.set_access(scene.people["admin"].id, disabled=True)
    assert await scene.storage.report(report.id, scene.people["admin"].id) is None
    assert scene.people["admin"].id not in await scene.storage.report_readers(report.id)


@pytest.mark.parametrize("role", ["moderator", "owner", "admin"])
async def test_accused_does_not_settle(scene, role):
    await scene.becomes(role)
    report = await scene.reported()
    act = new_act(scene.room, scene.people["accused"], "report-resolved")
    assert await scene.storage.set_report_status(report.id, "resolved", act) is None
    assert (await scene.storage.report(report.id, scene.people["admin"].id)).status == "open"


async def test_settling_is_logged_in_room_only_if_owner_reads_report(scene):
    admin = scene.people["admin"]
    report = await scene.reported()
    await scene.becomes("moderator")
    for _ in range(2):  # about a moderator, then about the owner
        act = new_act(scene.room, admin, "report-resolved")
        assert (await scene.storage.set_report_status(report.id, "resolved", act)).status == "resolved"
        await scene.becomes("owner")
        act = new_act(scene.room, admin, "report-reopened")
        assert (await scene.storage.set_report_status(report.id, "open", act)).status == "open"
    actions = [entry.action for entry in await scene.storage.audit_log(scene.room.id, limit=10)]
    assert actions.count("report-resolved") == 1
    assert "report-reopened" not in actions


async def test_report_outlives_room_for_admins(scene):
    report = await scene.reported()
    admin = scene.people["admin"]
    await scene.storage.delete_room(scene.room.id)
    assert not await scene.storage.delete_room(scene.room.id)
    while await scene.storage.purge_rooms(10):
        pass
    [kept] = await scene.storage.reports(None, "open", admin.id, limit=10)
    assert (kept.id, kept.room_name, kept.room_deleted) == (report.id, scene.room.name, True)
    assert kept.message == report.message
    assert await scene.readers(report) == ["admin"]
    act = new_act(scene.room, admin, "report-resolved")
    for _ in range(2):
        assert (await scene.storage.set_report_status(report.id, "resolved", act)).resolved_by.id == admin.id
    assert await scene.storage.purge_reports(at(40), at(0), 10) == 1


async def test_report_outlives_accounts(scene):
    report = await scene.reported()
    for role in ("accused", "reporter"):
        await scene.storage.delete_user(scene.people[role].id)
    kept = await scene.storage.report(report.id, scene.people["owner"].id)
    assert (kept.accused.name, kept.reporter.name, kept.message.content) == (DELETED_NAME, DELETED_NAME, "a bad word")
    assert await scene.readers(report) == BY_ROLE["out"]


async def test_report_about_deleted_account_is_not_for_later_members(scene):
    report = await scene.reported()
    late = await make_user(scene.storage, "Late")
    await scene.storage.add_member(scene.room.id, late.id, at(9000))
    await make_moderator(scene.storage, scene.room, late)
    assert await scene.storage.report(report.id, late.id)
    await scene.storage.delete_user(scene.people["accused"].id)
    for role in ("moderator", "owner"):
        if role == "owner":
            await scene.storage.transfer_room(scene.room.id, scene.people["owner"].id, late.id)
        assert await scene.storage.report(report.id, late.id) is None
        assert await scene.storage.reports(scene.room.id, None, late.id, limit=10) == []
        assert await scene.storage.open_report_count(scene.room.id, late.id) == 0
        assert late.id not in await scene.storage.report_readers(report.id)
    assert await scene.storage.report(report.id, scene.people["moderator"].id)


# Users and rooms


async def test_user_is_reported_with_name_and_picture(scene):
    accused, reporter = scene.people["accused"], scene.people["reporter"]
    await scene.storage.change_user(accused.id, {"first_name": "Nasty", "avatar": "/nasty.png"})
    made = _of_user(scene, accused)
    report = await scene.storage.add_report(made)
    assert (report.kind, report.message.id, report.message.seq) == ("user", accused.id, 0)
    assert report.message.content == "Nasty Lovelace\n/nasty.png"
    assert report.accused.id == report.message.sender.id == accused.id
    await scene.storage.change_user(accused.id, {"first_name": "Nice", "avatar": None})
    kept = await scene.storage.report(report.id, scene.people["owner"].id)
    assert (kept.accused.name, kept.message.content) == ("Nice Lovelace", "Nasty Lovelace\n/nasty.png")
    assert await scene.readers(report) == BY_ROLE["member"]
    assert (await scene.storage.add_report(_of_user(scene, accused))).id == report.id
    act = new_act(scene.room, scene.people["owner"], "report-resolved")
    await scene.storage.set_report_status(report.id, "resolved", act)
    assert (await scene.storage.add_report(_of_user(scene, accused))).id != report.id
    assert [one.id for one in await scene.storage.reports_filed(reporter.id, limit=1)] == [report.id]


async def test_name_leaves_report_with_account(scene):
    accused = scene.people["accused"]
    await scene.storage.change_user(accused.id, {"avatar": "/nasty.png"})
    report = await scene.storage.add_report(_of_user(scene, accused))
    await scene.storage.delete_user(accused.id)
    kept = await scene.storage.report(report.id, scene.people["owner"].id)
    assert (kept.message.content, kept.accused.name) == (DELETED_NAME, DELETED_NAME)


async def test_former_member_is_reported_and_stranger_is_not(scene):
    accused = scene.people["accused"]
    await scene.becomes("out")
    assert (await scene.storage.add_report(_of_user(scene, accused))).accused.id == accused.id
    for stranger in ((await make_user(scene.storage, "Eve")).id, ids.new_id()):
        with pytest.raises(UserNotFound):
            await scene.storage.add_report(_of_user(scene, accused, target_id=stranger))
    await scene.storage.delete_room(scene.room.id)
    with pytest.raises(UserNotFound):
        await scene.storage.add_report(_of_user(scene, scene.people["member"]))


async def test_room_is_reported_to_admins(scene):
    await scene.storage.change_room(scene.room.id, {"name": "Bad", "description": "Worse", "subject": "Maths"})
    report = await scene.storage.add_report(_of_room(scene))
    assert (report.kind, report.room_name, report.message.id) == ("room", "Bad", scene.room.id)
    assert report.message.content == "Bad\nMaths\nWorse"
    assert report.accused.id == scene.people["owner"].id
    assert await scene.readers(report) == ["admin"]
    await scene.becomes("owner")
    assert await scene.readers(report) == ["admin"]
    await scene.storage.change_room(scene.room.id, {"name": "Good"})
    assert (await scene.storage.report(report.id, scene.people["admin"].id)).room_name == "Good"
    assert (await scene.storage.add_report(_of_room(scene))).id == report.id
    with pytest.raises(RoomNotFound):
        await scene.storage.add_report(_of_room(scene, target_id=ids.new_id()))


# Messages of the room itself


async def test_notice_accuses_user_who_posted_it(scene):
    moderator = scene.people["moderator"]
    said_id = ids.new_id()
    act = new_act(scene.room, moderator, "system-message-posted", details={"messageId": said_id})
    [said] = await post(scene.storage, MessageDraft(said_id, scene.room.id, None, "Ada is silly", at(10), audit=act))
    report = await scene.storage.add_report(new_report(said, scene.people["reporter"]))
    assert (report.message.sender, report.accused.id) == (None, moderator.id)
    assert await scene.readers(report) == ["owner", "admin"]


async def test_notice_accuses_only_user_named_in_it(scene):
    accused, owner = scene.people["accused"], scene.people["owner"]
    one, both = (
        MessageDraft(
            ids.new_id(),
            scene.room.id,
            None,
            f"{' and '.join(who.name for who in named)} joined",
            at(10),
            mentioned_users=named,
        )
        for named in ((accused.summary,), (accused.summary, owner.summary))
    )
    one, both = await post(scene.storage, one, both)
    of_one = await scene.storage.add_report(new_report(one, scene.people["reporter"]))
    assert (of_one.accused.id, of_one.message.sender) == (accused.id, None)
    assert await scene.storage.report(of_one.id, scene.people["moderator"].id)
    of_both = await scene.storage.add_report(new_report(both, scene.people["reporter"]))
    assert of_both.accused is None
    assert await scene.storage.report_readers(of_both.id) == [scene.people["admin"].id]

    assert await scene.storage.expire_messages(scene.room.id, at(1e7), 1, 10) == 2  # the copies name people still
    await scene.storage.delete_user(accused.id)
    texts = [one.message.content for one in await scene.storage.reports(None, None, scene.people["admin"].id, limit=10)]
    assert texts == [f"{DELETED_NAME} and {owner.name} joined", f"{DELETED_NAME} joined"]


def _of_user(scene, user, **fields):
    return _of_room(scene, **({"kind": "user", "target_id": user.id} | fields))


def _of_room(scene, **fields):
    defaults = {"kind": "room", "room_id": scene.room.id, "target_id": scene.room.id}
    return new_report(None, scene.people["reporter"], **(defaults | fields))


async def test_moderator_reads_no_report_of_message_from_before_history(scene):
    await scene.storage.change_room(scene.room.id, {"visibility": "private"})
    report = await scene.reported()
    await scene.storage.change_room(scene.room.id, {"visibility": "public"})
    late = await make_user(scene.storage, "Late")
    await scene.storage.add_member(scene.room.id, late.id, at(50))
    await make_moderator(scene.storage, scene.room, late)
    assert await scene.storage.report(report.id, late.id) is None
    assert late.id not in await scene.storage.report_readers(report.id)
    of_user = await scene.storage.add_report(_of_user(scene, scene.people["accused"]))
    assert [one.id for one in await scene.storage.reports(scene.room.id, None, late.id, limit=10)] == [of_user.id]
    assert (await scene.storage.report(report.id, scene.people["moderator"].id)).id == report.id


async def test_open_reports_are_counted_for_several_rooms(scene):
    other = await make_room(scene.storage, scene.people["owner"])
    await scene.reported()
    [again, _] = [await scene.reported() for _ in range(2)]
    act = new_act(scene.room, scene.people["owner"], "report-resolved")
    await scene.storage.set_report_status(again.id, "resolved", act)
    await scene.storage.add_report(_of_room(scene))
    rooms = [scene.room.id, other.id, ids.new_id()]
    counts = {role: await scene.storage.open_report_counts(rooms, person.id) for role, person in scene.people.items()}
    assert [counts[role].get(scene.room.id) for role in ("owner", "moderator", "member", "admin")] == [2, 2, None, 3]
    assert all(counted.keys() <= {scene.room.id} for counted in counts.values())
    assert await scene.storage.open_report_counts([], scene.people["admin"].id) == {}

"""The conformance suite: reports of messages. Each sentence of storage/base/moderation/reports.py, on every backend."""

import asyncio

import pytest

from domain import ids
from domain.accounts import DELETED_NAME
from domain.errors.base import Forbidden
from domain.errors.messages import MessageNotFound
from domain.moderation import Report, ReportedMessage
from tests.support.factories import (
    at,
    draft,
    make_admin,
    make_moderator,
    make_room,
    make_user,
    new_act,
    new_report,
    post,
)

_ENDS = {"open": "reopened", "resolved": "resolved"}


@pytest.fixture
async def room(storage, ada, bob):
    return await make_room(storage, ada, bob)


@pytest.fixture
async def said(storage, room, bob):
    """A message of Bob's."""
    [message] = await post(storage, draft(room, bob, "a bad word"))
    return message


async def listed(storage, room, status=None, **options):
    return await storage.reports(room.id, status, room.created_by, **({"limit": 100} | options))


async def test_a_report_comes_back_with_the_message_as_it_stood(storage, room, said, ada, bob):
    draft = new_report(said, ada)
    report = await storage.add_report(draft)
    assert report == Report(
        id=draft.id,
        room_id=room.id,
        room_name=room.name,
        message=ReportedMessage(said.id, 1, "a bad word", said.timestamp, bob.summary),
        accused=bob.summary,
        reporter=ada.summary,
        reason="rude",
        status="open",
        created_at=at(30),
    )
    assert await listed(storage, room) == [report]


async def test_the_same_person_reports_a_message_once(storage, room, said, ada, bob):
    first = await storage.add_report(new_report(said, ada))
    assert await storage.add_report(new_report(said, ada, "really rude")) == first
    other = await storage.add_report(new_report(said, bob))
    assert await listed(storage, room) == [other, first]


async def test_also_when_both_come_at_once(storage, room, said, ada):
    reports = await asyncio.gather(*(storage.add_report(new_report(said, ada)) for _ in range(20)))
    assert len({report.id for report in reports}) == 1
    assert await listed(storage, room) == reports[:1]


async def test_those_that_are_open_are_counted_room_by_room(storage, room, said, ada, bob):
    elsewhere = await make_room(storage, ada, bob)
    [other] = await post(storage, draft(elsewhere, bob))
    reports = [await storage.add_report(new_report(message, who)) for message in (said, other) for who in (ada, bob)]

    async def counted():
        return [await storage.open_report_count(place, ada.id) for place in (room.id, elsewhere.id, ids.new_id())]

    assert await counted() == [2, 2, 0]
    for status, left in (("resolved", 1), ("resolved", 1), ("open", 2)):
        await storage.set_report_status(reports[0].id, status, new_act(room, ada, f"report-{_ENDS[status]}"))
        assert await counted() == [left, 2, 0]
    await storage.delete_room(elsewhere.id)
    assert await counted() == [2, 0, 0]


async def test_a_report_that_is_sent_again_is_the_first(storage, room, said, ada):
    draft = new_report(said, ada)
    assert await storage.add_report(draft) == await storage.add_report(draft)
    assert len(await listed(storage, room)) == 1


async def test_missing_message_cannot_be_reported(storage, room, said, ada):
    other = await make_room(storage, ada)
    for bad in (
        new_report(said, ada, target_id=ids.new_id()),
        new_report(said, ada, room_id=other.id),
        new_report(said, ada, room_id=ids.new_id()),
    ):
        with pytest.raises(MessageNotFound):
            await storage.add_report(bad)
    assert await listed(storage, room) == await listed(storage, other) == []
    await storage.delete_room(room.id)
    with pytest.raises(MessageNotFound):
        await storage.add_report(new_report(said, ada))


async def test_they_are_listed_newest_first_and_in_pages(storage, room, bob, ada):
    messages = await post(storage, *(draft(room, bob, str(number)) for number in range(5)))
    kept = [await storage.add_report(new_report(message, ada, when=30 - n)) for n, message in enumerate(messages)]
    assert await listed(storage, room) == kept[::-1]
    assert await listed(storage, room, limit=2) == kept[:2:-1]
    assert await listed(storage, room, limit=2, before=kept[3].id) == [kept[2], kept[1]]
    assert await listed(storage, room, before=kept[0].id) == []
    assert await listed(storage, await make_room(storage, ada)) == []
    assert await storage.reports(ids.new_id(), None, ada.id, limit=5) == []


async def test_a_report_is_resolved_and_opened_again(storage, room, said, ada, bob):
    report = await storage.add_report(new_report(said, bob))
    resolved = await storage.set_report_status(report.id, "resolved", new_act(room, ada, "report-resolved", when=40))
    assert (resolved.status, resolved.resolved_by, resolved.resolved_at) == ("resolved", ada.summary, at(40))
    assert await listed(storage, room, "open") == []
    assert await listed(storage, room, "resolved") == await listed(storage, room) == [resolved]

    again = await storage.set_report_status(report.id, "resolved", new_act(room, ada, "report-resolved", when=50))
    assert again == resolved
    act = new_act(room, ada, "report-reopened", when=60)
    for _ in range(2):
        assert await storage.set_report_status(report.id, "open", act) == report
    assert await listed(storage, room, "open") == [report]
    log = await storage.audit_log(room.id, limit=10)
    assert [entry.action for entry in log] == ["report-reopened", "report-resolved"]


async def test_only_who_looks_after_the_room_resolves(storage, room, said, ada, bob):
    eve = await make_user(storage, "Eve")
    report = await storage.add_report(new_report(said, ada))
    for nobody in (bob, eve):
        with pytest.raises(Forbidden):
            await storage.set_report_status(report.id, "resolved", new_act(room, nobody, "report-resolved"))
    mia = await make_user(storage, "Mia")
    await storage.add_member(room.id, mia.id, at(3))
    await make_moderator(storage, room, mia)
    assert (await storage.set_report_status(report.id, "resolved", new_act(room, mia, "report-resolved"))).resolved_by
    admin = new_act(room, await make_admin(storage), "report-reopened")
    assert (await storage.set_report_status(report.id, "open", admin)).status == "open"


async def test_only_a_report_of_the_room_is_resolved(storage, room, said, ada):
    other = await make_room(storage, ada)
    report = await storage.add_report(new_report(said, ada))
    act = new_act(other, ada, "report-resolved")
    assert await storage.set_report_status(report.id, "resolved", act) is None
    assert await storage.set_report_status(ids.new_id(), "resolved", new_act(room, ada, "report-resolved")) is None
    assert await listed(storage, room) == [report]
    assert await storage.audit_log(other.id, limit=10) == []


async def test_what_was_reported_stays_when_the_message_expires(storage, room, said, ada):
    report = await storage.add_report(new_report(said, ada))
    assert await storage.expire_messages(room.id, at(1e7), 1, 10) == 1
    assert await listed(storage, room) == [report]
    assert await storage.add_report(new_report(said, ada)) == report


async def test_people_have_the_names_of_today(storage, room, said, ada, bob):
    eve = await make_user(storage, "Eve")
    await storage.add_member(room.id, eve.id, at(3))
    report = await storage.add_report(new_report(said, eve))
    await storage.set_report_status(report.id, "resolved", new_act(room, ada, "report-resolved"))
    await storage.change_user(ada.id, {"first_name": "Augusta"})
    await storage.change_user(bob.id, {"first_name": "Robert"})
    await storage.delete_user(eve.id)
    [report] = await listed(storage, room)
    names = [report.message.sender.name, report.reporter.name, report.resolved_by.name]
    assert names == ["Robert Lovelace", DELETED_NAME, "Augusta Lovelace"]
    assert report.message.content == "a bad word"

"""Server events: declarations, and the method of the publisher that each base class of an event has."""

import re

import msgspec
import pytest

from domain.accounts import UserSummary
from domain.connections import CHAT, PERSONAL, Connection
from domain.errors.base import Forbidden, RateLimited
from domain.event_types import GlobalEvent, RoomEvent, UserEvent
from domain.events import (
    SERVER_EVENTS,
    AnnouncementEnded,
    EventFailed,
    MemberLeft,
    Notification,
    PresentUsers,
    RemovedFromRoom,
    RoomPresence,
    RoomVersion,
    UserJoined,
    UserUpdated,
)
from domain.messages import Message
from domain.rooms import RoomInfo
from publisher.publisher import EventPublisher

ADA = UserSummary("ada", "Ada Okafor")
ROOM = RoomInfo(
    *("room", "Algebra", "", "", None, "public", None, None, "off", 3, 0, "2026-11-30T09:30:00.123Z"),
    is_active=False,
    created_by="ada",
    created_at="2026-11-30T09:30:00.123Z",
    timer_control="members",
    leaderboard="off",
    time_zone="Etc/UTC",
)
JOINED = UserJoined(
    "ada", "Ada Okafor", None, "active", "2026-11-30T09:30:00.123Z", None, True, None, None, "room", 1, 2
)


class Sockets:
    """Socket server that records calls: method, event, arguments, and options that are not empty."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, method):
        def record(*arguments, rooms=(), **options):
            options |= {"rooms": list(rooms)}
            self.calls.append((method, *arguments, {name: value for name, value in options.items() if value}))

        return record


@pytest.fixture
def sockets():
    return Sockets()


def test_events_are_declared_whole():
    assert len(SERVER_EVENTS) > 20
    assert len({event.EVENT for event in SERVER_EVENTS}) == len(SERVER_EVENTS)
    for event in SERVER_EVENTS:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", event.EVENT)
        assert event.__doc__
        assert event.RECIPIENTS
        assert set(event.NAMESPACES) <= {CHAT, PERSONAL}


def test_only_events_to_a_connection_have_two_arguments():
    assert [event.EVENT for event in SERVER_EVENTS if len(event.argument_types()) != 1] == ["room-users", "error"]
    assert not any(issubclass(event, RoomEvent | UserEvent | GlobalEvent) for event in (PresentUsers, EventFailed))


def test_each_room_event_has_a_room():
    events = [event for event in SERVER_EVENTS if issubclass(event, RoomEvent)]
    assert len(events) > 5
    assert [event for event in events if event.room_id is RoomEvent.room_id] == []


def test_room_event_reaches_its_room_but_not_the_skipped_connection(sockets):
    EventPublisher(sockets).publish(JOINED, skip="c1")
    options = {"namespace": CHAT, "room": "room:room", "skip": "c1", "deferrable": True}
    assert sockets.calls == [("publish", "user-joined", JOINED, options)]


def test_new_message_repeats_message_only_if_it_is_on(sockets):
    message = Message(id="m", room_id="room", seq=1, content="Hi", is_system=False, timestamp="", sender=ADA)
    where = {"namespace": CHAT, "room": "room:room"}
    EventPublisher(sockets).publish_message(message)
    assert sockets.calls == [("publish", "message", message, where)]
    sockets.calls.clear()
    EventPublisher(sockets, new_message=True).publish_message(message)
    assert sockets.calls == [("publish", name, message, where) for name in ("message", "new-message")]


def test_event_for_several_rooms_is_published_once(sockets):
    event = UserUpdated(ADA, ("ada",))
    EventPublisher(sockets).publish_to_rooms(event, ["one", "two"])
    options = {"namespace": CHAT, "deferrable": True, "rooms": ["room:one", "room:two"]}
    assert sockets.calls == [("publish_to_rooms", "user-updated", event, options)]


@pytest.mark.parametrize(
    ("event", "namespace"),
    [(UserUpdated(ADA), PERSONAL), (RemovedFromRoom("room", "left"), CHAT), (RoomPresence("room", 1), PERSONAL)],
)
def test_push_to_a_user_leaves_at_once(sockets, event, namespace):
    EventPublisher(sockets).push("ada", event)
    assert sockets.calls == [("publish", event.EVENT, event, {"namespace": namespace, "room": "user:ada"})]


def test_push_to_several_users_may_be_deferred(sockets):
    event = RoomPresence("room", 1)
    EventPublisher(sockets).push_to_users(["ada", "ben"], event)
    options = {"namespace": PERSONAL, "deferrable": True, "rooms": ["user:ada", "user:ben"]}
    assert sockets.calls == [("publish_to_rooms", "room-presence", event, options)]


def test_push_to_all_reaches_the_personal_namespace(sockets):
    event = AnnouncementEnded("a")
    EventPublisher(sockets).push_to_all(event)
    assert sockets.calls == [("publish_to_all", "announcement-ended", event, {"namespace": PERSONAL})]


def test_event_with_two_arguments_sends_its_fields(sockets):
    connection, users = Connection("c1", CHAT), msgspec.Raw(b"[]")
    EventPublisher(sockets).send(connection, PresentUsers(users, RoomVersion("room", 3)))
    assert sockets.calls == [("send", connection, "room-users", users, RoomVersion("room", 3), {})]


@pytest.mark.parametrize(
    ("failure", "details"),
    [
        (Forbidden(), {"code": "forbidden", "event": "join-room"}),
        (RateLimited(2.5), {"code": "rate_limited", "event": "join-room", "retryAfter": 2.5}),
    ],
)
def test_failed_event_has_the_error_and_the_name_of_the_event(failure, details):
    event = EventFailed.from_error(failure, "join-room")
    assert msgspec.json.decode(msgspec.json.encode(event.arguments())) == [failure.message, details]


def test_fields_are_on_the_wire_in_the_order_of_the_class():
    assert msgspec.json.encode(MemberLeft("room", "ada", 3)) == b'{"roomId":"room","userId":"ada","totalMembers":3}'
    assert list(msgspec.to_builtins(JOINED)) == [
        *("id", "name", "avatar", "status", "lastActive", "activity"),
        *("followsTimer", "focusedToday", "focusSince", "roomId", "activeMembers", "version"),
    ]


def test_notification_has_only_the_fields_that_it_needs():
    notification = Notification.about_room("muted", ROOM, "2026-11-30T09:30:00.123Z", until="2026-12-01")
    assert set(msgspec.to_builtins(notification)) == {"type", "roomId", "roomName", "timestamp", "until"}
    joined = Notification.about_room("member-joined", ROOM, "2026-11-30T09:30:00.123Z", by=ADA)
    assert joined.total_members == ROOM.total_members
    assert joined.user == ADA

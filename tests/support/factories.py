"""Factories of records with defaults. `new_…` returns a record; `make_…` also stores it."""

import msgspec

from domain import clock, ids
from domain.accounts import Session, SessionRenewal, User
from domain.base import SessionId, Timestamp
from domain.errors.base import AppError
from domain.messages import Message, MessageDraft
from domain.moderation import Action, AuditDraft, ReportDraft
from domain.presence import PresenceRecord
from domain.rooms import Invite, Room
from domain.study.schedule import ScheduledSession
from domain.study.tasks import Task, TaskDraft
from storage.base import Storage


def at(seconds: float) -> Timestamp:
    """Return the timestamp of a moment, in seconds after the epoch of the tests (15 January 2027)."""
    return clock.format_timestamp(1_800_000_000 + seconds)


def new_user(name: str = "Ada", **fields) -> User:
    """Return a user with a unique email address."""
    user_id = ids.new_id()
    email = f"{int(user_id.replace('-', ''), 16)}@example.org"  # in digits: the letters of an id may spell a name
    defaults = {"first_name": name, "last_name": "Lovelace", "email": email, "created_at": at(0)}
    return User(id=user_id, **(defaults | fields))


async def make_user(storage: Storage, name: str = "Ada", **fields) -> User:
    """Store a new user."""
    user = new_user(name, **fields)
    await storage.add_user(user, f"hash of {user.id}")
    return user


async def make_users(storage: Storage, count: int) -> list[User]:
    """Store several new users."""
    return [await make_user(storage, f"User {number}") for number in range(count)]


def new_room(owner: User, **fields) -> Room:
    """Return a room with a higher id than all earlier ones."""
    defaults = {"id": ids.new_id(), "name": "Analysis", "last_active": at(0), "created_at": at(0)}
    return Room(created_by=owner.id, **(defaults | fields))


async def make_room(storage: Storage, owner: User, *members: User, **fields) -> Room:
    """Store a new room with these members and its owner, and return the stored room."""
    room = new_room(owner, **fields)
    await storage.add_room(room)
    for member in members:
        await storage.add_member(room.id, member.id, at(1))
    return await storage.room(room.id)


def new_sign_in(user: User, **fields) -> Session:
    """Return a session of the user."""
    defaults = {
        "id": ids.new_id(),
        "refresh_hash": "first",
        "created_at": at(0),
        "expires_at": at(1000),
        "last_used": at(0),
        "client": "Browser",
        "address": "192.0.2.1",
    }
    return Session(user_id=user.id, **(defaults | fields))


def renewal(refresh_hash: str, expires_at: Timestamp) -> SessionRenewal:
    """Return the renewal of a session from another browser and address."""
    return SessionRenewal(
        refresh_hash=refresh_hash,
        expires_at=expires_at,
        last_used=at(1000),
        client="Newer browser",
        address="198.51.100.7",
    )


async def rotate(
    storage: Storage, sign_in_id: SessionId, used_hash: str, to: SessionRenewal, *, retry_since: Timestamp | None = None
) -> Session | None:
    """Rotate the refresh token of a session.

    The default of `retry_since` is later than all rotations, so that no retry is accepted.
    """
    return await storage.rotate_session(sign_in_id, used_hash, to, retry_since=retry_since or at(10**6))


async def make_sign_in(storage: Storage, user: User, **fields) -> Session:
    """Store a new session."""
    sign_in = new_sign_in(user, **fields)
    await storage.add_session(sign_in)
    return sign_in


def draft(
    room: Room, author: User | None, content: str = "hello", *, key: str | None = None, when: float = 10
) -> MessageDraft:
    """Return a draft of a message; without an author, of a system message."""
    return MessageDraft(ids.new_id(), room.id, author and author.summary, content, at(when), key)


async def post(storage: Storage, *drafts: MessageDraft) -> list[Message]:
    """Store messages; fail if one is rejected."""
    results = await storage.add_messages(drafts)
    assert not [result for result in results if isinstance(result, AppError)]
    return results


def present(user: User, status: str = "active", when: float = 0) -> PresenceRecord:
    """Return the presence of a user in a room."""
    return PresenceRecord(user.id, status, at(when))


def new_act(
    room: Room, actor: User, action: Action, target: User | None = None, when: float = 20, **fields
) -> AuditDraft:
    """Return an audit draft with a higher id than all earlier ones."""
    defaults = {"id": ids.new_id(), "target_id": target and target.id, "timestamp": at(when)}
    return AuditDraft(room_id=room.id, actor_id=actor.id, action=action, **(defaults | fields))


def new_report(
    message: Message | None, reporter: User, reason: str = "rude", when: float = 30, **fields
) -> ReportDraft:
    """Return a report with a higher id than all earlier ones. Without a message, `fields` name a user or a room."""
    defaults = {"id": ids.new_id(), "created_at": at(when)}
    if message:
        defaults |= {"room_id": message.room_id, "target_id": message.id}
    return ReportDraft(reporter_id=reporter.id, reason=reason, **(defaults | fields))


def new_invite(room: Room, maker: User, **fields) -> Invite:
    """Return an invitation with a higher id than all earlier ones."""
    defaults = {"id": ids.new_id(), "code": f"code-{ids.new_id()}", "created_at": at(0), "expires_at": at(1000)}
    return Invite(room_id=room.id, created_by=maker.id, **(defaults | fields))


async def make_invite(storage: Storage, room: Room, maker: User, **fields) -> Invite:
    """Store a new invitation."""
    invite = new_invite(room, maker, **fields)
    await storage.add_invite(invite, 100, new_act(room, maker, "invite-created"))
    return invite


def new_scheduled_session(room: Room, creator: User, **fields) -> ScheduledSession:
    """Return a session with a higher id than all earlier ones, which is due at `at(1000)` and ends at `at(9000)`."""
    defaults = {
        "id": ids.new_id(),
        "title": "Exam preparation",
        "local_start": "2027-01-15T10:00",
        "minutes": 90,
        "time_zone": "Europe/Berlin",
        "created_at": at(0),
        "ends_at": at(9000),
        "due_at": at(1000),
    }
    return ScheduledSession(room_id=room.id, created_by=creator.id, **(defaults | fields))


async def make_scheduled_session(storage: Storage, room: Room, creator: User, **fields) -> ScheduledSession:
    """Store a new session to which its creator is going."""
    return await storage.add_scheduled_session(new_scheduled_session(room, creator, **fields), 200)


async def make_admin(storage: Storage, name: str = "Grace") -> User:
    """Store a new admin."""
    user = await make_user(storage, name)
    admin = await storage.set_access(user.id, role="admin")
    assert admin
    return admin


async def make_moderator(storage: Storage, room: Room, user: User) -> None:
    """Store the role of moderator for a member, as an action of the owner."""
    [owner] = await storage.members(room.id, 1)
    act = msgspec.structs.replace(new_act(room, user, "role-changed"), actor_id=owner.id)
    await storage.set_role(room.id, user.id, "moderator", act)


async def actions(storage: Storage, room: Room) -> list[Action]:
    """Return the actions in the audit log of a room, the earliest first."""
    return [entry.action for entry in (await storage.audit_log(room.id, limit=100))[::-1]]


def new_task(owner: User, title: str = "Sheet 4", **fields) -> TaskDraft:
    """Return a draft of a task with a higher id than all earlier ones."""
    return TaskDraft(id=ids.new_id(), user_id=owner.id, title=title, **({"created_at": at(0)} | fields))


async def make_task(storage: Storage, owner: User, title: str = "Sheet 4", **fields) -> Task:
    """Store a new task."""
    return await storage.add_task(new_task(owner, title, **fields))

"""Data export: everything stored about one user, for that user. Streamed in batches, so memory use is bounded."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any, Literal

import msgspec

from domain.accounts import Identity, SessionInfo, User
from domain.base import (
    AuditEntryId,
    FocusSessionId,
    InviteId,
    MessageId,
    Record,
    ReportId,
    RoomId,
    ScheduledSessionId,
    TaskId,
    Timestamp,
)
from domain.messages import HeldMessage, Message
from domain.moderation import TARGET_VISIBLE_DETAILS, Action, AuditDraft, Report, ReportKind, ReportStatus
from domain.presence import ChosenStatus
from domain.rooms import MemberRole
from domain.study.focus import FocusSource
from domain.study.schedule import Weekday
from domain.study.tasks import Task
from domain.study.timer import Phase, State, Timer, TimerPlan
from runtime import json_codec
from services.accounts.sessions import Sessions
from services.accounts.two_factor import TwoFactor, TwoFactorState
from services.context import ServiceContext
from services.study.clock import StudyClock

MAX_PROMOTIONS = 1000
BATCH_SIZE = 250
"""Rooms, actions, or message numbers that are read at a time: 4 MB at most."""


_FIRST_DAY, _LAST_DAY = "0001-01-01", "9999-12-31"


class ExportedRoom(Record, kw_only=True, frozen=True):
    """A room and the user's membership; of a room that they left only its id."""

    id: RoomId
    name: str | None = None
    role: MemberRole | None = None
    joined_at: Timestamp | None = None
    last_read: int | None = None
    visible_from: int | None = None
    muted_until: Timestamp | None = None
    chosen_status: ChosenStatus | None = None
    activity: str | None = None
    follow_timer: bool | None = None
    show_on_leaderboard: bool | None = None


class ExportedAuditEntry(Record, frozen=True):
    """An action in a room that the user took by virtue of a role, or of which they were the target.

    No other user is named. An action on them has only the `details` in `TARGET_VISIBLE_DETAILS`: a reason may reveal
    who complained.
    """

    id: AuditEntryId
    room_id: RoomId
    action: Action
    was: Literal["actor", "target"]
    details: dict[str, Any]
    timestamp: Timestamp


class ExportedReport(Record, frozen=True):
    """Report that the user made. A reported message is only its id, as it is another user's.

    A reported user is not named.
    """

    id: ReportId
    kind: ReportKind
    room_id: RoomId
    message_id: MessageId | None
    reason: str
    status: ReportStatus
    created_at: Timestamp
    resolved_at: Timestamp | None


class ExportedAccountInvite(Record, frozen=True):
    """An account invitation that the user created or used; `email` is only that of an invitation that they used."""

    id: InviteId
    was: Literal["maker", "user"]
    created_at: Timestamp
    expires_at: Timestamp
    email: str | None


class ExportedText(Record, frozen=True):
    """Text of the user that is stored only in a report now, without the report: an expired message, an earlier name.

    `message_id`, `seq` and `timestamp` are of the message; null for a name or a picture of the user or of a room.
    """

    kind: ReportKind
    room_id: RoomId
    message_id: MessageId | None
    seq: int | None
    content: str
    timestamp: Timestamp | None


class ExportedPromotion(Record, frozen=True):
    """A proposal to make the user an admin, or one by the user; no other user is named."""

    was: Literal["proposed", "proposer"]
    created_at: Timestamp
    expires_at: Timestamp


class ExportedScheduledSession(Record, kw_only=True, frozen=True):
    """A date that the user planned in the schedule of a room."""

    id: ScheduledSessionId
    room_id: RoomId
    title: str
    local_start: str
    minutes: int
    time_zone: str
    days: tuple[Weekday, ...]
    until: date | None
    excluded: tuple[date, ...] = msgspec.field(name="except")
    plan: TimerPlan | None
    created_at: Timestamp
    ends_at: Timestamp
    client_id: str | None


class ExportedGoing(Record, frozen=True):
    """A date in the schedule of a room to which the user is going."""

    scheduled_session_id: ScheduledSessionId
    room_id: RoomId


class ExportedTimer(Record, frozen=True):
    """The user's own timer (`room_id` is None), or that of a room that the user changed last."""

    room_id: RoomId | None
    state: State
    phase: Phase | None
    round: int
    started_at: Timestamp | None
    duration: int
    remaining: int | None
    plan: TimerPlan
    next_plan: TimerPlan | None
    auto_continue: bool
    changed_at: Timestamp | None


class ExportedFocusSession(Record, frozen=True):
    """A focus session; `time_zone` and `day_starts_at` assign its seconds to days."""

    id: FocusSessionId
    room_id: RoomId | None
    task_id: TaskId | None
    activity: str
    source: FocusSource
    started_at: Timestamp
    ended_at: Timestamp | None
    seconds: int
    time_zone: str
    day_starts_at: int


class ExportedFocusDay(Record, frozen=True):
    """Study time of a day in seconds, and its goal in minutes."""

    date: str
    seconds: int
    goal: int


class Export(Record, frozen=True):
    """All data of one user."""

    generated_at: Timestamp
    profile: User
    sign_ins: list[SessionInfo]
    second_factor: TwoFactorState
    rooms: list[ExportedRoom]
    tasks: list[Task]
    messages: list[Message]
    held_messages: list[HeldMessage]
    reports: list[ExportedReport]
    stored_with_reports: list[ExportedText]
    audit_log: list[ExportedAuditEntry]
    account_invites: list[ExportedAccountInvite]
    promotions: list[ExportedPromotion]
    scheduled_sessions: list[ExportedScheduledSession]
    going: list[ExportedGoing]
    timers: list[ExportedTimer]
    focus_sessions: list[ExportedFocusSession]
    focus_days: list[ExportedFocusDay]


class Exporter:
    """Streams the data stored about a user."""

    def __init__(self, ctx: ServiceContext, sessions: Sessions, two_factor: TwoFactor, study_clock: StudyClock) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._sessions = sessions
        self._two_factor = two_factor
        self._limiter = ctx.limiter
        self._clock = ctx.clock
        self._study_clock = study_clock

    async def stream(self, identity: Identity) -> AsyncIterator[bytes]:
        """Return the chunks of an `Export` as JSON. Data written during the export may be missing.

        Raises:
            RateLimited: too many exports of this user.
            NotSignedIn: raised between chunks if the session was revoked meanwhile, so a slow reader receives no more.
            StorageUnavailable: raised at once, or between chunks.
        """
        await self._limiter.hit("exports", identity.user.id)
        return self._chunks(identity, await self._sessions.list_own(identity))

    def today(self) -> str:
        """Return the date in UTC, for the name of the file."""
        return self._clock.now()[:10]

    async def _chunks(self, identity: Identity, sessions: list[SessionInfo]) -> AsyncIterator[bytes]:
        user = identity.user
        yield b'{"generatedAt":' + json_codec.dumps(self._clock.now())
        yield b',"profile":' + json_codec.dumps(user)
        yield b',"signIns":' + json_codec.dumps(sessions)
        yield b',"secondFactor":' + json_codec.dumps(await self._two_factor.state(user))
        for name, pages in (
            (b"rooms", self._rooms(user)),
            (b"tasks", self._tasks(user)),
            (b"messages", self._messages(user)),
            (b"heldMessages", self._held_messages(user)),
            (b"reports", self._reports(user)),
            (b"storedWithReports", self._reported_texts(user)),
            (b"auditLog", self._audit_entries(user)),
            (b"accountInvites", self._account_invites(user)),
            (b"promotions", self._promotions(user)),
            (b"scheduledSessions", self._scheduled_sessions(user)),
            (b"going", self._going(user)),
            (b"timers", self._timers(user)),
            (b"focusSessions", self._focus_sessions(user)),
            (b"focusDays", self._focus_days(user)),
        ):
            begin = b',"' + name + b'":['
            async for page in pages:
                await self._sessions.revalidate(identity)
                if page:
                    yield begin + b",".join(map(json_codec.dumps, page))
                    begin = b","
            yield b"]" if begin == b"," else begin + b"]"
        yield b"}\n"

    async def _rooms(self, user: User) -> AsyncIterator[Sequence[Record]]:
        async for room_ids in self._room_ids(user):
            yield [await self._room(room_id, user) for room_id in room_ids]

    async def _tasks(self, user: User) -> AsyncIterator[Sequence[Record]]:
        last = None
        while tasks := await self._storage.tasks_of(user.id, after=last, limit=BATCH_SIZE):
            yield tasks
            last = tasks[-1].id

    async def _promotions(self, user: User) -> AsyncIterator[Sequence[Record]]:
        yield [
            ExportedPromotion("proposed" if one.user.id == user.id else "proposer", one.created_at, one.expires_at)
            for one in await self._storage.promotions(self._clock.now(), MAX_PROMOTIONS)
            if user.id in {one.user.id, one.proposed_by.id}
        ]

    async def _timers(self, user: User) -> AsyncIterator[Sequence[Record]]:
        if own := await self._storage.user_timer(user.id):
            yield [_exported_timer(own)]
        last = None
        while timers := await self._storage.timers_changed_by(user.id, after=last, limit=BATCH_SIZE):
            yield [_exported_timer(timer) for timer in timers]
            last = timers[-1].room_id

    async def _focus_sessions(self, user: User) -> AsyncIterator[Sequence[Record]]:
        last = None
        fields = ExportedFocusSession.__struct_fields__
        while sessions := await self._storage.focus_sessions(user.id, before=last, limit=BATCH_SIZE):
            yield [ExportedFocusSession(*(getattr(one, name) for name in fields)) for one in sessions]
            last = sessions[-1].id

    async def _focus_days(self, user: User) -> AsyncIterator[Sequence[Record]]:
        totals = await self._storage.focus_totals(user.id, _FIRST_DAY, _LAST_DAY)
        yield [ExportedFocusDay(day.day, day.seconds, day.goal) for day in totals.days]

    async def _room(self, room_id: RoomId, user: User) -> ExportedRoom:
        room, member = await self._lookups.room(room_id), await self._lookups.member(room_id, user.id)
        if room is None or member is None:
            return ExportedRoom(id=room_id)
        return ExportedRoom(
            id=room_id,
            name=room.name,
            role=member.role,
            joined_at=member.joined_at,
            last_read=member.last_read,
            visible_from=member.visible_from,
            muted_until=member.muted_until,
            chosen_status=member.chosen_status,
            activity=member.activity,
            follow_timer=member.follow_timer,
            show_on_leaderboard=member.show_on_leaderboard,
        )

    async def _messages(self, user: User) -> AsyncIterator[Sequence[Record]]:
        async for room_ids in self._room_ids(user):
            for room_id in room_ids:
                room = await self._lookups.room(room_id)
                first, last = (room.first_seq, room.last_seq) if room else (1, 0)
                for after in range(first - 1, last, BATCH_SIZE):
                    yield await self._storage.messages_sent(user.id, room_id, after, after + BATCH_SIZE)

    async def _held_messages(self, user: User) -> AsyncIterator[Sequence[Record]]:
        async for room_ids in self._room_ids(user):
            for room_id in room_ids:
                yield await self._storage.held_messages(room_id, user.id, self._study_clock.timestamp())

    async def _room_ids(self, user: User) -> AsyncIterator[list[RoomId]]:
        last = None
        while room_ids := await self._storage.rooms_ever_joined(user.id, after=last, limit=BATCH_SIZE):
            yield room_ids
            last = room_ids[-1]

    async def _reports(self, user: User) -> AsyncIterator[Sequence[Record]]:
        last = None
        while reports := await self._storage.reports_filed(user.id, after=last, limit=BATCH_SIZE):
            yield [
                ExportedReport(
                    report.id,
                    report.kind,
                    report.room_id,
                    report.message.id if report.kind == "message" else None,
                    report.reason,
                    report.status,
                    report.created_at,
                    report.resolved_at,
                )
                for report in reports
            ]
            last = reports[-1].id

    async def _account_invites(self, user: User) -> AsyncIterator[Sequence[Record]]:
        yield [
            ExportedAccountInvite(
                invite.id,
                "maker" if invite.created_by == user.id else "user",
                invite.created_at,
                invite.expires_at,
                None if invite.created_by == user.id else invite.email,
            )
            for invite in await self._storage.account_invites_of(user.id)
        ]

    async def _scheduled_sessions(self, user: User) -> AsyncIterator[Sequence[Record]]:
        last = None
        while sessions := await self._storage.sessions_scheduled_by(user.id, after=last, limit=BATCH_SIZE):
            yield [msgspec.convert(session, ExportedScheduledSession, from_attributes=True) for session in sessions]
            last = sessions[-1].id

    async def _going(self, user: User) -> AsyncIterator[Sequence[Record]]:
        last = None
        while sessions := await self._storage.sessions_going_to(user.id, after=last, limit=BATCH_SIZE):
            yield [ExportedGoing(session.id, session.room_id) for session in sessions]
            last = sessions[-1].id

    async def _reported_texts(self, user: User) -> AsyncIterator[Sequence[Record]]:
        last = None
        while reports := await self._storage.reports_about(user.id, after=last, limit=BATCH_SIZE):
            yield [_exported_text(report) for report in reports if not await self._is_stored_elsewhere(report, user)]
            last = reports[-1].id

    async def _is_stored_elsewhere(self, report: Report, user: User) -> bool:
        """Return True if the text of a report about the user is still stored where it was reported."""
        if report.kind == "user":
            member = await self._lookups.member(report.room_id, user.id)
            return report.message.content == user.public_text_with(member.activity if member else None)
        room = await self._lookups.room(report.room_id)
        if room is None:
            return False
        stored = room.public_text if report.kind == "room" else await self._message_text(report, user)
        return report.message.content == stored

    async def _message_text(self, report: Report, user: User) -> str | None:
        """Return the content of a reported message as it is stored now; None if it has expired."""
        message_id, seq = MessageId(report.message.id), report.message.seq
        if report.message.sender is None:
            return (await self._storage.system_message_texts([message_id])).get(message_id)
        sent = await self._storage.messages_sent(user.id, report.room_id, seq - 1, seq)
        return sent[0].content if sent else None

    async def _audit_entries(self, user: User) -> AsyncIterator[Sequence[Record]]:
        last = None
        while acts := await self._storage.audit_entries(user.id, after=last, limit=BATCH_SIZE):
            posted = [act.details["messageId"] for act in acts if act.action == "system-message-posted"]
            notices = await self._storage.system_message_texts(posted) if posted else {}
            yield [_exported_entry(act, user, notices) for act in acts]
            last = acts[-1].id


def _exported_text(report: Report) -> ExportedText:
    text, is_message = report.message, report.kind == "message"
    return ExportedText(
        kind=report.kind,
        room_id=report.room_id,
        message_id=text.id if is_message else None,
        seq=text.seq if is_message else None,
        content=text.content,
        timestamp=text.timestamp if is_message else None,
    )


def _exported_timer(timer: Timer) -> ExportedTimer:
    return ExportedTimer(**{name: getattr(timer, name) for name in ExportedTimer.__struct_fields__})


def _exported_entry(act: AuditDraft, user: User, notices: dict[MessageId, str]) -> ExportedAuditEntry:
    if act.actor_id != user.id:
        told = {name: value for name, value in act.details.items() if name in TARGET_VISIBLE_DETAILS}
        return ExportedAuditEntry(act.id, act.room_id, act.action, "target", told, act.timestamp)
    content = notices.get(act.details.get("messageId", ""))
    details = act.details if content is None else act.details | {"content": content}
    return ExportedAuditEntry(act.id, act.room_id, act.action, "actor", details, act.timestamp)

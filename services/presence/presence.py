"""Presence of users in rooms: connects the presence tracker with connections, events and storage."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from domain.accounts import User, UserSummary
from domain.base import RoomId, UserId
from domain.connections import Connection, ConnectionId
from domain.errors.base import AppError
from domain.errors.rooms import NotAMember, NotPresent
from domain.events import PresentUsers, RoomVersion, StatusUpdated, UserJoined, UserLeft
from domain.presence import ChosenStatus, PresenceRecord, RoomUser, Status, StudyInRoom
from domain.rooms import Member, Room
from runtime import json_codec
from runtime.earliest_timer import EarliestTimer
from services.access import check_visible
from services.context import ServiceContext
from services.presence.changes import Joined, Left, PresenceChange, StatusChanged
from services.presence.observer import PresenceObserver
from services.presence.tracker import PresenceTracker
from storage.base.changes import (
    Change,
    MembershipEnded,
    Outcome,
    PresenceChosen,
    ProfileChanged,
    RoleChanged,
    RoomDeleted,
    UserDeleted,
)

log = logging.getLogger(__name__)

_STALE_READS = MembershipEnded, PresenceChosen, RoomDeleted, ProfileChanged, RoleChanged, UserDeleted


MAX_CHANGES_PER_TICK = 50
"""Changes that are published in one turn of the event loop: 1,000 idle users of one room would hold it for 0.3 s."""


class JoinResult(NamedTuple):
    """Result of a join."""

    room: Room
    member: Member
    users: msgspec.Raw
    """JSON of the present users, including this one: a list of `RoomUser`, in the order of joining."""
    is_new: bool
    """True if this connection was not in the room before."""
    chosen_status: ChosenStatus | None
    """Status that the user chose in this room; None if it follows their input."""


class Presence:
    """Adds users to rooms, removes them, and publishes both.

    The truth is in memory. Storage follows, at most every `flush_every` seconds for a room, and at shutdown.

    Args:
        on_count_changed: called with a room and its number of present users when the number changed.
        study_of: returns the study time of a present user, as the others in the room see it.
    """

    def __init__(
        self,
        ctx: ServiceContext,
        tracker: PresenceTracker,
        *,
        on_count_changed: Callable[[RoomId, int], None] = lambda _room, _people: None,
        study_of: Callable[[RoomId, UserId], StudyInRoom] = lambda _room, _user: StudyInRoom(),
    ) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._tracker = tracker
        self._publisher = ctx.publisher
        self._clock = ctx.clock
        self._flush_every = ctx.config.presence.flush_every
        self._on_count_changed = on_count_changed
        self._study_of = study_of
        self._profiles: dict[UserId, UserSummary] = {}
        self._user_json: dict[RoomId, dict[UserId, bytes | None]] = {}
        self.observers: list[PresenceObserver] = []
        """Services that are called after each change of connections in rooms."""
        self.change_count = 0
        """Number of changes that make previous reads of a user or membership stale: removals, deleted rooms, new names,
        chosen statuses and activities.
        """
        ctx.storage.change_feed.subscribe(self._count_changes)
        self._timer = EarliestTimer(self.tick, now=lambda: self._clock.instant().monotonic)
        self._flushing: asyncio.Task[None] | None = None

    # Join and leave

    async def join(self, connection: Connection, user: User, room_id: RoomId) -> JoinResult:
        """Add a member's connection to the room: from here on it receives the room's events.

        Raises:
            RoomNotFound: the room is missing, or it is private and the user neither a member nor an admin.
            NotAMember: the user is not a member.
            NotPresent: the connection was closed.
        """
        room, member, sender = await self._require_member(room_id, user)
        if not connection.alive:
            raise NotPresent
        is_new = connection.id not in self._tracker.connections(room_id, user.id)
        self._profiles[user.id] = sender
        self._publisher.subscribe(connection, room_id)
        notices = self._tracker.join(
            *(room_id, user.id, connection.id, self._clock.instant()),
            chosen=member.chosen_status,
            activity=member.activity,
        )
        self._publish(notices, skip=connection.id)
        for observer in self.observers:
            observer.joined(connection, member)
        users = self._room_json(room_id)
        version = self._tracker.version(room_id)
        self._publisher.send(connection, PresentUsers(users, RoomVersion(room_id, version)))
        return JoinResult(room, member, users, is_new, member.chosen_status)

    async def ensure_present(self, connection: Connection, user: User, room_id: RoomId) -> None:
        """Return if a connection that joined is still in the room, so that data read since then may be sent to it.

        Raises:
            RoomNotFound, NotAMember: the user was removed meanwhile.
            NotPresent: the connection left the room, or was closed.
        """
        if connection.id not in self._tracker.connections(room_id, user.id):
            await self._require_member(room_id, user)
            raise NotPresent

    def leave(self, connection: Connection, room_id: RoomId) -> None:
        """Remove one connection from the room. Idempotent."""
        self._publisher.unsubscribe([connection.id], room_id)
        self._publish(self._tracker.leave(room_id, connection.id, self._clock.instant()))
        for observer in self.observers:
            observer.left(connection, room_id)

    def connection_closed(self, connection: Connection) -> None:
        """Remove a closed connection from its rooms: at once if intentional, else after the grace period."""
        if connection.intentional:
            self._publish(self._tracker.disconnect(connection.id, self._clock.instant()))
        else:
            self._tracker.connection_lost(connection.id, self._clock.instant())
            self._schedule_tick()

    def remove(self, room_id: RoomId, user_id: UserId) -> None:
        """Remove a former member from the room, with all their connections."""
        self._publisher.unsubscribe(list(self._tracker.connections(room_id, user_id)), room_id)
        self._publish(self._tracker.remove(room_id, user_id))
        for observer in self.observers:
            observer.removed(room_id, user_id)

    def remove_everywhere(self, user_id: UserId) -> None:
        """Remove a user from all rooms."""
        for room_id in list(self._tracker.rooms_of(user_id)):
            self.remove(room_id, user_id)

    def close_room(self, room_id: RoomId) -> None:
        """Discard the presence in a deleted room."""
        gone = [person.user_id for person in self._tracker.present(room_id)]
        self._tracker.close_room(room_id)
        self._user_json.pop(room_id, None)
        self._forget_profiles(gone)
        self._schedule_tick()
        for observer in self.observers:
            observer.room_closed(room_id)

    @property
    def away_after(self) -> float:
        """Seconds without input after which a user is shown as away."""
        return self._tracker.away_after

    def require_connected(self, room_id: RoomId, user_id: UserId) -> None:
        """Raise NotPresent if the user has no connection in the room; one inside its grace period is none."""
        if not self._tracker.is_connected(room_id, user_id):
            raise NotPresent

    async def show_choice(self, room_id: RoomId, user_id: UserId, *, is_input: bool) -> None:
        """Publish the chosen status and the activity as they are stored now, if the user is present.

        Args:
            room_id, user_id: the membership that was changed.
            is_input: True if the user caused the change.
        """
        while True:
            changes = self.change_count
            member = await self._lookups.member(room_id, user_id)
            if changes == self.change_count:  # else a later change may be published before this one
                break
        if member is not None:
            self._invalidate_json(room_id, user_id)
            self._publish(
                self._tracker.set_choice(
                    *(room_id, user_id, member.chosen_status, member.activity, self._clock.instant()),
                    is_input=is_input,
                )
            )

    def touch(self, room_id: RoomId, user_id: UserId) -> None:
        """Record input of a user in a room: the status becomes active, unless it was chosen."""
        self._invalidate_json(room_id, user_id)
        self._publish(self._tracker.touch(room_id, user_id, self._clock.instant()))

    def touch_everywhere(self, user_id: UserId) -> None:
        """Record input of a user, in each room in which they are present."""
        for room_id in self._tracker.rooms_of(user_id):
            self.touch(room_id, user_id)

    def study_changed(self, room_id: RoomId, user_id: UserId, *, silently: bool = False) -> None:
        """Publish the study time of a present user as it is now.

        Args:
            room_id, user_id: the place of the user.
            silently: True if the others compute the change, so that only users joining later are to receive it.
        """
        self._invalidate_json(room_id, user_id)
        if not silently:
            self._publish(self._tracker.show_again(room_id, user_id))

    def forget_shown(self, room_id: RoomId) -> None:
        """Invalidate the cached JSON of a room's users, because their study time is of another day."""
        for user_id in self._user_json.get(room_id, ()):
            self._invalidate_json(room_id, user_id)

    def profile_changed(self, user: User) -> None:
        """Use the new name and picture from now on."""
        if user.id in self._profiles:
            self._profiles[user.id] = user.summary
            for room_id in self._tracker.rooms_of(user.id):
                self._invalidate_json(room_id, user.id)

    # Present users

    def users(self, room_id: RoomId) -> list[RoomUser]:
        """Return the present users, in the order of joining."""
        return [self._room_user(room_id, person) for person in self._tracker.present(room_id)]

    def activities(self, room_id: RoomId) -> list[tuple[UserId, Status, str | None]]:
        """Return the present users with status and activity, in the order of joining. It is cheaper than `users`."""
        tracker = self._tracker
        return [(one.user_id, one.status, tracker.activity(room_id, one.user_id)) for one in tracker.present(room_id)]

    def profile(self, user_id: UserId) -> UserSummary:
        """Return the name and picture of a user present in a room."""
        return self._profiles[user_id]

    def active_members(self, room_id: RoomId) -> int:
        """Return the number of users present in the room."""
        return self._tracker.active_members(room_id)

    @property
    def occupied_rooms(self) -> list[RoomId]:
        """Rooms with present users."""
        return self._tracker.room_ids

    def rooms_of(self, user_id: UserId) -> list[RoomId]:
        """Return the rooms in which the user is present."""
        return self._tracker.rooms_of(user_id)

    @property
    def user_count(self) -> int:
        """Number of users present in any room."""
        return self._tracker.user_count

    def users_in(self, room_ids: Iterable[RoomId]) -> set[UserId]:
        """Return the users present in any of these rooms."""
        return {person.user_id for room_id in room_ids for person in self._tracker.present(room_id)}

    # Timers and storage

    async def start(self) -> None:
        """Delete the presence of a process that crashed, and start flushing."""
        left = await self._storage.clear_presence()
        if left:
            log.info("cleared stale presence: %d entries of an earlier process", left)
        self._flushing = asyncio.create_task(self._flush_regularly())

    async def close(self) -> None:
        """Flush, then clear: no user is present while the server is stopped."""
        self._timer.cancel()
        if self._flushing is not None:
            self._flushing.cancel()
        try:
            await self.flush()
            await self._storage.clear_presence()
        except AppError as failure:
            log.warning("flushing presence at shutdown failed: %s", failure)

    async def flush(self) -> None:
        """Write changed rooms to storage, in one batch."""
        changed = self._tracker.take_dirty()
        try:
            if changed:
                await self._storage.save_presence({room_id: self._tracker.present(room_id) for room_id in changed})
        except BaseException:
            self._tracker.mark_dirty(changed)
            raise

    def tick(self) -> None:
        """Process what is due: grace periods that ended, users without activity."""
        self._publish(self._tracker.tick(self._clock.instant(), MAX_CHANGES_PER_TICK))

    async def _flush_regularly(self) -> None:
        while True:
            await asyncio.sleep(self._flush_every)
            try:
                await self.flush()
            except AppError as failure:
                log.warning("flushing presence failed, the next flush retries: %s", failure)
            except Exception:  # log any failure and continue with the next flush
                log.exception("flushing presence failed")

    async def _require_member(self, room_id: RoomId, user: User) -> tuple[Room, Member, UserSummary]:
        while True:
            changes = self.change_count
            room = await self._lookups.room(room_id)
            member = await self._lookups.member(room_id, user.id)
            now = await self._lookups.user(user.id) or user
            if changes == self.change_count:  # else a membership or name changed meanwhile: what was read may be stale
                break
        room = check_visible(room, member, now)
        if member is None:
            raise NotAMember
        return room, member, now.summary

    def _count_changes(self, changes: Sequence[Change], _outcome: Outcome) -> None:
        """Count changes: joins in progress read the user and the membership again, before anyone is removed."""
        if any(isinstance(change, _STALE_READS) for change in changes):
            self.change_count += 1

    def _schedule_tick(self) -> None:
        due = self._tracker.next_deadline()
        if due is not None:
            self._timer.schedule(due)  # a tick that comes early only schedules the next one

    def _publish(self, notices: Iterable[PresenceChange], *, skip: ConnectionId | None = None) -> None:
        for notice in notices:
            match notice:
                case Joined(room, user, status, last_active, activity, active_members, version):
                    self._user_json.setdefault(room, {})[user] = None
                    profile = self._profiles[user]
                    self._publisher.publish(
                        UserJoined(
                            *(user, profile.name, profile.avatar, status, last_active, activity),
                            *self._study_of(room, user),
                            *(room, active_members, version),
                        ),
                        skip=skip,
                    )
                    self._on_count_changed(room, active_members)
                case Left(room, user, active_members, version):
                    self._user_json[room].pop(user)
                    if not self._user_json[room]:
                        del self._user_json[room]
                    self._publisher.publish(UserLeft(user, room, active_members, version))
                    self._on_count_changed(room, active_members)
                    self._forget_profiles([user])
                case StatusChanged(room, user, status, last_active, activity, version):
                    self._invalidate_json(room, user)
                    study = self._study_of(room, user)
                    self._publisher.publish(StatusUpdated(user, room, status, last_active, activity, *study, version))
        self._schedule_tick()

    def _room_user(self, room_id: RoomId, person: PresenceRecord) -> RoomUser:
        user_id = person.user_id
        profile, activity = self._profiles[user_id], self._tracker.activity(room_id, user_id)
        known = user_id, profile.name, profile.avatar, person.status, person.last_active, activity
        return RoomUser(*known, *self._study_of(room_id, user_id))

    def _invalidate_json(self, room_id: RoomId, user_id: UserId) -> None:
        shown = self._user_json.get(room_id)
        if shown is not None and user_id in shown:
            shown[user_id] = None

    def _room_json(self, room_id: RoomId) -> msgspec.Raw:
        """Return the JSON of the present users. Each join needs it, so the JSON of each user is cached."""
        shown = self._user_json[room_id]
        for user_id, part in shown.items():
            if part is None and (person := self._tracker.present_user(room_id, user_id)):
                shown[user_id] = json_codec.dumps(self._room_user(room_id, person))
        return msgspec.Raw(b"[" + b",".join(part for part in shown.values() if part) + b"]")

    def _forget_profiles(self, user_ids: Iterable[UserId]) -> None:
        for user_id in user_ids:
            if not self._tracker.rooms_of(user_id):
                self._profiles.pop(user_id, None)

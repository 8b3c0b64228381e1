"""Group commit: messages that arrive while a commit is running share the next one.

There is no timer. A single message is committed at once; under load the batch grows by itself, and with it the number
of messages that share a commit.

If the storage can run several commits at once, there are as many lanes: while one waits for the disk, messages
committed by another are published. A room always uses the same lane, so that its messages stay in order.

Messages that quiet focus held are released in the lane of their room, too, so that they are published in order.

Load shedding: if the expected queueing delay exceeds a limit, drafts are rejected at once.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection
from typing import cast

from domain.base import RoomId
from domain.clock import Clock
from domain.errors.base import AppError, InternalError, RateLimited
from domain.errors.storage import HeldMessagesDue, StorageUnavailable
from domain.messages import Message, MessageDraft, PostedMessage, RefusedMessage, Release
from runtime.bounded_dict import BoundedDict
from runtime.earliest_timer import EarliestTimer
from runtime.load_shedding import LoadShedder
from services.messages.commit_lanes import CommitLane, PendingDraft
from services.study.clock import StudyClock
from storage.base import Storage

log = logging.getLogger(__name__)

MAX_BATCH_SIZE = 500
MAX_QUEUE_DELAY = 2.0
"""Maximum expected queueing delay of a draft in seconds. Above it, drafts are rejected at once (load shedding)."""
MAX_QUEUE_LENGTH = 10_000
"""Maximum of queued drafts, however fast commits are."""
MAX_TRACKED_ROOMS = 10_000
"""Maximum of rooms with a remembered last published number."""
RELEASE_BATCH_SIZE = 100
"""Held messages that one transaction releases. Others use the event loop and the lane in between."""
MAX_RELEASES = 3
"""Attempts to add a draft after a release. More are needed only if another server holds messages meanwhile."""
COMMIT_TIMEOUT = 4.2
"""Seconds after which an uncommitted draft fails. The whole event has 4.5 s."""


class MessageWriter:
    """Writes messages to the storage and publishes each that was stored, in the order of its room.

    Args:
        announce: called with each new message right after the commit, in the order of `seq`, before the sender's result
            is set. Must not raise.
        clock: source of the time of releases.
        study_clock: source of the time at which timers are read.
        refuse: called with each held message that was rejected at its release. Must not raise.
        commit_timeout: seconds, as `COMMIT_TIMEOUT`.
    """

    def __init__(
        self,
        storage: Storage,
        announce: Callable[[Message], None],
        clock: Clock,
        study_clock: StudyClock,
        *,
        refuse: Callable[[RefusedMessage], None] = lambda _: None,
        commit_timeout: float = COMMIT_TIMEOUT,
    ) -> None:
        self._storage = storage
        self._announce = announce
        self._clock = clock
        self._study_clock = study_clock
        self._refuse = refuse
        self._commit_timeout = commit_timeout
        self._commit_lanes = [CommitLane() for _ in range(storage.commit_lanes)]
        self.load_shedder = LoadShedder(MAX_QUEUE_DELAY, MAX_BATCH_SIZE, MAX_QUEUE_LENGTH)
        """Admission control of messages that wait for their commit."""
        self._pending: deque[PendingDraft] = deque()
        self._timer = EarliestTimer(self._fail_overdue)
        self._last_announced: BoundedDict[RoomId, int] = BoundedDict(MAX_TRACKED_ROOMS)
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    async def write(self, draft: MessageDraft) -> Message:
        """Enqueue the draft of a system message and wait for its message."""
        return cast("Message", await self.enqueue(draft))  # system messages are never held

    def enqueue(self, draft: MessageDraft) -> "asyncio.Future[PostedMessage]":
        """Return a future of the stored message: committed, and numbered and published, or held by quiet focus.

        For a retry it is the first message. Drafts of one room are stored in the order in which they are enqueued. This
        call and the future may raise:

        Raises:
            StorageUnavailable: not committed in time, outcome unknown. A retry with the same `client_message_id` is
                idempotent.
            RateLimited: the queue is too long (load shedding); the draft was not stored.
            AppError: the storage rejected this draft (RoomNotFound, NotAMember, TooManyHeld).
        """
        if self._closed:
            raise StorageUnavailable("The server is going away: try again shortly.")
        if self.load_shedder.is_overloaded:
            raise RateLimited(MAX_QUEUE_DELAY)
        loop = self._loop = self._loop or asyncio.get_running_loop()  # looking it up is a system call
        waiting = PendingDraft(draft, loop.create_future(), loop.time() + self._commit_timeout)
        lane = self._lane_of(draft.room_id)
        lane.queue.append(waiting)
        self.load_shedder.enter()
        while self._pending and self._pending[0].result.done():
            self._pending.popleft()
        self._pending.append(waiting)
        self._start(lane)
        self._timer.schedule(waiting.deadline)
        return waiting.result

    def release(self, room_id: RoomId) -> "asyncio.Future[None]":
        """Release the held messages of the room that are due, before all drafts that wait; await the result.

        A release that waits already is the same. The future raises what `release_held` of the storage raises.

        Raises:
            StorageUnavailable: the writer is closed.
        """
        if self._closed:
            raise StorageUnavailable("The server is going away: try again shortly.")
        lane = self._lane_of(room_id)
        if room_id not in lane.releases:
            lane.releases[room_id] = asyncio.get_running_loop().create_future()
            self._start(lane)
        return lane.releases[room_id]

    async def close(self) -> None:
        """Reject new drafts, and commit queued ones."""
        self._closed = True
        for lane in self._commit_lanes:
            if lane.task is not None:
                await lane.task
        self._timer.cancel()

    def _lane_of(self, room_id: RoomId) -> CommitLane:
        return self._commit_lanes[hash(room_id) % len(self._commit_lanes)]

    def _start(self, lane: CommitLane) -> None:
        if lane.task is None:
            lane.task = asyncio.create_task(self._run_lane(lane))

    async def _run_lane(self, lane: CommitLane) -> None:
        try:
            while lane.queue or lane.releases:
                await self._run_releases(lane)
                if batch := self._next_batch(lane.queue):
                    try:
                        await self._commit(batch)
                    finally:
                        self.load_shedder.leave(len(batch))
        finally:
            lane.task = None

    def _fail_overdue(self) -> None:
        """Fail overdue drafts. One timer is enough: deadlines are in the order of the queue."""
        loop = asyncio.get_running_loop()
        unanswered = self._pending
        while unanswered and (unanswered[0].result.done() or unanswered[0].deadline <= loop.time()):
            self._fail([unanswered.popleft()], StorageUnavailable())
        if unanswered:
            self._timer.schedule(unanswered[0].deadline)

    def _next_batch(self, queue: deque[PendingDraft]) -> list[PendingDraft]:
        batch: list[PendingDraft] = []
        while queue and len(batch) < MAX_BATCH_SIZE:
            waiting = queue.popleft()
            if not waiting.result.done():  # else it failed as overdue and was never sent to the storage
                batch.append(waiting)
            else:
                self.load_shedder.leave()
        return batch

    async def _run_releases(self, lane: CommitLane) -> None:
        for room_id, result in list(lane.releases.items()):
            del lane.releases[room_id]
            try:
                await self._release(room_id)
            except Exception as failure:
                if not isinstance(failure, AppError):
                    log.exception("releasing held messages of room %s failed", room_id)
                if not result.done():
                    result.set_exception(failure if isinstance(failure, AppError) else InternalError())
            else:
                if not result.done():
                    result.set_result(None)

    async def _release(self, room_id: RoomId) -> None:
        """Release the held messages of a room that are due, and publish them in the order of their numbers."""
        if room_id not in self._last_announced:
            await self._load_last_seq([room_id])
        has_more = True
        while has_more:
            at, study_time = self._clock.now(), self._study_clock.timestamp()
            release = await self._storage.release_held(room_id, at, study_time, RELEASE_BATCH_SIZE)
            await self._announce_release(room_id, release)
            has_more = release.has_more

    async def _announce_release(self, room_id: RoomId, release: Release) -> None:
        """Publish a release, and before it what a release that was reported as failed has stored."""
        if release.last_seq is not None:
            last, first = self._last_announced[room_id], release.last_seq + 1 - len(release.released)
            if first > last + 1:
                await self._announce_missed(room_id, last, first)
            for message in release.released:
                self._announce(message)
            self._remember(room_id, max(last, release.last_seq))
        for refused in release.refused:
            self._refuse(refused)

    async def _commit(self, batch: list[PendingDraft], attempts: int = MAX_RELEASES) -> None:
        try:
            if unknown := {waiting.draft.room_id for waiting in batch} - self._last_announced.keys():
                await self._load_last_seq(unknown)
            drafts = [waiting.draft for waiting in batch]
            results = await self._storage.add_messages(drafts, self._study_clock.timestamp())
        except AppError as failure:
            self._fail(batch, failure)
        except Exception:
            if len(batch) == 1:
                log.exception("storing a message failed")
                self._fail(batch, InternalError())
                return
            for waiting in batch:  # one draft may be the cause: commit the others without it
                await self._commit([waiting])
        else:
            overtaking = []
            for waiting, result in zip(batch, results, strict=True):
                if isinstance(result, HeldMessagesDue) and attempts:
                    overtaking.append(waiting)
                else:
                    await self._resolve(waiting, result)
            if overtaking:
                await self._commit_after_release(overtaking, attempts - 1)

    async def _commit_after_release(self, batch: list[PendingDraft], attempts: int) -> None:
        """Release the held messages of the drafts' rooms, then commit the drafts, which would have overtaken them."""
        try:
            for room_id in dict.fromkeys(waiting.draft.room_id for waiting in batch):
                await self._release(room_id)
        except AppError as failure:
            self._fail(batch, failure)
        except Exception:
            log.exception("releasing held messages failed")
            self._fail(batch, InternalError())
        else:
            await self._commit(batch, attempts)

    async def _resolve(self, waiting: PendingDraft, result: PostedMessage | AppError) -> None:
        if isinstance(result, AppError):
            self._fail([waiting], result)
            return
        if isinstance(result, Message):
            await self._announce_stored(waiting.draft, result)
        if not waiting.result.done():
            waiting.result.set_result(result)

    async def _announce_stored(self, draft: MessageDraft, result: Message) -> None:
        last = self._last_announced.get(result.room_id)
        # A different id is a retry: of a message that was published, or of one whose commit succeeded without a
        # response.
        if result.id == draft.id or (last is not None and result.seq > last):
            if last is not None and result.seq > last + 1:
                await self._announce_missed(result.room_id, last, result.seq)
            self._announce(result)
            self._remember(result.room_id, result.seq)

    async def _load_last_seq(self, rooms: Collection[RoomId]) -> None:
        """Read the last numbers of these rooms before adding drafts that may be stored without a response."""
        found = await asyncio.gather(*map(self._storage.room, rooms))
        for room_id, room in zip(rooms, found, strict=True):  # also of a missing room, so that it is not read again
            self._remember(room_id, room.last_seq if room else 0)

    async def _announce_missed(self, room_id: RoomId, last: int, following: int) -> None:
        """Publish messages that were stored by commits reported as failed."""
        try:
            for message in await self._storage.messages_after(room_id, last, following - last - 1):
                if message.seq < following:  # if some have expired, later ones are read in their place
                    self._announce(message)
        except AppError as failure:  # clients detect the gap and fetch the messages
            log.warning("publishing messages %d to %d of room %s failed: %s", last + 1, following - 1, room_id, failure)

    def _remember(self, room_id: RoomId, seq: int) -> None:
        self._last_announced[room_id] = seq

    @staticmethod
    def _fail(batch: list[PendingDraft], failure: AppError) -> None:
        for waiting in batch:
            if not waiting.result.done():
                waiting.result.set_exception(failure)

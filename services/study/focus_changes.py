"""Changes of focus sessions: stored soon, told to subscribers, and pushed to their users when they are stored."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TypeAlias

from domain.base import UserId
from domain.clock import from_milliseconds
from domain.errors.base import AppError
from domain.study.events import FocusChecked, FocusUpdated
from domain.study.focus import FocusCheck, FocusSession, FocusState
from domain.study.focus_changes import Checked, Ended, FocusChangeEvent, Saved
from domain.study.focus_tracker import FocusTracker
from services.context import ServiceContext
from services.study.clock import StudyClock
from services.study.focus_rows import row_of, shown
from services.study.focus_writer import FocusWriter

log = logging.getLogger(__name__)

FocusSubscriber: TypeAlias = Callable[[Sequence[tuple[Saved | Ended, bool]]], None]


class FocusChanges:
    """Stores the changes that the tracker returns, and tells about them.

    If storage is unavailable a change stays, and is stored with the next one or the next checkpoint.
    """

    def __init__(self, ctx: ServiceContext, clock: StudyClock, tracker: FocusTracker, writer: FocusWriter) -> None:
        self._publisher = ctx.publisher
        self._clock = clock
        self._tracker = tracker
        self._writer = writer
        self._subscribers: list[FocusSubscriber] = []
        self._to_push: dict[UserId, FocusSession | None] = {}
        self._storing: asyncio.Task[None] | None = None

    def subscribe(self, subscriber: FocusSubscriber) -> None:
        """Call `subscriber` with changes of sessions; True for one that clients compute from the room's timer."""
        self._subscribers.append(subscriber)

    def note(self, changes: Sequence[FocusChangeEvent], *, silently: bool = False) -> None:
        """Store changes soon, and push the states of their users after that.

        Args:
            changes: the changes.
            silently: True for a phase that began or ended, about which the room has an event.
        """
        noted: list[tuple[Saved | Ended, bool]] = []
        for change in changes:
            user_id = change.session.user_id
            is_silent = silently or _ends_with_phase(change)
            match change:
                case Checked():
                    self._publisher.push(user_id, FocusChecked(change.session.id, from_milliseconds(change.respond_by)))
                    continue
                case Ended() if not is_silent:
                    self._to_push[user_id] = _shown_end(change)
                case Saved() if not is_silent:
                    self._to_push.setdefault(user_id, None)
            noted.append((change, is_silent))
            self.put(change)
        for subscriber in self._subscribers if noted else ():
            subscriber(noted)
        if changes and self._storing is None:
            self._storing = asyncio.create_task(self._store())

    async def answer(self, user_id: UserId, changes: Sequence[FocusChangeEvent]) -> FocusState:
        """Store what was noted, and return the user's state after a command with these changes."""
        ended = next((change for change in changes if isinstance(change, Ended)), None)
        await self._writer.flush()
        self._push_changed()
        return self.state(user_id, _shown_end(ended) if ended else None)

    def put(self, change: Saved | Ended) -> None:
        """Store a change with the next ones, without news of it."""
        change.session.stored_act = change.acted_at
        self._writer.put(row_of(change))

    def cancel(self) -> None:
        """Stop storing in the background."""
        if self._storing is not None:
            self._storing.cancel()

    def push(self, user_id: UserId, ended: FocusSession | None = None) -> None:
        """Push the user's state, with the session that has just ended if one has."""
        state = self.state(user_id, ended)
        self._publisher.push(user_id, FocusUpdated(state.session, state.check, state.ended, state.server_time))

    def state(self, user_id: UserId, ended: FocusSession | None = None) -> FocusState:
        """Return the user's open session and the check that waits for an answer, and a session that has just ended."""
        session, respond_by = self._tracker.session(user_id), self._tracker.respond_by(user_id)
        return FocusState(
            session=shown(session) if session else None,
            check=FocusCheck(session.id, from_milliseconds(respond_by)) if session and respond_by else None,
            ended=ended,
            server_time=self._clock.timestamp(),
        )

    async def _store(self) -> None:
        try:
            await self._writer.flush()
        except AppError as failure:
            log.warning("storing focus sessions failed, the next change or checkpoint retries: %s", failure)
        finally:
            self._storing = None
        self._push_changed()

    def _push_changed(self) -> None:
        to_push, self._to_push = self._to_push, {}
        for user_id, ended in to_push.items():
            self.push(user_id, ended)


def _ends_with_phase(change: FocusChangeEvent) -> bool:
    return isinstance(change, Ended) and change.session.ends_at == change.ended_at


def _shown_end(change: Ended) -> FocusSession | None:
    """Return the session that ended; None if it was too short to be stored."""
    return None if row_of(change).is_too_short else shown(change.session, change.ended_at)

"""Queues of the message writer."""

import asyncio
from collections import deque
from typing import NamedTuple

from domain.base import RoomId
from domain.messages import MessageDraft, PostedMessage


class PendingDraft(NamedTuple):
    """A draft that waits for its commit, and the time of the event loop at which it fails."""

    draft: MessageDraft
    result: "asyncio.Future[PostedMessage]"
    deadline: float


class CommitLane:
    """A queue of drafts, committed batch after batch, and the rooms with held messages to release before them."""

    def __init__(self) -> None:
        self.queue: deque[PendingDraft] = deque()
        self.releases: dict[RoomId, asyncio.Future[None]] = {}
        self.task: asyncio.Task[None] | None = None

"""Reading of the server's final state over HTTP: study time, timers, held messages and histories."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from chaos.clients import Client
from chaos.record import Answered, LastTimer, Message, Room, Run, StudyRead, TimerHeard, Window

Ask: TypeAlias = Callable[..., Awaitable[Any]]
"""Sends a request: method, path, token, body. Returns `data` of the answer."""

_AGAIN = 0.1
_TRIES = 20


class Reading:
    """The server's answers at the end of a run.

    Args:
        run: record that receives them.
        clients: all clients.
        ask: sends a request.
    """

    def __init__(self, run: Run, clients: list[Client], ask: Ask) -> None:
        self._run, self._clients, self._ask = run, clients, ask

    async def study(self) -> None:
        """Read sessions and totals of each user; again if a session began or ended in between."""
        tokens = {self._run.people[client.name].id: client.token for client in self._clients}
        for user, token in tokens.items():
            sessions: list[dict[str, Any]] = []
            for _ in range(_TRIES):
                before = sessions
                first = time.monotonic()
                stats = await self._ask("GET", "/api/focus/stats", token)
                last = time.monotonic()
                sessions = (await self._ask("GET", "/api/focus/sessions?limit=100", token))["sessions"]
                if sessions == before:
                    break
            self._run.study_reads[user] = StudyRead(Window(first, last), sessions, stats)

    async def break_phases(self) -> None:
        """Skip focus phases, so that held messages are released."""
        for room in self._run.quiet:
            client = self._member(room)
            timer = await self._ask("GET", f"/api/study-rooms/{room}/timer", client.token)
            self._heard(client, room, timer)
            if timer["phase"] == "focus":
                change = {"action": "skip", "version": timer["version"]}
                self._heard(
                    client, room, await self._ask("PUT", f"/api/study-rooms/{room}/timer", client.token, change)
                )

    async def held_are_released(self, within: float) -> None:
        """Wait until every message that was acked in a quiet room is in its history."""
        for room in self._run.quiet:
            acked = {
                event.key
                for event in self._run.events
                if isinstance(event, Answered) and event.room == room and event.answer["ok"]
            }
            deadline = time.monotonic() + within
            while time.monotonic() < deadline:
                if acked <= {message.get("clientMessageId") for message in await self.history(room)}:
                    break
                await asyncio.sleep(_AGAIN)

    async def history(self, room: Room) -> list[Message]:
        """Return all messages of a room."""
        token = self._member(room).token
        messages: list[Message] = []
        while True:
            path = f"/api/study-rooms/{room}/messages?after={len(messages)}&limit=100"
            page = (await self._ask("GET", path, token))["messages"]
            messages += page
            if not page:
                return messages

    async def timers(self) -> None:
        """Read each timer as every member, next to the last one that the member's client has received."""
        for room in self._run.quiet:
            members = [client for client in self._clients if room in client.rooms]
            for _ in range(_TRIES):  # a phase may end just now
                at = time.monotonic()
                timer = await self._ask("GET", f"/api/study-rooms/{room}/timer", members[0].token)
                shown = {client.name: client.timers[room] for client in members}
                if all(one["version"] == timer["version"] for one in shown.values()):
                    break
                await asyncio.sleep(_AGAIN)
            self._run.last_timers.append(LastTimer(at, room, timer, shown))

    def _heard(self, client: Client, room: Room, timer: dict[str, Any]) -> None:
        self._run.events.append(TimerHeard(time.monotonic(), client.name, 0, room, timer))

    def _member(self, room: Room) -> Client:
        return next(client for client in self._clients if room in client.rooms)

"""The Socket.IO server: who comes in, what comes in, what goes out."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple, cast

import socketio
from aiohttp import web

from domain.base import UserId
from domain.connections import Admitted, Answer, Connection, ConnectionId, Gate, Refused
from domain.errors.base import AppError, InternalError, InvalidJson, RateLimited
from domain.errors.storage import StorageUnavailable
from runtime import json_codec
from runtime.buffered_bytes import LARGE, Transit
from runtime.load_shedding import Backlog
from socket_engine import packets
from socket_engine.engine_server import Bounds, Transport
from socket_engine.engine_session import Session
from socket_engine.hub import FanOut
from socket_engine.packets import CONNECT, DISCONNECT, EVENT, BadPacket, Packet
from socket_engine.receive_queue import Inbox

log = logging.getLogger(__name__)
_library_log = logging.getLogger("socket_engine.library")
_library_log.addFilter(lambda record: record.levelno >= logging.ERROR)  # below, it repeats tokens and session ids

ADMIT_DEADLINE = 5.0
"""Seconds in which the gate must have decided about a client."""
FINISH_DEADLINE = 0.6
"""Seconds that events which had come in get to be answered when the server goes away."""
LONGEST_WAIT = 1.0
"""Seconds that an event may expect to wait for its answer; where it would be more it is refused at once."""
FEW_WAITING, MOST_WAITING = 500, 10_000
"""Events of all clients that may wait however slow, and however fast, they are handled."""
MOST_ANSWERING = 32
"""Events of one client that may be on their way to an answer while the next is handled."""
MOST_IN_A_TURN = 4
"""Events of one client that are begun before others have their turn: a hundred with full inboxes would hold up all."""
MAX_PAYLOAD = 1_000_000
"""Bytes in one packet or polling body, as in the reference server: a message that is too long still gets an answer."""


class _Entry(NamedTuple):
    """Somebody wants in."""

    connection: Connection
    auth: Any


class _Event(NamedTuple):
    """Somebody who wanted in before sent an event."""

    connection: Connection
    ack_id: int | None
    name: str
    arguments: Sequence[Any] | AppError
    came: float
    """By the loop's clock."""


class SocketServer(socketio.AsyncServer):
    """python-socketio's server behind a gate.

    Everything that goes out is put into the recipients' outboxes before the call returns: what is said
    first is heard first, and nothing is awaited between a change and its announcement.

    Args:
        namespaces: the namespaces that exist; every one of them is behind the gate.
        welcomes: returns True if the origin of a request may connect.
        bounds: what connections may cost.
        address: says where a request comes from.
        transit: sums of the bytes that are held for clients.
    """

    gate: Gate
    manager: FanOut
    eio: Transport
    _loop: asyncio.AbstractEventLoop
    """Known from the first client on; to look it up costs a system call."""

    def __init__(
        self,
        namespaces: Iterable[str],
        welcomes: Callable[[web.Request], bool],
        bounds: Bounds,
        address: Callable[[web.Request], str],
        transit: Transit,
    ) -> None:
        super().__init__(
            client_manager=FanOut(),
            async_mode="aiohttp",
            namespaces=list(namespaces),
            max_http_buffer_size=MAX_PAYLOAD,
            logger=_library_log,
            engineio_logger=_library_log,
            bounds=bounds,
            welcomes=welcomes,
            address=address,
            transit=transit,
        )
        self._bounds = bounds
        self._of_user: Counter[tuple[str, UserId]] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._backlog = Backlog(LONGEST_WAIT, FEW_WAITING, MOST_WAITING)
        self._too_much = b""

    def _engineio_server_class(self) -> type[Transport]:
        return Transport

    # What goes out

    def publish(
        self,
        event: str,
        *arguments: Any,
        namespace: str,
        room: str,
        skip: ConnectionId | None = None,
        can_wait: bool = False,
    ) -> None:
        """Send an event to every connection in `room` but `skip`. The packet is encoded once.

        One that can wait leaves within `outbox.LATER` seconds, in one write with what else there is by then, in order.
        """
        self._check_room(room)
        packet = packets.event(namespace, event, *arguments)
        self.manager.fan_out(packet, namespace, room, skip=skip, can_wait=can_wait)

    def publish_once(
        self, event: str, *arguments: Any, namespace: str, rooms: Iterable[str], can_wait: bool = False
    ) -> None:
        """Send an event once to every connection in any of the rooms; `can_wait` as in `publish`."""
        if inside := self.manager.inside_any(namespace, rooms):
            self.manager.put_into(inside, packets.event(namespace, event, *arguments), can_wait=can_wait)

    def publish_to_all(self, event: str, *arguments: Any, namespace: str) -> None:
        """Send an event once to every connection in the namespace that is in a room; it can wait, as in `publish`."""
        rooms = list(self.manager.heard.get(namespace, ()))
        self.publish_once(event, *arguments, namespace=namespace, rooms=rooms, can_wait=True)

    def has_any(self, namespace: str) -> bool:
        """Return True if anybody is in a room of the namespace."""
        return bool(self.manager.heard.get(namespace))

    def is_heard(self, namespace: str, room: str) -> bool:
        """Return True if anybody is in the room."""
        return room in self.manager.heard.get(namespace, ())

    def send(self, connection: Connection, event: str, *arguments: Any) -> None:
        """Send an event to one connection."""
        self._put(connection, packets.event(connection.namespace, event, *arguments))

    def enter(self, connection: Connection, room: str) -> None:
        """Have a connection that is alive hear what is published in `room`; one that is gone stays outside."""
        self._check_room(room)
        self.manager.basic_enter_room(connection.id, connection.namespace, room)

    def leave(self, connection_id: ConnectionId, namespace: str, room: str) -> None:
        """Have a connection no longer hear what is published in `room`."""
        self.manager.basic_leave_room(connection_id, namespace, room)

    def empty(self, namespace: str, room: str) -> None:
        """Have everybody leave `room`."""
        self.manager.basic_close_room(room, namespace)

    def disconnect_all(self, room: str, *, unless: Callable[[Connection], bool] = lambda _: False) -> None:
        """Put every connection in `room`, in whatever namespace, out, and close what carried it.

        What such a client sent and nobody has begun to handle is not handled any more. One that polls is told by its
        next poll, and is closed then.

        Args:
            unless: says of a connection that it stays.
        """
        self._check_room(room)
        sessions = set()
        for namespace in self.namespaces:
            for connection_id, _ in self.manager.get_participants(namespace, room):
                connection, session = self.manager.connections[connection_id]
                if unless(connection):
                    continue
                session.outbox.put(packets.disconnected(namespace))
                self._forget(session, connection, on_purpose=True)
                connection.sign_in_id = ""
                sessions.add(session)
        for session in sessions:
            self._handle_eio_disconnect(session)  # whoever else is in its other namespace
            session.evict()

    def of_same_client(self, connection: Connection) -> list[Connection]:
        """Return the connections of the client that this is one of, in whatever namespace; none where it is gone."""
        found = self.manager.connections.get(connection.id)
        return [one for one in found[1].inside.values() if one.alive] if found else []

    def interrupt(self, connection: Connection, code: int, reason: str) -> None:
        """Close what carries a connection without a word of Socket.IO: official clients come back by themselves.

        Args:
            code: of the WebSocket's closing.
            reason: of the same, up to 123 bytes.
        """
        found = self.manager.connections.get(connection.id)
        if found is not None:
            found[1].close(say=False, code=code, reason=reason)

    async def close(self) -> None:
        """Close all connections, as the server is going away, after `finish`."""
        await self.finish()
        await self.eio.close_all()

    async def finish(self) -> None:
        """Let in nobody new, and answer what had come in. Who polls needs to reach the server to hear it."""
        self.eio.leaving = True
        now = asyncio.get_running_loop().time
        until = now() + FINISH_DEADLINE
        while self._tasks and now() < until:  # one may begin another: its answer
            await asyncio.wait(self._tasks, timeout=until - now())
        late = list(self._tasks)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _put(self, connection: Connection, packet: packets.Outgoing) -> None:
        found = self.manager.connections.get(connection.id)
        if found is not None:
            found[1].outbox.put(packet)

    def _put_large(self, connection: Connection, packet: packets.Outgoing) -> bool:
        found = self.manager.connections.get(connection.id)
        return found is None or found[1].outbox.put_large(packet)

    @staticmethod
    def _check_room(room: str) -> None:
        if not isinstance(room, str) or ":" not in room:  # anything else the library may take for everybody
            raise ValueError(f"not a room's key: {room!r}")

    # Who comes in and goes

    def _handle_eio_connect(self, session: Session) -> None:
        self._loop = asyncio.get_running_loop()
        self._expect_entry(session)

    def _expect_entry(self, session: Session) -> None:
        self._loop.call_later(self._bounds.join_deadline, self._close_if_outside, session)

    def _close_if_outside(self, session: Session) -> None:
        if not session.closed and not any(connection.alive for connection in session.inside.values()):
            log.info("closing a connection that joined no namespace in %.0f s", self._bounds.join_deadline)
            session.close()

    async def _admit(self, session: Session, connection: Connection, auth: Any) -> bool:
        """Have the gate decide about a client, and say whether it is in."""
        outcome: Admitted | Refused
        try:
            async with asyncio.timeout(ADMIT_DEADLINE):
                outcome = await self.gate.admit(connection, None if isinstance(auth, InvalidJson) else auth)
        except Refused as reason:
            outcome = reason
        except (Exception, asyncio.CancelledError):  # whatever it was, the client must not stay half inside
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            log.exception("the gate failed")
            outcome = Refused("internal_error")
        namespace = connection.namespace
        if session.inside.get(namespace) is not connection:  # it has gone while the gate decided
            return False
        whose = namespace, connection.user_id
        if self._of_user[whose] >= self._bounds.connections_per_user and isinstance(outcome, Admitted):
            outcome = Refused("too_many_connections")
        if isinstance(outcome, Refused):
            del session.inside[namespace]
            _keep_out(session, namespace, outcome)
            return False
        connection.alive = True
        self.manager.add(connection, session)
        self._of_user[whose] += 1
        if session.outbox.held is not None:
            session.outbox.held.belongs_to(connection.user_id)
        session.outbox.put(packets.connected(namespace, outcome))
        self.gate.opened(connection)
        return True

    def _handle_eio_disconnect(self, session: Session) -> None:
        for connection in list(session.inside.values()):
            self._forget(session, connection, on_purpose=session.on_purpose)

    def _forget(self, session: Session, connection: Connection, *, on_purpose: bool) -> None:
        connection.on_purpose = on_purpose
        del session.inside[connection.namespace]
        if connection.alive:
            self.manager.remove(connection)
            whose = connection.namespace, connection.user_id
            self._of_user[whose] -= 1
            if not self._of_user[whose]:
                del self._of_user[whose]
            connection.alive = False
            self.gate.closed(connection)

    # What comes in

    def _handle_eio_message(self, session: Session, text: str) -> None:
        if self._is_too_much(session) and self._refuse_unread(session, text):
            return
        try:
            packet = packets.read(text)
            if packet.type == EVENT:
                self._take_event(session, packet, len(text))
            elif packet.type == CONNECT:
                self._take_entry(session, packet)
            elif packet.type == DISCONNECT and packet.namespace in session.inside:
                self._forget(session, session.inside[packet.namespace], on_purpose=True)
                self._expect_entry(session)
            # an ACK answers nothing: we ask for none
        except BadPacket as reason:
            _close(session, reason)

    def _take_entry(self, session: Session, packet: Packet) -> None:
        namespace = packet.namespace
        if self.eio.leaving:
            return  # a client that is refused would not come back by itself, as one does whose connection is closed
        if namespace not in self.namespaces:  # the reference server says this, and no more
            session.outbox.put(packets.refused(namespace, "Invalid namespace"))
        elif namespace in session.inside:
            _keep_out(session, namespace, Refused("invalid_namespace"))
        elif session.inbox is not None and not session.inbox.has_room:
            raise BadPacket("too much waits to be handled")
        else:
            connection = session.inside[namespace] = Connection(self.eio.generate_id(), namespace)
            connection.address = session.address
            self._have_done(session, _Entry(connection, packet.data), 0)

    def _take_event(self, session: Session, packet: Packet, characters: int) -> None:
        connection = session.inside.get(packet.namespace)
        if connection is None:
            raise _not_inside()
        unreadable = isinstance(packet.data, InvalidJson)
        name, arguments = ("", packet.data) if unreadable else (packet.data[0], packet.data[1:])
        event = _Event(connection, packet.ack_id, name, arguments, self._loop.time())
        refusal = self._refusal(session)
        if refusal is None:
            self._backlog.add()
            self._have_done(session, event, characters)
        else:
            self._refuse(event, refusal)

    def _refusal(self, session: Session) -> AppError | None:
        """Return why one more event is not taken; None where it is. Who waits for no answer may always ask."""
        if self.eio.leaving:
            return StorageUnavailable("The server is going away: try again shortly.")
        if self._is_too_much(session) or (session.inbox is not None and not session.inbox.has_room):
            return RateLimited(LONGEST_WAIT)
        held = session.outbox.held
        if self.eio.transit.total and held is not None and not held.user_has_room:
            return RateLimited(LONGEST_WAIT)
        return None

    def _is_too_much(self, session: Session) -> bool:
        return (session.inbox is not None or bool(session.answering)) and self._backlog.is_long

    def _refuse_unread(self, session: Session, text: str) -> bool:
        """Refuse an event that wants an ack for what it costs to find its number, and say whether it was one.

        A server that reads what it refuses has no time left for what it takes.
        """
        found = packets.asked(text)
        connection = session.inside.get(found[0]) if found else None
        if found is None or connection is None or not connection.alive:
            return False
        if not self._too_much:
            answer = self.gate.refuse(connection, "", RateLimited(LONGEST_WAIT), wants_ack=True)
            self._too_much = json_codec.dumps(answer)
        session.outbox.put(packets.ack_of(*found, self._too_much))
        return True

    def _have_done(self, session: Session, job: _Entry | _Event, characters: int) -> None:
        if session.inbox is not None:
            session.inbox.append(job, characters)
            return
        session.inbox = Inbox()
        session.inbox.append(job, characters)
        self._tasks.add(self._loop.create_task(self._work_off(session, session.inbox)))

    async def _work_off(self, session: Session, inbox: Inbox[_Entry | _Event]) -> None:
        """Do what a client asked for, one thing after the other, while its pings are answered."""
        begun = 0
        try:
            while (job := inbox.first) is not None:
                begun += 1
                if begun % MOST_IN_A_TURN == 0:
                    await asyncio.sleep(0)
                if isinstance(job, _Event):
                    await self._wait_for_its_turn(session, job)
                    await self._handle(session, job)
                elif not await self._admit(session, *job) and (void := inbox.drop(partial(_is_of, job.connection))):
                    self._backlog.done(void)
                    _close(session, _not_inside())
                inbox.pop()
        except Exception:
            log.exception("a client's packets could not be handled")
            session.close()
        finally:
            self._backlog.done(inbox.count(lambda job: isinstance(job, _Event)))  # none, unless it failed
            session.inbox = None
            self._tasks.discard(cast("asyncio.Task[None]", asyncio.current_task(self._loop)))  # a callback costs more

    @staticmethod
    async def _wait_for_its_turn(session: Session, event: _Event) -> None:
        """Wait for events of another name: only like ones overlap, such as messages, and not without a bound."""
        if session.answered != event.name:
            while session.answering:
                await asyncio.wait(session.answering)
            session.answered = event.name
        while len(session.answering) >= MOST_ANSWERING:
            await asyncio.wait(session.answering, return_when=asyncio.FIRST_COMPLETED)

    async def _handle(self, session: Session, event: _Event) -> None:
        if not event.connection.sign_in_id:  # put out since it sent this
            self._backlog.done()
            return
        wants_ack = event.ack_id is not None
        answer = await self.gate.receive(event.connection, event.name, event.arguments, event.came, wants_ack=wants_ack)
        if isinstance(answer, Coroutine):
            task = self._loop.create_task(self._acknowledge_later(session, event, answer))
            session.answering.add(task)
            self._tasks.add(task)
        else:
            self._acknowledge(event, answer)
            self._backlog.done()

    async def _acknowledge_later(
        self, session: Session, event: _Event, answer: Coroutine[Any, Any, Answer | None]
    ) -> None:
        try:
            self._acknowledge(event, await answer)
        finally:
            task = cast("asyncio.Task[None]", asyncio.current_task(self._loop))
            session.answering.discard(task)
            self._tasks.discard(task)
            self._backlog.done()

    def _acknowledge(self, event: _Event, answer: Answer | None) -> None:
        if event.ack_id is None:
            return
        try:
            packet = packets.ack(event.connection.namespace, event.ack_id, answer)
            if len(packet.payload) <= LARGE:
                self._put(event.connection, packet)
            elif not self._put_large(event.connection, packet):
                self._refuse(event, RateLimited(LONGEST_WAIT))
        except Exception:  # the client waits for an answer, and for those to what it sent next
            log.exception("an answer could not be written")
            self._refuse(event, InternalError())

    def _refuse(self, event: _Event, failure: AppError) -> None:
        wants_ack = event.ack_id is not None
        self._acknowledge(event, self.gate.refuse(event.connection, event.name, failure, wants_ack=wants_ack))


def _keep_out(session: Session, namespace: str, reason: Refused) -> None:
    session.outbox.put(packets.refused(namespace, reason.message, {"code": reason.code}))


def _close(session: Session, reason: BadPacket) -> None:
    log.warning("closing a connection: %.200r", str(reason))
    session.close()


def _not_inside() -> BadPacket:
    return BadPacket("an event for a namespace that the client is not in")


def _is_of(connection: Connection, job: _Entry | _Event) -> bool:
    return job.connection is connection

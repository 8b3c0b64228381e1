"""Receiver of Socket.IO packets: load shedding, event handling in order by one task per client, and acks."""

import asyncio
import logging
from collections.abc import Collection, Coroutine, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple, cast

from domain.connections import AckPayload, ConnectError, Connection
from domain.errors.base import AppError, InternalError, InvalidJson, RateLimited
from domain.errors.storage import StorageUnavailable
from runtime import json_codec
from runtime.buffered_bytes import MIN_TRACKED_BYTES
from runtime.load_shedding import LoadShedder
from socket_engine import packets
from socket_engine.connection_lifecycle import ConnectionLifecycle
from socket_engine.engine_server import EngineServer
from socket_engine.engine_session import EngineSession
from socket_engine.hub import Hub
from socket_engine.packets import CONNECT, DISCONNECT, EVENT, Packet, ProtocolError
from socket_engine.receive_queue import ReceiveQueue

log = logging.getLogger(__name__)

DRAIN_TIMEOUT = 0.6
"""Seconds at shutdown in which received events are still handled and acknowledged."""
MAX_WAIT = 1.0
"""Maximum expected queueing delay of an event in seconds; above it, events are rejected at once (load shedding)."""
MIN_QUEUE, MAX_QUEUE = 500, 10_000
"""Minimum and maximum of the queue length from which load shedding rejects events, for all clients together."""
MAX_IN_FLIGHT = 32
"""Maximum number of events of one client that are handled concurrently."""
MAX_EVENTS_PER_TURN = 4
"""Events of one client that are started before other tasks run.

Without it, a hundred clients with full receive queues would block the event loop.
"""


class _ConnectRequest(NamedTuple):
    """Request of a client to connect to a namespace."""

    connection: Connection
    auth: Any


class _Event(NamedTuple):
    """Event of a connection, or of one with its connect request queued before it."""

    connection: Connection
    ack_id: int | None
    name: str
    arguments: Sequence[Any] | AppError
    received_at: float
    """Time of arrival on the event loop's clock, in seconds."""


class PacketReceiver:
    """Receives the Socket.IO packets of all clients; the events of a client are handled in order.

    Args:
        server: engine server of the sessions.
        hub: registry of connections.
        lifecycle: connects clients to namespaces; its `handler` handles the events.
        namespaces: names of all namespaces.
    """

    def __init__(
        self, server: EngineServer, hub: Hub, lifecycle: ConnectionLifecycle, namespaces: Collection[str]
    ) -> None:
        self._server = server
        self._hub = hub
        self._lifecycle = lifecycle
        self._namespaces = namespaces
        self._tasks: set[asyncio.Task[None]] = set()
        self.load_shedder = LoadShedder(MAX_WAIT, MIN_QUEUE, MAX_QUEUE)
        """Admission control of received events."""
        self._overload_answer = b""

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        """Event loop, looked up once, because a lookup is a system call."""
        return asyncio.get_running_loop()

    @property
    def task_count(self) -> int:
        """Number of tasks that handle received packets."""
        return len(self._tasks)

    def receive(self, session: EngineSession, text: str) -> None:
        """Handle one packet of a client, `text` without its Engine.IO type."""
        if self._is_overloaded(session) and self._reject_unparsed(session, text):
            return
        try:
            packet = packets.decode(text)
            if packet.type == EVENT:
                self._on_event(session, packet, len(text))
            elif packet.type == CONNECT:
                self._on_connect(session, packet)
            elif packet.type == DISCONNECT and packet.namespace in session.connections:
                self._lifecycle.remove(session, session.connections[packet.namespace], intentional=True)
                self._lifecycle.expect_join(session)
            # an ACK is ignored: the server requests none
        except ProtocolError as reason:
            _close_session(session, reason)

    async def drain(self) -> None:
        """Finish received events for up to `DRAIN_TIMEOUT` seconds, then cancel them."""
        now = asyncio.get_running_loop().time
        until = now() + DRAIN_TIMEOUT
        while self._tasks and now() < until:  # a task may start another one, for its ack
            await asyncio.wait(self._tasks, timeout=until - now())
        late = list(self._tasks)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _on_connect(self, session: EngineSession, packet: Packet) -> None:
        namespace = packet.namespace
        if self._server.draining:
            return  # no rejection: a rejected client would not reconnect; one whose transport is closed does
        if namespace not in self._namespaces:  # exactly what the reference server sends
            session.send_queue.put(packets.connect_error(namespace, "Invalid namespace"))
        elif namespace in session.connections:
            self._lifecycle.reject(session, namespace, ConnectError("invalid_namespace"))
        elif session.receive_queue is not None and not session.receive_queue.has_capacity:
            raise ProtocolError("its receive queue is full")
        else:
            connection = session.connections[namespace] = Connection(self._server.generate_id(), namespace)
            connection.address = session.address
            self._enqueue(session, _ConnectRequest(connection, packet.data), 0)

    def _on_event(self, session: EngineSession, packet: Packet, characters: int) -> None:
        connection = session.connections.get(packet.namespace)
        if connection is None:
            raise _not_connected_error()
        unreadable = isinstance(packet.data, InvalidJson)
        name, arguments = ("", packet.data) if unreadable else (packet.data[0], packet.data[1:])
        session.last_packet_at = now = self._loop.time()
        event = _Event(connection, packet.ack_id, name, arguments, now)
        refusal = self._overload_error(session)
        if refusal is None:
            self.load_shedder.enter()
            self._enqueue(session, event, characters)
        else:
            self._reject(event, refusal)

    def _overload_error(self, session: EngineSession) -> AppError | None:
        """Return the error for one more event during shutdown or overload (load shedding); None if it is accepted.

        An idle client, which waits for no ack, is never rejected because of the load of others.
        """
        if self._server.draining:
            return StorageUnavailable("The server is going away: try again shortly.")
        if self._is_overloaded(session) or (
            session.receive_queue is not None and not session.receive_queue.has_capacity
        ):
            return RateLimited(MAX_WAIT)
        held = session.send_queue.buffered
        if self._server.buffer_budget.total and held is not None and not held.user_has_capacity:
            return RateLimited(MAX_WAIT)
        return None

    def _is_overloaded(self, session: EngineSession) -> bool:
        return (session.receive_queue is not None or bool(session.in_flight)) and self.load_shedder.is_overloaded

    def _reject_unparsed(self, session: EngineSession, text: str) -> bool:
        """Shed an event that requests an ack before parsing it; return False if the packet is not such an event.

        Only its ack id is read: a server that parses the events that it rejects has no time left for the others.
        """
        found = packets.peek_ack_id(text)
        connection = session.connections.get(found[0]) if found else None
        if found is None or connection is None or not connection.alive:
            return False
        if not self._overload_answer:
            answer = self._lifecycle.handler.reject(connection, "", RateLimited(MAX_WAIT), wants_ack=True)
            self._overload_answer = json_codec.dumps(answer)
        session.send_queue.put(packets.encoded_ack(*found, self._overload_answer))
        return True

    def _enqueue(self, session: EngineSession, job: _ConnectRequest | _Event, characters: int) -> None:
        if session.receive_queue is not None:
            session.receive_queue.append(job, characters)
            return
        session.receive_queue = ReceiveQueue()
        session.receive_queue.append(job, characters)
        self._tasks.add(self._loop.create_task(self._drain_queue(session, session.receive_queue)))

    async def _drain_queue(self, session: EngineSession, inbox: ReceiveQueue[_ConnectRequest | _Event]) -> None:
        """Handle the receive queue of a client in order, in a task, so that pings are answered meanwhile."""
        begun = 0
        try:
            while (job := inbox.first) is not None:
                begun += 1
                if begun % MAX_EVENTS_PER_TURN == 0:
                    await asyncio.sleep(0)
                if isinstance(job, _Event):
                    await self._wait_for_slot(session, job)
                    await self._handle(session, job)
                elif not await self._lifecycle.authenticate(session, *job) and (
                    void := inbox.drop(partial(_belongs_to, job.connection))
                ):
                    self.load_shedder.leave(void)
                    _close_session(session, _not_connected_error())
                inbox.pop()
        except Exception:
            log.exception("handling the receive queue of a client failed: closing its session")
            session.close()
        finally:
            self.load_shedder.leave(inbox.count(lambda job: isinstance(job, _Event)))  # none, except after a failure
            session.receive_queue = None
            self._tasks.discard(
                cast("asyncio.Task[None]", asyncio.current_task(self._loop))
            )  # a done callback would cost more

    @staticmethod
    async def _wait_for_slot(session: EngineSession, event: _Event) -> None:
        """Backpressure: wait for a slot; only events of one name, such as messages, are handled concurrently."""
        if session.in_flight_event != event.name:
            while session.in_flight:
                await asyncio.wait(session.in_flight)
            session.in_flight_event = event.name
        while len(session.in_flight) >= MAX_IN_FLIGHT:
            await asyncio.wait(session.in_flight, return_when=asyncio.FIRST_COMPLETED)

    async def _handle(self, session: EngineSession, event: _Event) -> None:
        if not event.connection.session_id:  # disconnected since it sent this
            self.load_shedder.leave()
            return
        wants_ack = event.ack_id is not None
        answer = await self._lifecycle.handler.on_event(
            event.connection, event.name, event.arguments, event.received_at, wants_ack=wants_ack
        )
        if isinstance(answer, Coroutine):
            task = self._loop.create_task(self._acknowledge_later(session, event, answer))
            session.in_flight.add(task)
            self._tasks.add(task)
        else:
            self._acknowledge(event, answer)
            self.load_shedder.leave()

    async def _acknowledge_later(
        self, session: EngineSession, event: _Event, answer: Coroutine[Any, Any, AckPayload | None]
    ) -> None:
        try:
            self._acknowledge(event, await answer)
        finally:
            task = cast("asyncio.Task[None]", asyncio.current_task(self._loop))
            session.in_flight.discard(task)
            self._tasks.discard(task)
            self.load_shedder.leave()

    def _acknowledge(self, event: _Event, answer: AckPayload | None) -> None:
        if event.ack_id is None:
            return
        try:
            packet = packets.ack(event.connection.namespace, event.ack_id, answer)
            if len(packet.payload) <= MIN_TRACKED_BYTES:
                self._hub.put(event.connection, packet)
            elif not self._hub.put_large(event.connection, packet):
                self._reject(event, RateLimited(MAX_WAIT))
        except Exception:  # the client waits for this ack, and for those of its next events
            log.exception("encoding an ack failed")
            self._reject(event, InternalError())

    def _reject(self, event: _Event, failure: AppError) -> None:
        wants_ack = event.ack_id is not None
        self._acknowledge(
            event, self._lifecycle.handler.reject(event.connection, event.name, failure, wants_ack=wants_ack)
        )


def _close_session(session: EngineSession, reason: ProtocolError) -> None:
    log.warning("closing a connection: %.200r", str(reason))
    session.close()


def _not_connected_error() -> ProtocolError:
    return ProtocolError("an event for a namespace that the client is not in")


def _belongs_to(connection: Connection, job: _ConnectRequest | _Event) -> bool:
    return job.connection is connection

"""Socket.IO server: authenticates connections, handles received events with load shedding, and publishes events."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple, cast

import socketio
from aiohttp import web

from domain.base import UserId
from domain.connections import AckPayload, ConnectAck, ConnectError, Connection, ConnectionHandler, ConnectionId
from domain.errors.base import AppError, InternalError, InvalidJson, RateLimited
from domain.errors.storage import StorageUnavailable
from runtime import json_codec
from runtime.buffered_bytes import MIN_TRACKED_BYTES, BufferBudget
from runtime.load_shedding import LoadShedder
from socket_engine import packets
from socket_engine.engine_server import EngineServer, SocketLimits
from socket_engine.engine_session import EngineSession
from socket_engine.hub import Hub
from socket_engine.packets import CONNECT, DISCONNECT, EVENT, Packet, ProtocolError
from socket_engine.receive_queue import ReceiveQueue

log = logging.getLogger(__name__)
_library_log = logging.getLogger("socket_engine.library")
_library_log.addFilter(lambda record: record.levelno >= logging.ERROR)  # lower levels log tokens and session ids

AUTHENTICATE_TIMEOUT = 5.0
"""Timeout in seconds for the authentication of a connection."""
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
MAX_PAYLOAD = 1_000_000
"""Maximum size of a packet or polling body in bytes, as in the reference server; so a too long message gets an ack."""


class _ConnectRequest(NamedTuple):
    """Request of a client to connect to a namespace."""

    connection: Connection
    auth: Any


class _Event(NamedTuple):
    """Event of a connection, or of one whose connect request is queued before it."""

    connection: Connection
    ack_id: int | None
    name: str
    arguments: Sequence[Any] | AppError
    received_at: float
    """Time of arrival on the event loop's clock, in seconds."""


class SocketServer(socketio.AsyncServer):
    """python-socketio's server with authentication, send queues and load shedding.

    Outgoing events are put into the send queues of their recipients before the call returns. So events are received in
    the order in which they were published, and nothing is awaited between a change and its event.

    Args:
        namespaces: names of all namespaces; `connection_handler` authenticates connections to each of them.
        is_origin_allowed: returns True if the origin of a request may connect.
        limits: limits of engine sessions and connections.
        address: returns the client's address of a request.
        buffer_budget: limits on the bytes that are buffered for clients.
    """

    connection_handler: ConnectionHandler
    manager: Hub
    eio: EngineServer
    _loop: asyncio.AbstractEventLoop
    """Event loop, set at the first session, because a lookup is a system call."""

    def __init__(
        self,
        namespaces: Iterable[str],
        is_origin_allowed: Callable[[web.Request], bool],
        limits: SocketLimits,
        address: Callable[[web.Request], str],
        buffer_budget: BufferBudget,
    ) -> None:
        super().__init__(
            client_manager=Hub(),
            async_mode="aiohttp",
            namespaces=list(namespaces),
            max_http_buffer_size=MAX_PAYLOAD,
            logger=_library_log,
            engineio_logger=_library_log,
            limits=limits,
            is_origin_allowed=is_origin_allowed,
            address=address,
            buffer_budget=buffer_budget,
        )
        self._limits = limits
        self._connections_per_user: Counter[tuple[str, UserId]] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._load_shedder = LoadShedder(MAX_WAIT, MIN_QUEUE, MAX_QUEUE)
        self._overload_answer = b""

    def _engineio_server_class(self) -> type[EngineServer]:
        return EngineServer

    # Outgoing events

    def publish(
        self,
        event: str,
        *arguments: Any,
        namespace: str,
        room: str,
        skip: ConnectionId | None = None,
        deferrable: bool = False,
    ) -> None:
        """Send an event to every connection in `room` except `skip`; the packet is encoded once.

        Args:
            event: name of the event.
            arguments: arguments of the event.
            namespace: namespace of the room.
            room: key of the room, which contains a colon.
            skip: connection that does not receive the event.
            deferrable: the event may wait up to `send_queue.DEFER_DELAY` seconds (`MAX_DEFER_DELAY` under load), to
                share a write with later events. The order of events does not change.
        """
        self._check_room_key(room)
        packet = packets.event(namespace, event, *arguments)
        self.manager.fan_out(packet, namespace, room, skip=skip, deferrable=deferrable)

    def publish_to_rooms(
        self, event: str, *arguments: Any, namespace: str, rooms: Iterable[str], deferrable: bool = False
    ) -> None:
        """Send an event once to every connection in any of `rooms`; `deferrable` as in `publish`."""
        if inside := self.manager.subscribers_of_any(namespace, rooms):
            self.manager.enqueue_all(inside, packets.event(namespace, event, *arguments), deferrable=deferrable)

    def publish_to_all(self, event: str, *arguments: Any, namespace: str) -> None:
        """Send an event once to every connection of the namespace that is in a room; deferrable, as in `publish`."""
        rooms = list(self.manager.subscribers.get(namespace, ()))
        self.publish_to_rooms(event, *arguments, namespace=namespace, rooms=rooms, deferrable=True)

    def has_any_subscriber(self, namespace: str) -> bool:
        """Return True if a room of the namespace has a connection."""
        return bool(self.manager.subscribers.get(namespace))

    def has_subscribers(self, namespace: str, room: str) -> bool:
        """Return True if the room has a connection."""
        return room in self.manager.subscribers.get(namespace, ())

    def send(self, connection: Connection, event: str, *arguments: Any) -> None:
        """Send an event to one connection."""
        self._put_packet(connection, packets.event(connection.namespace, event, *arguments))

    def join(self, connection: Connection, room: str) -> None:
        """Add a connection to `room`, so that it receives its events; do nothing if it is disconnected."""
        self._check_room_key(room)
        self.manager.basic_enter_room(connection.id, connection.namespace, room)

    def leave(self, connection_id: ConnectionId, namespace: str, room: str) -> None:
        """Remove a connection from `room`."""
        self.manager.basic_leave_room(connection_id, namespace, room)

    def clear_room(self, namespace: str, room: str) -> None:
        """Remove all connections from `room`."""
        self.manager.basic_close_room(room, namespace)

    def disconnect_all(self, room: str, *, unless: Callable[[Connection], bool] = lambda _: False) -> None:
        """Disconnect every connection in `room`, in all namespaces, and close the engine sessions of their clients.

        Events of these clients that are still queued are dropped. A polling client receives the disconnect packet with
        its next poll, and is closed then.

        Args:
            room: key of the room.
            unless: returns True for a connection that stays connected.
        """
        self._check_room_key(room)
        sessions = set()
        for namespace in self.namespaces:
            for connection_id, _ in self.manager.get_participants(namespace, room):
                connection, session = self.manager.connections[connection_id]
                if unless(connection):
                    continue
                session.send_queue.put(packets.disconnected(namespace))
                self._remove_connection(session, connection, intentional=True)
                connection.session_id = ""
                sessions.add(session)
        for session in sessions:
            self._handle_eio_disconnect(session)  # disconnects the client in its other namespaces, too
            session.evict()

    def sibling_connections(self, connection: Connection) -> list[Connection]:
        """Return all connections of the same engine session, including this one; none if it is disconnected."""
        found = self.manager.connections.get(connection.id)
        return [one for one in found[1].connections.values() if one.alive] if found else []

    def drop_transport(self, connection: Connection, code: int, reason: str) -> None:
        """Close the transport of a connection without a Socket.IO packet, so that official clients reconnect.

        Args:
            connection: one of the connections of the client.
            code: close code of the WebSocket.
            reason: close reason of the WebSocket, up to 123 bytes.
        """
        found = self.manager.connections.get(connection.id)
        if found is not None:
            found[1].close(notify=False, code=code, reason=reason)

    async def close(self) -> None:
        """Shut down: `drain`, then close all connections."""
        await self.drain()
        await self.eio.close_all()

    async def drain(self) -> None:
        """Reject new connections and events, and finish received events for up to `DRAIN_TIMEOUT` seconds.

        The HTTP server must still be running, because polling clients fetch their acks by requests.
        """
        self.eio.draining = True
        now = asyncio.get_running_loop().time
        until = now() + DRAIN_TIMEOUT
        while self._tasks and now() < until:  # a task may start another one, for its ack
            await asyncio.wait(self._tasks, timeout=until - now())
        late = list(self._tasks)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _put_packet(self, connection: Connection, packet: packets.OutgoingPacket) -> None:
        found = self.manager.connections.get(connection.id)
        if found is not None:
            found[1].send_queue.put(packet)

    def _put_large_packet(self, connection: Connection, packet: packets.OutgoingPacket) -> bool:
        found = self.manager.connections.get(connection.id)
        return found is None or found[1].send_queue.put_large(packet)

    @staticmethod
    def _check_room_key(room: str) -> None:
        if not isinstance(room, str) or ":" not in room:  # python-socketio may treat other values as all connections
            raise ValueError(f"not a room's key: {room!r}")

    # Connecting and disconnecting

    def _handle_eio_connect(self, session: EngineSession) -> None:
        self._loop = asyncio.get_running_loop()
        self._expect_join(session)

    def _expect_join(self, session: EngineSession) -> None:
        self._loop.call_later(self._limits.join_deadline, self._close_if_not_joined, session)

    def _close_if_not_joined(self, session: EngineSession) -> None:
        if not session.closed and not any(connection.alive for connection in session.connections.values()):
            log.info("closing a connection that joined no namespace in %.0f s", self._limits.join_deadline)
            session.close()

    async def _authenticate(self, session: EngineSession, connection: Connection, auth: Any) -> bool:
        """Authenticate a connection, send the result to the client, and return True if it is connected."""
        outcome: ConnectAck | ConnectError
        try:
            async with asyncio.timeout(AUTHENTICATE_TIMEOUT):
                outcome = await self.connection_handler.authenticate(
                    connection, None if isinstance(auth, InvalidJson) else auth
                )
        except ConnectError as reason:
            outcome = reason
        except (Exception, asyncio.CancelledError):  # the connection must not remain half connected
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            log.exception("authenticating a connection failed")
            outcome = ConnectError("internal_error")
        namespace = connection.namespace
        if session.connections.get(namespace) is not connection:  # it was disconnected meanwhile
            return False
        whose = namespace, connection.user_id
        if self._connections_per_user[whose] >= self._limits.connections_per_user and isinstance(outcome, ConnectAck):
            outcome = ConnectError("too_many_connections")
        if isinstance(outcome, ConnectError):
            del session.connections[namespace]
            _send_connect_error(session, namespace, outcome)
            return False
        connection.alive = True
        self.manager.add(connection, session)
        self._connections_per_user[whose] += 1
        if session.send_queue.buffered is not None:
            session.send_queue.buffered.assign_user(connection.user_id)
        session.send_queue.put(packets.connected(namespace, outcome))
        self.connection_handler.on_connected(connection)
        return True

    def _handle_eio_disconnect(self, session: EngineSession) -> None:
        for connection in list(session.connections.values()):
            self._remove_connection(session, connection, intentional=session.intentional)

    def _remove_connection(self, session: EngineSession, connection: Connection, *, intentional: bool) -> None:
        connection.intentional = intentional
        del session.connections[connection.namespace]
        if connection.alive:
            self.manager.remove(connection)
            whose = connection.namespace, connection.user_id
            self._connections_per_user[whose] -= 1
            if not self._connections_per_user[whose]:
                del self._connections_per_user[whose]
            connection.alive = False
            self.connection_handler.on_disconnected(connection)

    # Received packets

    def _handle_eio_message(self, session: EngineSession, text: str) -> None:
        if self._is_overloaded(session) and self._reject_unparsed(session, text):
            return
        try:
            packet = packets.decode(text)
            if packet.type == EVENT:
                self._on_event(session, packet, len(text))
            elif packet.type == CONNECT:
                self._on_connect(session, packet)
            elif packet.type == DISCONNECT and packet.namespace in session.connections:
                self._remove_connection(session, session.connections[packet.namespace], intentional=True)
                self._expect_join(session)
            # an ACK is ignored: the server requests none
        except ProtocolError as reason:
            _close_session(session, reason)

    def _on_connect(self, session: EngineSession, packet: Packet) -> None:
        namespace = packet.namespace
        if self.eio.draining:
            return  # no rejection: a rejected client would not reconnect; one whose transport is closed does
        if namespace not in self.namespaces:  # exactly what the reference server sends
            session.send_queue.put(packets.connect_error(namespace, "Invalid namespace"))
        elif namespace in session.connections:
            _send_connect_error(session, namespace, ConnectError("invalid_namespace"))
        elif session.receive_queue is not None and not session.receive_queue.has_capacity:
            raise ProtocolError("its receive queue is full")
        else:
            connection = session.connections[namespace] = Connection(self.eio.generate_id(), namespace)
            connection.address = session.address
            self._enqueue(session, _ConnectRequest(connection, packet.data), 0)

    def _on_event(self, session: EngineSession, packet: Packet, characters: int) -> None:
        connection = session.connections.get(packet.namespace)
        if connection is None:
            raise _not_connected_error()
        unreadable = isinstance(packet.data, InvalidJson)
        name, arguments = ("", packet.data) if unreadable else (packet.data[0], packet.data[1:])
        event = _Event(connection, packet.ack_id, name, arguments, self._loop.time())
        refusal = self._overload_error(session)
        if refusal is None:
            self._load_shedder.enter()
            self._enqueue(session, event, characters)
        else:
            self._reject(event, refusal)

    def _overload_error(self, session: EngineSession) -> AppError | None:
        """Return the error for one more event during shutdown or overload (load shedding); None if it is accepted.

        An idle client, which waits for no ack, is never rejected because of the load of others.
        """
        if self.eio.draining:
            return StorageUnavailable("The server is going away: try again shortly.")
        if self._is_overloaded(session) or (
            session.receive_queue is not None and not session.receive_queue.has_capacity
        ):
            return RateLimited(MAX_WAIT)
        held = session.send_queue.buffered
        if self.eio.buffer_budget.total and held is not None and not held.user_has_capacity:
            return RateLimited(MAX_WAIT)
        return None

    def _is_overloaded(self, session: EngineSession) -> bool:
        return (session.receive_queue is not None or bool(session.in_flight)) and self._load_shedder.is_overloaded

    def _reject_unparsed(self, session: EngineSession, text: str) -> bool:
        """Shed an event that requests an ack before parsing it; return False if the packet is not such an event.

        Only its ack id is read: a server that parses the events that it rejects has no time left for the others.
        """
        found = packets.peek_ack_id(text)
        connection = session.connections.get(found[0]) if found else None
        if found is None or connection is None or not connection.alive:
            return False
        if not self._overload_answer:
            answer = self.connection_handler.reject(connection, "", RateLimited(MAX_WAIT), wants_ack=True)
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
                elif not await self._authenticate(session, *job) and (
                    void := inbox.drop(partial(_belongs_to, job.connection))
                ):
                    self._load_shedder.leave(void)
                    _close_session(session, _not_connected_error())
                inbox.pop()
        except Exception:
            log.exception("handling the receive queue of a client failed: closing its session")
            session.close()
        finally:
            self._load_shedder.leave(inbox.count(lambda job: isinstance(job, _Event)))  # none, except after a failure
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
            self._load_shedder.leave()
            return
        wants_ack = event.ack_id is not None
        answer = await self.connection_handler.on_event(
            event.connection, event.name, event.arguments, event.received_at, wants_ack=wants_ack
        )
        if isinstance(answer, Coroutine):
            task = self._loop.create_task(self._acknowledge_later(session, event, answer))
            session.in_flight.add(task)
            self._tasks.add(task)
        else:
            self._acknowledge(event, answer)
            self._load_shedder.leave()

    async def _acknowledge_later(
        self, session: EngineSession, event: _Event, answer: Coroutine[Any, Any, AckPayload | None]
    ) -> None:
        try:
            self._acknowledge(event, await answer)
        finally:
            task = cast("asyncio.Task[None]", asyncio.current_task(self._loop))
            session.in_flight.discard(task)
            self._tasks.discard(task)
            self._load_shedder.leave()

    def _acknowledge(self, event: _Event, answer: AckPayload | None) -> None:
        if event.ack_id is None:
            return
        try:
            packet = packets.ack(event.connection.namespace, event.ack_id, answer)
            if len(packet.payload) <= MIN_TRACKED_BYTES:
                self._put_packet(event.connection, packet)
            elif not self._put_large_packet(event.connection, packet):
                self._reject(event, RateLimited(MAX_WAIT))
        except Exception:  # the client waits for this ack, and for those of its next events
            log.exception("encoding an ack failed")
            self._reject(event, InternalError())

    def _reject(self, event: _Event, failure: AppError) -> None:
        wants_ack = event.ack_id is not None
        self._acknowledge(
            event, self.connection_handler.reject(event.connection, event.name, failure, wants_ack=wants_ack)
        )


def _send_connect_error(session: EngineSession, namespace: str, reason: ConnectError) -> None:
    session.send_queue.put(packets.connect_error(namespace, reason.message, {"code": reason.code}))


def _close_session(session: EngineSession, reason: ProtocolError) -> None:
    log.warning("closing a connection: %.200r", str(reason))
    session.close()


def _not_connected_error() -> ProtocolError:
    return ProtocolError("an event for a namespace that the client is not in")


def _belongs_to(connection: Connection, job: _ConnectRequest | _Event) -> bool:
    return job.connection is connection

"""Socket.IO server: publishes events to rooms and connections, disconnects clients, and shuts down."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

import socketio
from aiohttp import web

from domain.connections import Connection, ConnectionHandler, ConnectionId
from runtime.buffered_bytes import BufferBudget
from runtime.load_shedding import LoadShedder
from socket_engine import packets
from socket_engine.connection_lifecycle import ConnectionLifecycle
from socket_engine.engine_server import EngineServer, SocketLimits
from socket_engine.hub import Hub
from socket_engine.packet_receiver import PacketReceiver

_library_log = logging.getLogger("socket_engine.library")
_library_log.addFilter(lambda record: record.levelno >= logging.ERROR)  # lower levels log tokens and session ids

MAX_PAYLOAD = 1_000_000
"""Maximum size of a packet or polling body in bytes, as in the reference server; so a too long message gets an ack."""


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

    manager: Hub
    eio: EngineServer

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
        self._lifecycle = ConnectionLifecycle(self.manager, limits)
        self._receiver = PacketReceiver(self.eio, self.manager, self._lifecycle, self.namespaces)
        # instead of the library's handlers, which are coroutines
        self.eio.on("connect", self._lifecycle.expect_join)
        self.eio.on("message", self._receiver.receive)
        self.eio.on("disconnect", self._lifecycle.remove_all)

    @property
    def connection_handler(self) -> ConnectionHandler:
        """Callbacks into the layer above, which authenticates connections and handles events."""
        return self._lifecycle.handler

    @connection_handler.setter
    def connection_handler(self, handler: ConnectionHandler) -> None:
        self._lifecycle.handler = handler

    @property
    def load_shedder(self) -> LoadShedder:
        """Admission control of received events."""
        return self._receiver.load_shedder

    @load_shedder.setter
    def load_shedder(self, load_shedder: LoadShedder) -> None:
        self._receiver.load_shedder = load_shedder

    @property
    def task_count(self) -> int:
        """Number of tasks that handle received packets; zero after `drain`."""
        return self._receiver.task_count

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
        self.manager.put(connection, packets.event(connection.namespace, event, *arguments))

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
                self._lifecycle.remove(session, connection, intentional=True)
                connection.session_id = ""
                sessions.add(session)
        for session in sessions:
            self._lifecycle.remove_all(session)  # disconnects the client in its other namespaces, too
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
        """Reject new connections and events, and finish received events; takes up to `DRAIN_TIMEOUT` seconds.

        The HTTP server must still be running, because polling clients fetch their acks by requests.
        """
        self.eio.draining = True
        await self._receiver.drain()

    @staticmethod
    def _check_room_key(room: str) -> None:
        if not isinstance(room, str) or ":" not in room:  # python-socketio may treat other values as all connections
            raise ValueError(f"not a room's key: {room!r}")

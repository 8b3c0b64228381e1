"""Hub: registry of connections and rooms in each namespace, and fan-out of events without a task per recipient."""

from collections.abc import Iterable, Iterator
from typing import Any

import socketio

from domain.connections import Connection, ConnectionId
from socket_engine import packets
from socket_engine.engine_session import EngineSession
from socket_engine.packets import OutgoingPacket
from socket_engine.send_queue import SendQueue

RoomSubscribers = dict[str, dict[ConnectionId, SendQueue]]


class Hub(socketio.AsyncManager):
    """python-socketio's manager with its own registry of rooms.

    The library's `emit` creates a task for each recipient, and it searches all rooms for each client that disconnects.
    A manager for several processes derives from the library's one and from this class, in that order: it passes the
    events that it receives from other processes to `super().emit`, which is the method here.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connections: dict[ConnectionId, tuple[Connection, EngineSession]] = {}
        self.subscribers: dict[str, RoomSubscribers] = {}
        self._rooms_of: dict[ConnectionId, list[str]] = {}

    # Connections

    def add(self, connection: Connection, session: EngineSession) -> None:
        """Register a connection, which is in no room."""
        self.connections[connection.id] = connection, session
        self._rooms_of[connection.id] = []

    def remove(self, connection: Connection) -> None:
        """Unregister a connection and remove it from all its rooms."""
        if self.connections.pop(connection.id, None) is not None:
            for room in self._rooms_of.pop(connection.id):
                self._unsubscribe(connection.id, connection.namespace, room)

    # Outgoing packets

    def put(self, connection: Connection, packet: OutgoingPacket) -> None:
        """Put a packet into the send queue of a connection; do nothing if it is disconnected."""
        found = self.connections.get(connection.id)
        if found is not None:
            found[1].send_queue.put(packet)

    def put_large(self, connection: Connection, packet: OutgoingPacket) -> bool:
        """Put a large packet like `put`; return False if the buffer budget has no capacity for it."""
        found = self.connections.get(connection.id)
        return found is None or found[1].send_queue.put_large(packet)

    def fan_out(
        self,
        packet: OutgoingPacket,
        namespace: str,
        room: str,
        *,
        skip: ConnectionId | None = None,
        deferrable: bool = False,
    ) -> None:
        """Put a packet into the send queue of every connection in `room` except `skip`, before the call returns.

        Args:
            packet: encoded once, for all recipients.
            namespace: namespace of the room.
            room: key of the room.
            skip: connection that does not receive the packet.
            deferrable: the packet may wait for others, to share a write with them (`SendQueue.put_deferred`).
        """
        inside = self.subscribers.get(namespace, {}).get(room)
        if inside is None:
            return
        for connection_id, outbox in inside.items():
            if connection_id != skip:
                (outbox.put_deferred if deferrable else outbox.put)(packet)

    def subscribers_of_any(self, namespace: str, rooms: Iterable[str]) -> dict[ConnectionId, SendQueue]:
        """Return the send queues of the connections in any of `rooms`, each once."""
        heard = self.subscribers.get(namespace, {})
        inside: dict[ConnectionId, SendQueue] = {}
        for room in rooms:
            if there := heard.get(room):
                inside.update(there)
        return inside

    @staticmethod
    def enqueue_all(inside: dict[ConnectionId, SendQueue], packet: OutgoingPacket, *, deferrable: bool) -> None:
        """Put a packet into each of these send queues, before the call returns."""
        for outbox in inside.values():
            (outbox.put_deferred if deferrable else outbox.put)(packet)

    # Called by python-socketio

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: str | None = None,
        skip_sid: ConnectionId | None = None,
        callback: Any = None,  # noqa: ARG002  # the server requests no acks
        to: str | None = None,
        **_: Any,
    ) -> None:
        """Send an event to all connections in a room of this process."""
        arguments = data if isinstance(data, tuple) else () if data is None else (data,)
        self.fan_out(packets.event(namespace, event, *arguments), namespace, to or room or "", skip=skip_sid)

    def get_participants(self, namespace: str, room: str) -> Iterator[tuple[ConnectionId, str]]:
        """Yield the connections in a room, each with the sid of its engine session."""
        for connection_id in list(self.subscribers.get(namespace, {}).get(room, ())):
            yield connection_id, self.connections[connection_id][1].sid

    def is_connected(self, sid: ConnectionId, namespace: str) -> bool:
        """Return True if the connection is registered in the namespace."""
        found = self.connections.get(sid)
        return found is not None and found[0].namespace == namespace

    def basic_enter_room(self, sid: ConnectionId, namespace: str, room: str, eio_sid: str | None = None) -> None:  # noqa: ARG002  # the library's signature
        """Add a connection to a room; do nothing if it is not registered."""
        if not self.is_connected(sid, namespace):
            return
        inside = self.subscribers.setdefault(namespace, {}).setdefault(room, {})
        if sid not in inside:
            inside[sid] = self.connections[sid][1].send_queue
            self._rooms_of[sid].append(room)

    def basic_leave_room(self, sid: ConnectionId, namespace: str, room: str) -> None:
        """Remove a connection from a room."""
        rooms = self._rooms_of.get(sid, ())
        if room in rooms and self.is_connected(sid, namespace):
            self._rooms_of[sid].remove(room)
            self._unsubscribe(sid, namespace, room)

    def basic_close_room(self, room: str, namespace: str) -> None:
        """Remove all connections from a room."""
        for connection_id, _ in self.get_participants(namespace, room):
            self.basic_leave_room(connection_id, namespace, room)

    def basic_disconnect(self, sid: ConnectionId, namespace: str, **_: Any) -> None:  # noqa: ARG002  # the library's signature
        """Unregister a connection."""
        if (found := self.connections.get(sid)) is not None:
            self.remove(found[0])

    def _unsubscribe(self, connection_id: ConnectionId, namespace: str, room: str) -> None:
        rooms = self.subscribers[namespace]
        del rooms[room][connection_id]
        if not rooms[room]:
            del rooms[room]

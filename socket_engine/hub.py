"""Who hears what: the rooms of every namespace, and how an event reaches all in one without a task for each."""

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
    """python-socketio's manager, with rooms of our own.

    The library's `emit` makes a task for each recipient, and its rooms are searched one by one for each client that
    goes. A manager that speaks to other processes derives from the library's and from this one, in that order: what
    it hears from them it passes on to `super().emit`, which is the one here.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connections: dict[ConnectionId, tuple[Connection, EngineSession]] = {}
        self.subscribers: dict[str, RoomSubscribers] = {}
        self._rooms_of: dict[ConnectionId, list[str]] = {}

    # Who is there

    def add(self, connection: Connection, session: EngineSession) -> None:
        """Have a connection be there, in no room."""
        self.connections[connection.id] = connection, session
        self._rooms_of[connection.id] = []

    def remove(self, connection: Connection) -> None:
        """Have a connection leave all its rooms and be gone."""
        if self.connections.pop(connection.id, None) is not None:
            for room in self._rooms_of.pop(connection.id):
                self._unsubscribe(connection.id, connection.namespace, room)

    def fan_out(
        self,
        packet: OutgoingPacket,
        namespace: str,
        room: str,
        *,
        skip: ConnectionId | None = None,
        deferrable: bool = False,
    ) -> None:
        """Put a packet into the outbox of everybody in `room` but `skip`, before the call returns."""
        inside = self.subscribers.get(namespace, {}).get(room)
        if inside is None:
            return
        for connection_id, outbox in inside.items():
            if connection_id != skip:
                (outbox.put_deferred if deferrable else outbox.put)(packet)

    def subscribers_of_any(self, namespace: str, rooms: Iterable[str]) -> dict[ConnectionId, SendQueue]:
        """Return who is in any of `rooms`, each once."""
        heard = self.subscribers.get(namespace, {})
        inside: dict[ConnectionId, SendQueue] = {}
        for room in rooms:
            if there := heard.get(room):
                inside.update(there)
        return inside

    @staticmethod
    def enqueue_all(inside: dict[ConnectionId, SendQueue], packet: OutgoingPacket, *, deferrable: bool) -> None:
        """Put a packet into these outboxes, before the call returns."""
        for outbox in inside.values():
            (outbox.put_deferred if deferrable else outbox.put)(packet)

    # What the library calls

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: str | None = None,
        skip_sid: ConnectionId | None = None,
        callback: Any = None,  # noqa: ARG002  # we ask for no acks
        to: str | None = None,
        **_: Any,
    ) -> None:
        """Send an event to everybody in a room of this process."""
        arguments = data if isinstance(data, tuple) else () if data is None else (data,)
        self.fan_out(packets.event(namespace, event, *arguments), namespace, to or room or "", skip=skip_sid)

    def get_participants(self, namespace: str, room: str) -> Iterator[tuple[ConnectionId, str]]:
        """Return who is in a room, and by which session."""
        for connection_id in list(self.subscribers.get(namespace, {}).get(room, ())):
            yield connection_id, self.connections[connection_id][1].sid

    def is_connected(self, sid: ConnectionId, namespace: str) -> bool:
        """Say whether a connection is there."""
        found = self.connections.get(sid)
        return found is not None and found[0].namespace == namespace

    def basic_enter_room(self, sid: ConnectionId, namespace: str, room: str, eio_sid: str | None = None) -> None:  # noqa: ARG002  # the library's signature
        """Have a connection that is there hear what is said in a room."""
        if not self.is_connected(sid, namespace):
            return
        inside = self.subscribers.setdefault(namespace, {}).setdefault(room, {})
        if sid not in inside:
            inside[sid] = self.connections[sid][1].send_queue
            self._rooms_of[sid].append(room)

    def basic_leave_room(self, sid: ConnectionId, namespace: str, room: str) -> None:
        """Have a connection no longer hear what is said in a room."""
        rooms = self._rooms_of.get(sid, ())
        if room in rooms and self.is_connected(sid, namespace):
            self._rooms_of[sid].remove(room)
            self._unsubscribe(sid, namespace, room)

    def basic_close_room(self, room: str, namespace: str) -> None:
        """Have everybody leave a room."""
        for connection_id, _ in self.get_participants(namespace, room):
            self.basic_leave_room(connection_id, namespace, room)

    def basic_disconnect(self, sid: ConnectionId, namespace: str, **_: Any) -> None:  # noqa: ARG002  # the library's signature
        """Have a connection be gone."""
        if (found := self.connections.get(sid)) is not None:
            self.remove(found[0])

    def _unsubscribe(self, connection_id: ConnectionId, namespace: str, room: str) -> None:
        rooms = self.subscribers[namespace]
        del rooms[room][connection_id]
        if not rooms[room]:
            del rooms[room]

"""The Socket.IO server: who comes in, what comes in, what goes out."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import socketio
from aiohttp import web
from engineio import packet as engine_packet

from connection import AUTHENTICATION_FAILED, Connection, ConnectionId, Gate, Refused
from errors import AppError, InternalError, InvalidJson, RateLimited
from models import UserId
from socket_engine.outbox import frame
from socket_engine.packets import ACK, CONNECT, CONNECT_ERROR, DISCONNECT, EVENT, BadPacket, TextPacket
from socket_engine.transport import Bounds, Transport

log = logging.getLogger(__name__)
_library_log = logging.getLogger("socket_engine.library")
_library_log.addFilter(lambda record: record.levelno >= logging.ERROR)  # below, it repeats tokens and session ids

ADMIT_DEADLINE = 5.0
"""Seconds in which the gate must have decided about a client."""
CLOSE_DEADLINE = 1.0
"""Seconds that events which had come in get to finish when the server goes away."""
MAX_WAITING = 256
"""Events of one client that may wait for the one before; those beyond are refused at once."""
MAX_PAYLOAD = 1_000_000
"""Bytes in one packet or polling body, as in the reference server: a message that is too long still gets an answer."""


class _Event(NamedTuple):
    connection: Connection
    ack_id: int | None
    name: str
    arguments: Sequence[Any] | AppError


class SocketServer(socketio.AsyncServer):
    """python-socketio's server behind a gate.

    Everything that goes out is put into the recipients' queues before the call returns: what is said
    first is heard first, and nothing is awaited between a change and its announcement.

    Args:
        namespaces: the namespaces that exist; every one of them is behind the gate.
        origins: the origins that browsers may come from beside the server's own; ["*"] for any.
        bounds: what connections may cost.
        address: says where a request comes from.
    """

    gate: Gate

    def __init__(
        self,
        namespaces: Iterable[str],
        origins: Sequence[str],
        bounds: Bounds,
        address: Callable[[web.Request], str],
    ) -> None:
        super().__init__(
            async_mode="aiohttp",
            namespaces=list(namespaces),
            cors_allowed_origins=_allowed(origins),
            max_http_buffer_size=MAX_PAYLOAD,
            logger=_library_log,
            engineio_logger=_library_log,
            bounds=bounds,
            address=address,
        )
        self.packet_class = TextPacket
        self._bounds = bounds
        self._connections: dict[ConnectionId, Connection] = {}
        self._of_user: Counter[tuple[str, UserId]] = Counter()
        self._inboxes: dict[str, deque[_Event]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

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
        inside = self.manager.rooms.get(namespace, {}).get(room)
        if inside is None:
            return
        packet = _message(TextPacket(EVENT, [event, *arguments], namespace))
        data, sockets = frame(packet), self.eio.sockets
        for connection_id, transport_id in inside.items():
            socket = sockets.get(transport_id)
            if connection_id == skip or socket is None or socket.closing:
                continue
            outbox = socket.queue
            if outbox.is_direct:
                (outbox.send_later if can_wait else outbox.send)(data)
            else:
                self._put(transport_id, packet)

    def send(self, connection: Connection, event: str, *arguments: Any) -> None:
        """Send an event to one connection."""
        self._put(connection.transport_id, _message(TextPacket(EVENT, [event, *arguments], connection.namespace)))

    def enter(self, connection: Connection, room: str) -> None:
        """Have a connection that is alive hear what is published in `room`; one that is gone stays outside."""
        self._check_room(room)
        if connection.alive:
            self.manager.basic_enter_room(connection.id, connection.namespace, room)

    def leave(self, connection_id: ConnectionId, namespace: str, room: str) -> None:
        """Have a connection no longer hear what is published in `room`."""
        self.manager.basic_leave_room(connection_id, namespace, room)

    def empty(self, namespace: str, room: str) -> None:
        """Have everybody leave `room`."""
        self.manager.basic_close_room(room, namespace)

    def disconnect_all(self, room: str) -> None:
        """Put every connection in `room`, in whatever namespace, out, and close what carried it."""
        self._check_room(room)
        for namespace in self.namespaces:
            for connection_id, _ in list(self.manager.get_participants(namespace, room)):
                self._put_out(self._connections[connection_id])

    async def close(self) -> None:
        """Close all connections, as the server is going away, and finish the events that had come in."""
        await self.eio.close_all()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=CLOSE_DEADLINE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self.eio.shutdown()

    def _put_out(self, connection: Connection) -> None:
        self._put(connection.transport_id, _message(TextPacket(DISCONNECT, namespace=connection.namespace)))
        self._forget(connection.transport_id, connection.namespace)
        self._spawn(self.eio.close(connection.transport_id))

    def _put(self, transport_id: str, packet: engine_packet.Packet) -> None:
        if self.eio.is_open(transport_id):
            outbox = self.eio.sockets[transport_id].queue
            outbox.put_nowait(packet)
            if outbox.is_full:
                self._spawn(self.eio.close(transport_id))

    @staticmethod
    def _check_room(room: str) -> None:
        if not isinstance(room, str) or ":" not in room:  # anything else the library may take for everybody
            raise ValueError(f"not a room's key: {room!r}")

    # Who comes in

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:  # noqa: ARG002  # the library's signature
        self._expect_join(eio_sid)  # the library would keep the request, headers and all, as long as the connection

    def _expect_join(self, transport_id: str) -> None:
        asyncio.get_running_loop().call_later(self._bounds.join_deadline, self._close_if_outside, transport_id)

    def _close_if_outside(self, transport_id: str) -> None:
        if self.eio.is_open(transport_id) and not any(
            self.manager.is_connected(self.manager.sid_from_eio_sid(transport_id, namespace), namespace)
            for namespace in self.namespaces
        ):
            log.info("closing a connection that joined no namespace in %.0f s", self._bounds.join_deadline)
            self._spawn(self.eio.close(transport_id))

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        namespace = namespace or "/"
        if namespace not in self.namespaces:  # the reference server says this, and no more
            self._put(eio_sid, _message(TextPacket(CONNECT_ERROR, {"message": "Invalid namespace"}, namespace)))
            return
        connection_id = await self.manager.pre_connect(eio_sid, namespace)
        if connection_id is None:  # in it already
            self._refuse(eio_sid, namespace, Refused("Unable to connect", "invalid_namespace"))
            return
        connection = Connection(connection_id, eio_sid, namespace)
        refused = None
        try:
            async with asyncio.timeout(ADMIT_DEADLINE):
                await self.gate.admit(connection, None if isinstance(data, InvalidJson) else data)
        except Refused as reason:
            refused = reason
        except (Exception, asyncio.CancelledError):  # whatever it was, the client must not stay half inside
            if (task := asyncio.current_task()) is not None and task.cancelling():
                self.manager.basic_disconnect(connection_id, namespace)
                raise
            log.exception("the gate failed")
            refused = Refused(AUTHENTICATION_FAILED, "internal_error")
        if not self.manager.is_pre_connected(connection_id, namespace):  # it has gone while the gate decided
            return
        whose = namespace, connection.user_id
        if refused is None and self._of_user[whose] >= self._bounds.connections_per_user:
            refused = Refused("Too many connections", "too_many_connections")
        if refused is not None:
            self.manager.basic_disconnect(connection_id, namespace)
            self._refuse(eio_sid, namespace, refused)
            return
        await self.manager.connect(connection_id, namespace)
        self._connections[connection_id] = connection
        self._of_user[whose] += 1
        self._put(eio_sid, _message(TextPacket(CONNECT, {"sid": connection_id}, namespace)))
        self.gate.opened(connection)

    def _refuse(self, transport_id: str, namespace: str, reason: Refused) -> None:
        data = {"message": reason.message, "data": {"code": reason.code}}
        self._put(transport_id, _message(TextPacket(CONNECT_ERROR, data, namespace)))

    async def _handle_disconnect(self, eio_sid: str, namespace: str | None, reason: str | None = None) -> None:  # noqa: ARG002  # the library's signature
        self._forget(eio_sid, namespace or "/")

    def _forget(self, transport_id: str, namespace: str) -> None:
        connection_id = self.manager.sid_from_eio_sid(transport_id, namespace)
        if connection_id is None:
            return
        self.manager.basic_disconnect(connection_id, namespace)
        connection = self._connections.pop(connection_id, None)
        if connection is not None:
            whose = namespace, connection.user_id
            self._of_user[whose] -= 1
            if not self._of_user[whose]:
                del self._of_user[whose]
            connection.alive = False
            self.gate.closed(connection)

    # What comes in

    async def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        if not self.eio.is_open(eio_sid):  # closed by what came just before in the same body
            return
        try:
            packet = TextPacket.read(data)
            if packet.packet_type == CONNECT:
                await self._handle_connect(eio_sid, packet.namespace, packet.data)
            elif packet.packet_type == DISCONNECT:
                self._forget(eio_sid, packet.namespace or "/")
                self._expect_join(eio_sid)
            elif packet.packet_type == EVENT:
                self._take(eio_sid, packet)
            # an ACK answers nothing: we ask for none
        except BadPacket as reason:
            log.warning("closing a connection: %.200r", str(reason))
            await self.eio.close(eio_sid)

    def _take(self, transport_id: str, packet: TextPacket) -> None:
        connection_id = self.manager.sid_from_eio_sid(transport_id, packet.namespace or "/")
        connection = self._connections.get(connection_id)
        if connection is None:
            raise BadPacket("an event for a namespace that the client is not in")
        unreadable = isinstance(packet.data, InvalidJson)
        name, arguments = ("", packet.data) if unreadable else (packet.data[0], packet.data[1:])
        event = _Event(connection, packet.id, name, arguments)
        inbox = self._inboxes.get(transport_id)
        if inbox is None:
            inbox = self._inboxes[transport_id] = deque()
            inbox.append(event)
            self._spawn(self._work_off(transport_id, inbox))
        elif len(inbox) < MAX_WAITING:
            inbox.append(event)
        else:
            self._spawn(self._answer(event._replace(arguments=RateLimited(1))))

    async def _work_off(self, transport_id: str, inbox: deque[_Event]) -> None:
        """Handle a client's events one after the other, while its reader goes on answering pings."""
        try:
            while inbox:
                try:
                    await self._answer(inbox[0])
                except Exception:  # the client waits for an answer, and for those to what it sent next
                    log.exception("an event could not be answered")
                    await self._answer(inbox[0]._replace(arguments=InternalError()))
                inbox.popleft()
        finally:
            del self._inboxes[transport_id]

    async def _answer(self, event: _Event) -> None:
        connection, wants_ack = event.connection, event.ack_id is not None
        answer = await self.gate.receive(connection, event.name, event.arguments, wants_ack=wants_ack)
        if wants_ack:
            packet = TextPacket(ACK, [answer], connection.namespace, event.ack_id)
            self._put(connection.transport_id, _message(packet))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a task failed", exc_info=error)


def _message(packet: TextPacket) -> engine_packet.Packet:
    return engine_packet.Packet(engine_packet.MESSAGE, packet.encode())


def _allowed(origins: Sequence[str]) -> str | Callable[[str, Mapping[str, str]], bool]:
    """Return the check of a browser's origin: one of `origins`, or the host that was asked.

    The library's own check believes whatever host a client forwards.
    """
    if "*" in origins:
        return "*"

    def check(origin: str, environ: Mapping[str, str]) -> bool:
        host = environ.get("HTTP_HOST", "")
        return origin in origins or origin in (f"http://{host}", f"https://{host}")

    return check

"""Lifecycle of connections: authentication, limit per user, join deadline, and removal."""

import asyncio
import logging
from collections import Counter
from typing import Any

from domain.base import UserId
from domain.connections import ConnectAck, ConnectError, Connection, ConnectionHandler
from domain.errors.base import InvalidJson
from socket_engine import packets
from socket_engine.engine_server import SocketLimits
from socket_engine.engine_session import EngineSession
from socket_engine.hub import Hub

log = logging.getLogger(__name__)

AUTHENTICATE_TIMEOUT = 5.0
"""Timeout in seconds for the authentication of a connection."""


class ConnectionLifecycle:
    """Connects clients to namespaces and disconnects them; counts the connections of each user.

    Args:
        hub: registry of connections.
        limits: its `connections_per_user` in each namespace, and its `join_deadline`.
    """

    handler: ConnectionHandler
    """Callbacks into the layer above the socket engine; set before the first session."""

    def __init__(self, hub: Hub, limits: SocketLimits) -> None:
        self._hub = hub
        self._limits = limits
        self._connections_per_user: Counter[tuple[str, UserId]] = Counter()

    def expect_join(self, session: EngineSession) -> None:
        """Close the session after `join_deadline` seconds if it is in no namespace then."""
        asyncio.get_running_loop().call_later(self._limits.join_deadline, self._close_if_not_joined, session)

    def _close_if_not_joined(self, session: EngineSession) -> None:
        if not session.closed and not any(connection.alive for connection in session.connections.values()):
            log.info("closing a connection that joined no namespace in %.0f s", self._limits.join_deadline)
            session.close()

    async def authenticate(self, session: EngineSession, connection: Connection, auth: Any) -> bool:
        """Authenticate a connection, send the result to the client, and return True if it is connected."""
        outcome: ConnectAck | ConnectError
        try:
            async with asyncio.timeout(AUTHENTICATE_TIMEOUT):
                outcome = await self.handler.authenticate(connection, None if isinstance(auth, InvalidJson) else auth)
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
            self.reject(session, namespace, outcome)
            return False
        connection.alive = True
        self._hub.add(connection, session)
        self._connections_per_user[whose] += 1
        if session.send_queue.buffered is not None:
            session.send_queue.buffered.assign_user(connection.user_id)
        session.send_queue.put(packets.connected(namespace, outcome))
        self.handler.on_connected(connection)
        return True

    @staticmethod
    def reject(session: EngineSession, namespace: str, reason: ConnectError) -> None:
        """Send the reason for rejecting a connection to the client."""
        session.send_queue.put(packets.connect_error(namespace, reason.message, {"code": reason.code}))

    def remove_all(self, session: EngineSession) -> None:
        """Remove all connections of a session that has ended."""
        for connection in list(session.connections.values()):
            connection.may_return = session.may_return
            connection.last_packet_at = session.silent_since
            self.remove(session, connection, intentional=session.intentional)

    def remove(self, session: EngineSession, connection: Connection, *, intentional: bool) -> None:
        """Remove a connection; `intentional` if the client or the server ended it, not if it was lost."""
        connection.intentional = intentional
        del session.connections[connection.namespace]
        if connection.alive:
            self._hub.remove(connection)
            whose = connection.namespace, connection.user_id
            self._connections_per_user[whose] -= 1
            if not self._connections_per_user[whose]:
                del self._connections_per_user[whose]
            connection.alive = False
            self.handler.on_disconnected(connection)

"""Which requests make no sense, and how they are refused: with the reference server's numbers and words."""

from typing import NamedTuple

from aiohttp import hdrs, web

from runtime import json_codec
from socket_engine import websocket
from socket_engine.engine_session import EngineSession

TRANSPORTS = ("polling", "websocket")


class HandshakeError(NamedTuple):
    """Why a request is refused: a number for programs, and words."""

    code: int
    message: str

    def as_json(self) -> str:
        """Return what the answer says."""
        return json_codec.dumps({"code": self.code, "message": self.message}).decode()


UNKNOWN_TRANSPORT = HandshakeError(0, "Transport unknown")
UNKNOWN_SESSION = HandshakeError(1, "Session ID unknown")
BAD_HANDSHAKE_METHOD = HandshakeError(2, "Bad handshake method")
BAD_REQUEST = HandshakeError(3, "Bad request")
TOO_MANY_CONNECTIONS = HandshakeError(4, "Too many connections from this address")
GOING_AWAY = HandshakeError(3, "The server is going away: try again shortly")
UNSUPPORTED_VERSION = HandshakeError(5, "Unsupported protocol version")


def find_error(request: web.Request, session: EngineSession | None) -> HandshakeError | None:
    """Return why a request is refused; None where it makes sense.

    Args:
        session: the one that it names, if there is one of that name.
    """
    if request.query.get("transport") not in TRANSPORTS:
        return UNKNOWN_TRANSPORT
    if request.method == hdrs.METH_OPTIONS:
        return None
    reason = _session_error(request, session) if "sid" in request.query else _open_error(request)
    return reason or _method_error(request)


def _session_error(request: web.Request, session: EngineSession | None) -> HandshakeError | None:
    if session is None or (session.closed and not _is_last_post(request, session)):
        return UNKNOWN_SESSION
    is_second = session.upgrade is not None and request.query["transport"] == "websocket"
    return BAD_REQUEST if session.web_socket is not None or is_second else None  # it is in one place


def _is_last_post(request: web.Request, session: EngineSession) -> bool:
    """Return True for a POST of an evicted client: refused, it would report a transport error, not a disconnect."""
    return session.evicted and request.method == hdrs.METH_POST and request.query["transport"] == "polling"


def _open_error(request: web.Request) -> HandshakeError | None:
    if request.method != hdrs.METH_GET:
        return BAD_HANDSHAKE_METHOD
    return None if request.query.get("EIO") == "4" else UNSUPPORTED_VERSION


def _method_error(request: web.Request) -> HandshakeError | None:
    if request.method not in (hdrs.METH_GET, hdrs.METH_POST) or "j" in request.query:  # JSONP is not spoken here
        return BAD_REQUEST
    wants_websocket = request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"
    if wants_websocket != (request.query["transport"] == "websocket"):
        return BAD_REQUEST
    return None if not wants_websocket or websocket.is_handshake(request) else BAD_REQUEST

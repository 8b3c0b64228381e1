"""Validation of Engine.IO requests, with the error codes and messages of the reference server."""

from typing import NamedTuple

from aiohttp import hdrs, web

from runtime import json_codec
from socket_engine import websocket
from socket_engine.engine_session import EngineSession

TRANSPORTS = ("polling", "websocket")


class HandshakeError(NamedTuple):
    """Reason for rejecting a request: a code for programs, and a message."""

    code: int
    message: str

    def as_json(self) -> str:
        """Return the JSON body of the response."""
        return json_codec.dumps({"code": self.code, "message": self.message}).decode()


UNKNOWN_TRANSPORT = HandshakeError(0, "Transport unknown")
UNKNOWN_SESSION = HandshakeError(1, "Session ID unknown")
BAD_HANDSHAKE_METHOD = HandshakeError(2, "Bad handshake method")
BAD_REQUEST = HandshakeError(3, "Bad request")
TOO_MANY_CONNECTIONS = HandshakeError(4, "Too many connections from this address")
GOING_AWAY = HandshakeError(3, "The server is going away: try again shortly")
UNSUPPORTED_VERSION = HandshakeError(5, "Unsupported protocol version")


def find_error(request: web.Request, session: EngineSession | None) -> HandshakeError | None:
    """Return the reason for rejecting a request; None if it is valid.

    Args:
        request: request to the Engine.IO endpoint.
        session: session with the request's `sid`; None if there is none.
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
    return BAD_REQUEST if session.web_socket is not None or is_second else None  # a session has one transport


def _is_last_post(request: web.Request, session: EngineSession) -> bool:
    """Return True for a POST of an evicted client; if rejected, it would report a transport error, not a disconnect."""
    return session.evicted and request.method == hdrs.METH_POST and request.query["transport"] == "polling"


def _open_error(request: web.Request) -> HandshakeError | None:
    if request.method != hdrs.METH_GET:
        return BAD_HANDSHAKE_METHOD
    return None if request.query.get("EIO") == "4" else UNSUPPORTED_VERSION


def _method_error(request: web.Request) -> HandshakeError | None:
    if request.method not in (hdrs.METH_GET, hdrs.METH_POST) or "j" in request.query:  # "j": JSONP is not supported
        return BAD_REQUEST
    wants_websocket = request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"
    if wants_websocket != (request.query["transport"] == "websocket"):
        return BAD_REQUEST
    return None if not wants_websocket or websocket.is_handshake(request) else BAD_REQUEST

"""Which requests make no sense, and how they are refused: with the reference server's numbers and words."""

from typing import NamedTuple

from aiohttp import hdrs, web

from runtime import json_codec
from socket_engine import websocket
from socket_engine.engine_session import Session

TRANSPORTS = ("polling", "websocket")


class Refusal(NamedTuple):
    """Why a request is refused: a number for programs, and words."""

    code: int
    message: str

    def as_json(self) -> str:
        """Return what the answer says."""
        return json_codec.dumps({"code": self.code, "message": self.message}).decode()


UNKNOWN_TRANSPORT = Refusal(0, "Transport unknown")
UNKNOWN_SESSION = Refusal(1, "Session ID unknown")
BAD_HANDSHAKE_METHOD = Refusal(2, "Bad handshake method")
BAD_REQUEST = Refusal(3, "Bad request")
TOO_MANY_CONNECTIONS = Refusal(4, "Too many connections from this address")
GOING_AWAY = Refusal(3, "The server is going away: try again shortly")
UNSUPPORTED_VERSION = Refusal(5, "Unsupported protocol version")


def refusal(request: web.Request, session: Session | None) -> Refusal | None:
    """Return why a request is refused; None where it makes sense.

    Args:
        session: the one that it names, if there is one of that name.
    """
    if request.query.get("transport") not in TRANSPORTS:
        return UNKNOWN_TRANSPORT
    if request.method == hdrs.METH_OPTIONS:
        return None
    reason = _of_session(request, session) if "sid" in request.query else _of_handshake(request)
    return reason or _of_any(request)


def _of_session(request: web.Request, session: Session | None) -> Refusal | None:
    if session is None or (session.closed and not _may_still_say(request, session)):
        return UNKNOWN_SESSION
    is_second = session.upgrade is not None and request.query["transport"] == "websocket"
    return BAD_REQUEST if session.web_socket is not None or is_second else None  # it is in one place


def _may_still_say(request: web.Request, session: Session) -> bool:
    """Return True for a POST of an evicted client: refused, it would report a transport error, not a disconnect."""
    return session.evicted and request.method == hdrs.METH_POST and request.query["transport"] == "polling"


def _of_handshake(request: web.Request) -> Refusal | None:
    if request.method != hdrs.METH_GET:
        return BAD_HANDSHAKE_METHOD
    return None if request.query.get("EIO") == "4" else UNSUPPORTED_VERSION


def _of_any(request: web.Request) -> Refusal | None:
    if request.method not in (hdrs.METH_GET, hdrs.METH_POST) or "j" in request.query:  # JSONP is not spoken here
        return BAD_REQUEST
    wants_websocket = request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"
    if wants_websocket != (request.query["transport"] == "websocket"):
        return BAD_REQUEST
    return None if not wants_websocket or websocket.can_begin(request) else BAD_REQUEST

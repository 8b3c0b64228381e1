"""AsyncAPI 3.0 document of the Socket.IO events, generated from the tables of events and their types."""

from collections.abc import Iterable, Mapping
from typing import Any

from api_docs.schemas import Schema, Schemas, first_sentence
from domain.connections import CHAT, CONNECT_ERRORS, PERSONAL, ConnectAck
from domain.errors.accounts import NotSignedIn
from domain.errors.base import AppError, InternalError, InvalidInput, InvalidJson, RateLimited
from domain.errors.rooms import RoomNotFound
from domain.errors.storage import StorageUnavailable
from domain.event_types import ServerEvent
from domain.events import SERVER_EVENTS
from domain.presence import RoomUser
from socket_events import EVENTS
from socket_events.routing import Ack, Event, FailedAck

ABOUT = """\
Socket.IO events: protocol 5 over Engine.IO 4, at `/socket.io` on the HTTP port, by WebSocket and by polling. All other
requests are HTTP (`/api/openapi.json`).

A channel is a namespace, and an operation is an event. The payload is the list of the event's arguments, as they follow
the name on the wire. A client may request an ack for each event that it sends: the server answers within 5 s with one
of the replies. Without an ack, a failure is sent as the event `error`. The events of one client are handled in the
order sent."""

CHANNELS = {"chat": CHAT, "personal": PERSONAL}
_ABOUT_CHANNELS = {
    "chat": "Rooms: messages and presence.",
    "personal": "Notifications of one user. Clients receive events here and send none.",
}


def failures(event: Event) -> list[type[AppError]]:
    """Return the errors of an event, sorted by code: declared, implied by its payload, and common to all events."""
    found: set[type[AppError]] = {*event.errors, InvalidInput, InvalidJson, NotSignedIn, RateLimited}
    found |= {InternalError, StorageUnavailable}
    if "room_id" in event.payload_type.__struct_fields__:
        found.add(RoomNotFound)
    return sorted(found, key=lambda error: error.code)


def document(version: str, base: str) -> Schema:
    """Return the AsyncAPI document of version `version` of the server; `base` is its base path, or ""."""
    sent = [shape for event in EVENTS.values() for shape in (event.payload_type, event.ack_type)]
    received = [shape for event in SERVER_EVENTS for shape in event.argument_types()]
    schemas = Schemas([*sent, *received, RoomUser, Ack, FailedAck, ConnectAck])
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Studyhall", "version": version, "description": ABOUT},
        "defaultContentType": "application/json",
        "servers": {
            "here": {
                "host": "{host}",
                "pathname": f"{base}/socket.io",
                "protocol": "ws",
                "variables": {"host": {"default": "localhost:5000", "description": "Host and port of this server"}},
                "security": [{"$ref": "#/components/securitySchemes/token"}],
            }
        },
        "channels": {name: _channel(name, schemas) for name in CHANNELS},
        "operations": {**_connecting(), **_receiving(), **_sending()},
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "Sent as `auth: {token}` when connecting to a namespace.",
                }
            },
        },
    }


# Channels and their messages


def _channel(name: str, schemas: Schemas) -> Schema:
    messages = {"connect": _connect(), "connected": _connected(schemas), "connect_error": _connect_error()}
    if CHANNELS[name] == CHAT:
        for event, declared in EVENTS.items():
            messages |= {
                event: _request(event, declared, schemas),
                f"{event}.done": _message(f"{event}: done", declared.ack_type.__doc__, [schemas.of(declared.ack_type)]),
                f"{event}.failed": _failed(event, declared),
            }
    for server_event in SERVER_EVENTS:
        if CHANNELS[name] in server_event.NAMESPACES:
            arguments = [schemas.of(shape) for shape in server_event.argument_types()]
            about = f"{first_sentence(server_event)} To {server_event.RECIPIENTS}."
            messages[server_event.EVENT] = _message(server_event.EVENT, about, arguments)
    return {"address": CHANNELS[name], "description": _ABOUT_CHANNELS[name], "messages": messages}


def _message(name: str, about: str | None, arguments: list[Schema]) -> Schema:
    summary = " ".join((about or "").split())
    return {"name": name, "title": name, "summary": summary, "payload": _list(arguments)}


def _list(arguments: list[Schema]) -> Schema:
    return {"type": "array", "items": arguments, "minItems": len(arguments)}


def _request(name: str, event: Event, schemas: Schemas) -> Schema:
    argument = schemas.of(event.payload_type)
    examples = [[dict(event.payload_type.EXAMPLE)]]
    if event.is_room:
        argument = {"anyOf": [argument, {"type": "string", "format": "uuid"}]}
        examples.append([event.payload_type.EXAMPLE["roomId"]])
    message = _message(name, event.endpoint.__doc__, [argument])
    return {**message, "examples": [{"payload": example} for example in examples]}


def _failed(name: str, event: Event) -> Schema:
    errors = failures(event)
    codes = {"properties": {"error": {"properties": {"code": {"enum": [error.code for error in errors]}}}}}
    about = "; ".join(f"`{error.code}`: {first_sentence(error)}" for error in errors)
    return _message(f"{name}: failed", about, [{"allOf": [{"$ref": "#/components/schemas/FailedAck"}, codes]}])


# Connecting


def _connect() -> Schema:
    token = {"type": "object", "required": ["token"], "properties": {"token": {"type": "string"}}}
    about = "Connect to the namespace with an access token, within 10 s after opening the Engine.IO session."
    return {"name": "connect", "title": "connect", "summary": about, "payload": token}


def _connected(schemas: Schemas) -> Schema:
    about = "The client is connected. `sid` is the id of its connection; its token expires at `tokenExpires`."
    return {"name": "connected", "title": "connected", "summary": about, "payload": schemas.of(ConnectAck)}


def _connect_error() -> Schema:
    choices: list[Schema] = [_connect_failure(message, code) for code, message in CONNECT_ERRORS.items()]
    return {
        "name": "connect_error",
        "title": "connect_error",
        "summary": "The connection is rejected.",
        "payload": {"oneOf": [*choices, {"const": {"message": "Invalid namespace"}}]},
    }


def _connect_failure(message: str, code: str) -> Schema:
    data = {"type": "object", "required": ["code"], "properties": {"code": {"const": code}}}
    properties = {"message": {"const": message}, "data": data}
    return {"type": "object", "required": ["message", "data"], "properties": properties}


# Operations


def _operation(action: str, channel: str, message: str, about: str, replies: Iterable[str] = ()) -> Schema:
    of_channel = {"$ref": f"#/channels/{channel}"}
    operation: Schema = {
        "action": action,
        "channel": of_channel,
        "summary": " ".join(about.split()),
        "messages": [_in(channel, message)],
    }
    if replies:
        operation["reply"] = {"channel": of_channel, "messages": [_in(channel, reply) for reply in replies]}
    return operation


def _in(channel: str, message: str) -> Mapping[str, Any]:
    return {"$ref": f"#/channels/{channel}/messages/{message}"}


def _connecting() -> Schema:
    return {
        f"connect-{name}": _operation(
            "receive", name, "connect", "Connect to the namespace.", ("connected", "connect_error")
        )
        for name in CHANNELS
    }


def _receiving() -> Schema:
    return {
        name: _operation("receive", "chat", name, event.endpoint.__doc__ or "", (f"{name}.done", f"{name}.failed"))
        for name, event in EVENTS.items()
    }


def _sending() -> Schema:
    found = {}
    for event in SERVER_EVENTS:
        for channel in (name for name, namespace in CHANNELS.items() if namespace in event.NAMESPACES):
            found[_key(event, channel)] = _operation("send", channel, event.EVENT, first_sentence(event))
    return found


def _key(event: type[ServerEvent], channel: str) -> str:
    return event.EVENT if len(event.NAMESPACES) == 1 else f"{event.EVENT}-{channel}"

"""Parsing of requests and building of JSON responses."""

import asyncio
from typing import Any, TypeVar

from aiohttp import web

from domain.errors.base import BadRequest, InvalidJson, PayloadTooLarge, StalledBody, UnsupportedMediaType
from handlers.keys import CALLER, SERVICES
from runtime import json_codec

T = TypeVar("T")

MAX_BODY = 64 * 1024
"""Maximum size of a body in bytes."""
BODY_TIMEOUT = 10.0
"""Seconds within which a body must arrive."""


async def read_json(request: web.Request, shape: type[T]) -> T:
    """Return the request's JSON body as a `shape`.

    Raises:
        UnsupportedMediaType, PayloadTooLarge, StalledBody, BadRequest, NotSignedIn, InvalidJson, InvalidInput: in this
            order. The caller is authenticated again after the body has arrived: their permissions at that time count.
    """
    if request.content_type != "application/json":
        raise UnsupportedMediaType
    if (request.charset or "utf-8").lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType("The body must be application/json in UTF-8.")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("The body must not be compressed.")
    if (request.content_length or 0) > MAX_BODY:
        raise PayloadTooLarge
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            body = await request.read()
    except web.HTTPRequestEntityTooLarge:  # a chunked body exceeded the limit
        raise PayloadTooLarge from None
    except TimeoutError:
        raise StalledBody from None
    except web.RequestPayloadError:
        raise BadRequest("The body of the request could not be read as HTTP.") from None
    except ConnectionResetError:  # the connection was lost
        raise InvalidJson from None
    if (identity := request.get(CALLER)) is not None:
        request[CALLER] = await request.app[SERVICES].sessions.revalidate(identity)
    return json_codec.decode(body, shape)


def read_query(request: web.Request, shape: type[T]) -> T:
    """Return the request's query as a `shape`; an empty value counts as absent.

    Raises:
        InvalidInput: a value is invalid.
    """
    return json_codec.convert({name: value for name, value in request.query.items() if value}, shape, strict=False)


def data_response(data: Any, status: int = 200) -> web.Response:
    """Return a success with `data`."""
    return json_response({"success": True, "data": data}, status)


def json_response(body: Any, status: int = 200) -> web.Response:
    """Return `body` without an envelope."""
    return web.Response(body=json_codec.dumps(body), status=status, content_type="application/json")

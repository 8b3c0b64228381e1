"""Declaration of routes: one for aiohttp and the API documents.

A handler's signature declares the parameters and the response:

    async def change(services: Services, caller: Caller, room_id: RoomInPath, payload: RoomChange) -> RoomDetails:

A handler declares what it needs of `Services`, `Caller`, `ClientInfo` and `web.Request`, in this order; then the
parameters of the path, in their order there, then a `QueryParams`, then any other `Payload`. The caller is resolved
after the payload is valid. Only a handler that builds its response itself or reads a header needs the request.
The returned value is sent as `{"success": true, "data": …}`, or without the envelope if it has a field `success`
itself. Everything is looked up when the route is created, nothing when it is served; an invalid declaration fails at
startup.
"""

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import KW_ONLY, dataclass, field
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
from aiohttp import hdrs, web

from domain.accounts import Caller, ClientInfo
from domain.base import MessageId, Payload, QueryParams, Record, RoomId, Rule, UserId
from domain.errors.accounts import UserNotFound
from domain.errors.base import AppError
from domain.errors.messages import MessageNotFound
from domain.errors.rooms import RoomNotFound
from handlers.keys import ADDRESS, CALLER, SERVICES
from handlers.request import data_response, json_response, read_json, read_query
from services.container import Services
from text import normalise
from text.violations import InvalidText

Endpoint = Callable[..., Awaitable[Any]]
HttpHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class InPath(NamedTuple):
    """A parameter of a path: its name there, its rule, and the error of an invalid value."""

    name: str
    rule: Rule
    error: type[AppError]


# Resources in the paths of several modules.
RoomInPath = Annotated[RoomId, InPath("id", normalise.uuid, RoomNotFound)]
MemberInPath = Annotated[UserId, InPath("userId", normalise.uuid, UserNotFound)]
MessageInPath = Annotated[MessageId, InPath("messageId", normalise.uuid, MessageNotFound)]


class Media(NamedTuple):
    """Media type and schema of a response built by the handler: `Annotated[web.Response, Media("text/html", str)]`."""

    content_type: str
    shape: Any


class InvalidRoute(TypeError):
    """The declaration of a route is invalid: a bug in the server."""


def _services(request: web.Request) -> Services:
    return request.app[SERVICES]


def _caller(request: web.Request) -> Caller:
    """Return the authenticated user of the request, as of when its body was complete."""
    now = request[CALLER]
    return Caller(now.user, now.session_id, now.token_expires, now.revocation_count, request[ADDRESS])


def _client_info(request: web.Request) -> ClientInfo:
    """Return the client's program and address, as far as the request shows them."""
    return ClientInfo(normalise.user_agent(request.headers.get("User-Agent", "")), request[ADDRESS])


def _request(request: web.Request) -> web.Request:
    return request


_CONTEXT: dict[type[Any], Callable[[web.Request], Any]] = {
    Services: _services,
    Caller: _caller,
    ClientInfo: _client_info,
    web.Request: _request,
}
"""Types of leading parameters, in their order, and the source of each."""


@dataclass(frozen=True)
class Route(web.AbstractRouteDef):
    """A route: its path, handler and errors.

    Attributes:
        path: a template, `/api/study-rooms/{id}`.
        endpoint: the handler; its docstring describes the route.
        errors: errors, in addition to errors that follow from its shape.
        status: status of a success.
        accepted: type of a result that is answered with 202 instead, or None.
        context: types of the leading parameters, of `_CONTEXT`.
        path_params: parameters of the path, in its order.
        query: type of the query, or None.
        body: type of the body, or None.
        response_type: type of the response.
        media: media type instead of JSON, or None.
        handler: function that aiohttp calls.
    """

    method: str
    path: str
    endpoint: Endpoint
    errors: tuple[type[AppError], ...] = ()
    _: KW_ONLY
    status: int = 200
    accepted: type[Record] | None = None
    context: tuple[type[Any], ...] = field(init=False)
    path_params: tuple[InPath, ...] = field(init=False)
    query: type[QueryParams] | None = field(init=False)
    body: type[Payload] | None = field(init=False)
    response_type: Any = field(init=False)
    media: Media | None = field(init=False)
    handler: HttpHandler = field(init=False)

    def __post_init__(self) -> None:
        hints = get_type_hints(self.endpoint, include_extras=True)
        takes = [hints.get(name) for name in inspect.signature(self.endpoint).parameters]
        parts = tuple(note for hint in takes for note in _annotations_of(hint, InPath))
        query = next((hint for hint in takes if _is(hint, QueryParams)), None)
        body = next((hint for hint in takes if _is(hint, Payload) and not _is(hint, QueryParams)), None)
        inner = [get_args(hint)[0] for hint in takes if _annotations_of(hint, InPath)]
        context = tuple(source for source in _CONTEXT if source in takes)
        known = [*context, *inner, *filter(None, (query, body))]
        if [get_args(hint)[0] if _annotations_of(hint, InPath) else hint for hint in takes] != known:
            raise InvalidRoute(
                f"{self.name}: it takes services, caller, client, request, parts of the path, query and body, in order"
            )
        if [part.name for part in parts] != re.findall(r"{(\w+)}", self.path):
            raise InvalidRoute(f"{self.name}: its path names something else than {[part.name for part in parts]}")
        if "return" not in hints or not (self.endpoint.__doc__ or "").strip():
            raise InvalidRoute(f"{self.name}: it says not what it answers, or has no docstring")
        media = next(iter(_annotations_of(hints["return"], Media)), None)
        answers = media.shape if media else self._without_accepted(hints["return"])
        found = {
            "context": context,
            "path_params": parts,
            "query": query,
            "body": body,
            "response_type": answers,
            "media": media,
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "handler", self._create_handler())

    @property
    def name(self) -> str:
        """Display name: `GET /healthz`."""
        return f"{self.method} {self.path}"

    @property
    def is_wrapped(self) -> bool:
        """Return True if the response is wrapped in `data`."""
        return self.media is None and not (
            _is(self.response_type, msgspec.Struct) and "success" in self.response_type.__struct_encode_fields__
        )

    def register(self, router: web.UrlDispatcher) -> list[web.AbstractRoute]:
        """Add the route to aiohttp's router, one of PUT also as PATCH.

        A path with a fixed end that was added before, such as `/api/invites/lookup`, never matches
        `/api/invites/{code}`: its other methods answer 405, and its `Allow` has only its own methods.
        """
        parent, _, last = self.path.rpartition("/")
        any_id = r"{\1:[^/]+}"  # aiohttp's default does not match braces, but an id may contain some
        if "{" in last:
            last = re.sub(r"{(\w+)}", rf"{{\1:{_other_than_fixed(router, parent)}[^/]+}}", last)
        path = re.sub(r"{(\w+)}", any_id, parent + "/") + last
        if self.method == hdrs.METH_GET:
            return [router.add_get(path, self.handler)]  # also HEAD
        methods = [self.method, hdrs.METH_PATCH] if self.method == hdrs.METH_PUT else [self.method]
        return [router.add_route(method, path, self.handler) for method in methods]

    def _without_accepted(self, answers: Any) -> Any:
        """Return the type of the results that are answered with `status`."""
        if self.accepted is None:
            return answers
        found = [one for one in get_args(answers) if one is not self.accepted]
        if len(found) != 1 or len(get_args(answers)) == 1:
            raise InvalidRoute(f"{self.name}: it returns not one type beside {self.accepted.__name__}")
        return found[0]

    def _create_handler(self) -> HttpHandler:
        acts, parts, query, body, status = self.endpoint, self.path_params, self.query, self.body, self.status
        accepted = self.accepted
        sources = [_CONTEXT[wanted] for wanted in self.context]
        respond = _unchanged if self.media else data_response if self.is_wrapped else json_response

        async def served(request: web.Request) -> web.StreamResponse:
            said: list[Any] = []
            for name, rule, otherwise in parts:
                try:
                    said.append(rule(request.match_info[name]))
                except InvalidText:
                    raise otherwise from None
            if query is not None:
                said.append(read_query(request, query))
            if body is not None:
                said.append(await read_json(request, body))
            context = [source(request) for source in sources]
            answer = await acts(*context, *said)
            is_accepted = accepted is not None and isinstance(answer, accepted)
            return respond(answer, HTTPStatus.ACCEPTED if is_accepted else status)

        return served


def get(path: str, endpoint: Endpoint, *errors: type[AppError], status: int = 200) -> Route:
    """Return a route that reads."""
    return Route(hdrs.METH_GET, path, endpoint, errors, status=status)


def post(
    path: str, endpoint: Endpoint, *errors: type[AppError], status: int = 200, accepted: type[Record] | None = None
) -> Route:
    """Return a route that creates or performs an action."""
    return Route(hdrs.METH_POST, path, endpoint, errors, status=status, accepted=accepted)


def put(path: str, endpoint: Endpoint, *errors: type[AppError], status: int = 200) -> Route:
    """Return a route that changes the named fields. PATCH, which is not in the OpenAPI document, is the same."""
    return Route(hdrs.METH_PUT, path, endpoint, errors, status=status)


def delete(path: str, endpoint: Endpoint, *errors: type[AppError], status: int = 200) -> Route:
    """Return a route that deletes."""
    return Route(hdrs.METH_DELETE, path, endpoint, errors, status=status)


def _other_than_fixed(router: web.UrlDispatcher, parent: str) -> str:
    """Return a pattern that rejects the fixed paths directly below `parent` that the router has."""
    ends = [found.canonical.rpartition("/") for found in router.resources()]
    fixed = [re.escape(last) for above, _, last in ends if above == parent and "{" not in last]
    return f"(?!(?:{'|'.join(fixed)})$)" if fixed else ""


def _unchanged(response: web.StreamResponse, _: int) -> web.StreamResponse:
    return response


def _annotations_of(hint: Any, kind: type[Any]) -> list[Any]:
    return [note for note in get_args(hint) if isinstance(note, kind)] if get_origin(hint) is Annotated else []


def _is(hint: Any, kind: type[Any]) -> bool:
    return isinstance(hint, type) and issubclass(hint, kind)

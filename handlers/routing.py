"""What a route is: declared once, for what serves it and for what describes it.

A handler's signature says what the route takes and answers:

    async def change(request: web.Request, room_id: RoomInPath, wanted: RoomChange) -> RoomDetails:

After the request come the parts of the path, in their order there, then a `Query`, then any other `Body`. What is
returned is answered as `{"success": true, "data": …}`, or as it is where it has a field `success` itself. Everything
is looked up when the route is made, and nothing when it is served; what is declared wrongly stops the start.
"""

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import KW_ONLY, dataclass, field
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
from aiohttp import hdrs, web

from domain.base import Body, Query, RoomId, Rule
from domain.errors.base import AppError
from domain.errors.rooms import RoomNotFound
from handlers.request import answer, plain, read, read_query
from text import normalise

Acts = Callable[..., Awaitable[Any]]
Serves = Callable[[web.Request], Awaitable[web.StreamResponse]]


class InPath(NamedTuple):
    """A part of a path: its name there, the rule that it obeys, and the failure of what does not."""

    name: str
    rule: Rule
    otherwise: type[AppError]


RoomInPath = Annotated[RoomId, InPath("id", normalise.uuid, RoomNotFound)]
"""The room that a path names."""


class Media(NamedTuple):
    """What a handler sends that makes its response itself: `Annotated[web.Response, Media("text/html", str)]`."""

    content_type: str
    shape: Any


class WronglyDeclared(TypeError):
    """A route cannot be served as it is declared; a mistake of ours."""


@dataclass(frozen=True)
class Route(web.AbstractRouteDef):
    """A route: where it is, what it does, and how it may fail.

    Attributes:
        path: a template, `/api/study-rooms/{id}`.
        acts: the handler as it is written; its docstring describes the route.
        errors: how it may fail, beside what follows from its shape.
        status: of a success.
        parts: what the path names, in the order of the path.
        query: what the query is read as, or None.
        body: what the body is read as, or None.
        answers: the type of what is answered.
        media: what is sent instead of JSON, or None.
        handler: what aiohttp calls.
    """

    method: str
    path: str
    acts: Acts
    errors: tuple[type[AppError], ...] = ()
    _: KW_ONLY
    status: int = 200
    parts: tuple[InPath, ...] = field(init=False)
    query: type[Query] | None = field(init=False)
    body: type[Body] | None = field(init=False)
    answers: Any = field(init=False)
    media: Media | None = field(init=False)
    handler: Serves = field(init=False)

    def __post_init__(self) -> None:
        hints = get_type_hints(self.acts, include_extras=True)
        takes = [hints.get(name) for name in inspect.signature(self.acts).parameters]
        parts = tuple(note for hint in takes for note in _notes(hint, InPath))
        query = next((hint for hint in takes if _is(hint, Query)), None)
        body = next((hint for hint in takes if _is(hint, Body) and not _is(hint, Query)), None)
        inner = [get_args(hint)[0] if _notes(hint, InPath) else hint for hint in takes[1 : len(parts) + 1]]
        known = [web.Request, *inner, *filter(None, (query, body))]
        if [get_args(hint)[0] if _notes(hint, InPath) else hint for hint in takes] != known:
            raise WronglyDeclared(f"{self.name}: it takes the request, parts of the path, a Query and a Body, in order")
        if [part.name for part in parts] != re.findall(r"{(\w+)}", self.path):
            raise WronglyDeclared(f"{self.name}: its path names something else than {[part.name for part in parts]}")
        if "return" not in hints or not (self.acts.__doc__ or "").strip():
            raise WronglyDeclared(f"{self.name}: it says not what it answers, or has no docstring")
        media = next(iter(_notes(hints["return"], Media)), None)
        answers = media.shape if media else hints["return"]
        found = {"parts": parts, "query": query, "body": body, "answers": answers, "media": media}
        for name, value in found.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "handler", self._served())

    @property
    def name(self) -> str:
        """What people call it: `GET /healthz`."""
        return f"{self.method} {self.path}"

    @property
    def is_wrapped(self) -> bool:
        """Say whether what is answered stands in `data`."""
        return self.media is None and not (
            _is(self.answers, msgspec.Struct) and "success" in self.answers.__struct_encode_fields__
        )

    def register(self, router: web.UrlDispatcher) -> list[web.AbstractRoute]:
        """Add it to aiohttp's routes.

        A fixed path that was added before, such as `/api/invites/lookup`, is never taken for `/api/invites/{code}`: its
        other methods answer 405, and its `Allow` has its own methods only.
        """
        parent, _, last = self.path.rpartition("/")
        fixed = [
            re.escape(found.canonical.removeprefix(f"{parent}/"))
            for found in router.resources()
            if isinstance(found, web.PlainResource) and found.canonical.rpartition("/")[0] == parent
        ]
        others = f"(?!(?:{'|'.join(fixed)})$)" if fixed else ""
        any_id = r"{\1:[^/]+}"  # aiohttp takes no braces else, and an id may have some
        path = re.sub(r"{(\w+)}", any_id, parent + "/") + re.sub(r"{(\w+)}", rf"{{\1:{others}[^/]+}}", last)
        if self.method == hdrs.METH_GET:
            return [router.add_get(path, self.handler)]  # HEAD, too
        return [router.add_route(self.method, path, self.handler)]

    def _served(self) -> Serves:
        acts, parts, query, body, status = self.acts, self.parts, self.query, self.body, self.status
        respond = _as_made if self.media else answer if self.is_wrapped else plain

        async def served(request: web.Request) -> web.StreamResponse:
            said: list[Any] = []
            for name, rule, otherwise in parts:
                try:
                    said.append(rule(request.match_info[name]))
                except ValueError:
                    raise otherwise from None
            if query is not None:
                said.append(read_query(request, query))
            if body is not None:
                said.append(await read(request, body))
            return respond(await acts(request, *said), status)

        return served


def get(path: str, acts: Acts, *errors: type[AppError], status: int = 200) -> Route:
    """Return a route that shows something."""
    return Route(hdrs.METH_GET, path, acts, errors, status=status)


def post(path: str, acts: Acts, *errors: type[AppError], status: int = 200) -> Route:
    """Return a route that makes or does something."""
    return Route(hdrs.METH_POST, path, acts, errors, status=status)


def put(path: str, acts: Acts, *errors: type[AppError], status: int = 200) -> Route:
    """Return a route that changes something."""
    return Route(hdrs.METH_PUT, path, acts, errors, status=status)


def delete(path: str, acts: Acts, *errors: type[AppError], status: int = 200) -> Route:
    """Return a route that removes something."""
    return Route(hdrs.METH_DELETE, path, acts, errors, status=status)


def _as_made(response: web.StreamResponse, _: int) -> web.StreamResponse:
    return response


def _notes(hint: Any, kind: type[Any]) -> list[Any]:
    return [note for note in get_args(hint) if isinstance(note, kind)] if get_origin(hint) is Annotated else []


def _is(hint: Any, kind: type[Any]) -> bool:
    return isinstance(hint, type) and issubclass(hint, kind)

"""A route is what its handler's signature says; what is declared wrongly stops the start."""

import re
from types import SimpleNamespace
from typing import Annotated

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from domain.accounts import Caller
from domain.base import Record, UserId
from domain.errors.accounts import UserNotFound
from domain.errors.rooms import RoomFull, RoomNotFound
from domain.messages import HistoryQuery
from domain.rooms import NewRoom, RoomsQuery
from handlers import AUTHENTICATED_ROUTES, ROUTES
from handlers.keys import HTTP
from handlers.middleware import handle_errors
from handlers.routing import InPath, InvalidRoute, Media, RoomInPath, Route, get, post
from runtime import logs
from services.container import Services
from text import normalise

UserInPath = Annotated[UserId, InPath("userId", normalise.uuid, UserNotFound)]
ID = "01890a5d-ac96-774b-bcce-b302099a8057"


class Said(Record, frozen=True):
    """What was said."""

    what: list[str | int]


class Whole(Record, frozen=True):
    """An answer as a whole."""

    success: bool
    what: str


async def everything(room: RoomInPath, user: UserInPath, query: RoomsQuery, new: NewRoom) -> Said:
    """Say what came."""
    return Said([room, user, query.limit, new.name])


async def whole() -> Whole:
    """Say it all."""
    return Whole(success=True, what="x")


async def nothing() -> None:
    """Say nothing."""


async def picture(_: web.Request) -> Annotated[web.Response, Media("image/svg+xml", str)]:
    """Send something else."""
    return web.Response(body=b"<svg/>", content_type="image/svg+xml")


BOTH = "/rooms/{id}/people/{userId}"


@pytest.fixture
async def site():
    """A client of routes with the handlers above."""
    app = web.Application(middlewares=[handle_errors])
    app[HTTP] = SimpleNamespace(rejection_log=logs.ThrottledLogger())
    routes = [
        post(BOTH, everything, RoomFull, status=201),
        get("/whole", whole),
        get("/nothing", nothing),
        get("/picture", picture),
    ]
    app.add_routes(routes)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_handler_gets_what_it_declares_and_its_answer_is_wrapped(site):
    path = f"/rooms/{ID.upper()}/people/{{{ID}}}?limit=7"
    async with site.post(path, json={"name": " Calculus "}) as answer:
        assert answer.status == 201
        assert await answer.json() == {"success": True, "data": {"what": [ID, ID, 7, "Calculus"]}}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (f"/rooms/x/people/{ID}", {"name": "x"}, 404, "room_not_found"),
        (f"/rooms/{ID}/people/x", {"name": "x"}, 404, "user_not_found"),
        (f"/rooms/{ID}/people/{ID}", {"name": ""}, 422, "invalid_input"),
        (f"/rooms/{ID}/people/{ID}?limit=x", {"name": "x"}, 422, "invalid_input"),
        (f"/rooms/{ID}/people/{ID}", None, 415, "unsupported_media_type"),
    ],
)
async def test_what_does_not_fit_is_refused_before_the_handler_is_called(site, path, body, status, code):
    async with site.post(path, json=body) as answer:
        assert (answer.status, (await answer.json())["code"]) == (status, code)


async def test_an_answer_may_be_whole_or_nothing_or_no_json(site):
    async with site.get("/whole") as answer:
        assert await answer.json() == {"success": True, "what": "x"}
    async with site.get("/nothing") as answer:
        assert await answer.json() == {"success": True, "data": None}
    async with site.get("/picture") as answer:
        assert (answer.content_type, await answer.text()) == ("image/svg+xml", "<svg/>")


def test_what_is_declared_can_be_read():
    route = post(BOTH, everything, RoomFull, status=201)
    assert [part.name for part in route.path_params] == ["id", "userId"]
    assert [part.error for part in route.path_params] == [RoomNotFound, UserNotFound]
    assert (route.query, route.body, route.response_type) == (RoomsQuery, NewRoom, Said)
    assert (route.status, route.errors, route.media) == (201, (RoomFull,), None)
    assert get("/picture", picture).response_type is str


async def no_answer():
    """Forget what is answered."""


async def no_docstring() -> None:
    pass


async def no_type(room) -> None:
    """Take something."""


async def no_rule(room: str) -> None:
    """Take something that is nowhere."""


async def wrong_order(new: NewRoom, room: RoomInPath) -> None:
    """Take the body first."""


async def two_bodies(new: NewRoom, other: NewRoom) -> None:
    """Take two bodies."""


async def two_queries(one: RoomsQuery, other: HistoryQuery) -> None:
    """Take two queries."""


async def late_services(room: RoomInPath, services: Services) -> None:
    """Take the services behind the path."""


async def caller_before_services(caller: Caller, services: Services) -> None:
    """Take the caller before the services."""


@pytest.mark.parametrize(
    ("path", "handler"),
    [
        ("/x", no_answer),
        ("/x", no_docstring),
        ("/x", no_type),
        ("/x", no_rule),
        ("/x/{id}", wrong_order),
        ("/x", two_bodies),
        ("/x", two_queries),
        ("/x/{id}", late_services),
        ("/x", caller_before_services),
        ("/x/{id}", nothing),
        ("/x", everything),
        ("/x/{userId}/{id}", everything),
    ],
)
def test_a_route_that_is_declared_wrongly_stops_the_start(path, handler):
    with pytest.raises(InvalidRoute, match=re.escape(f"GET {path}: ")):
        get(path, handler)


def test_only_routes_that_need_a_token_have_a_caller():
    """Elsewhere no caller was authenticated."""
    with_caller = {route.name for route in ROUTES if Caller in route.context}
    assert len(with_caller) > 50
    assert with_caller <= {route.name for route in AUTHENTICATED_ROUTES}


def test_every_route_is_declared():
    assert all(isinstance(route, Route) for route in ROUTES)
    assert len({route.name for route in ROUTES}) == len(ROUTES)


async def test_fixed_path_answers_with_its_own_methods_alone(school):
    fixed = {route.path for route in ROUTES if "{" not in route.path and route.path.startswith("/api/")}
    assert "/api/invites/lookup" in fixed
    for path in fixed:
        declared = {route.method for route in ROUTES if route.path == path} | {"OPTIONS"}
        declared |= {"HEAD"} if "GET" in declared else set()
        declared |= {"PATCH"} if "PUT" in declared else set()
        async with school.http.request("PROPFIND", school.url + path) as answer:
            assert answer.status == 405, path
            assert set(re.split(", *", answer.headers["Allow"])) == declared, path


async def test_patch_is_the_same_as_put_on_each_route(school):
    ada = await school.person()
    paths = [re.sub(r"{\w+}", ID, route.path) for route in ROUTES if route.method == "PUT"]
    assert len(paths) > 15
    for path in paths:
        for token in (None, ada.token):
            put, patch = [await school.request(method, path, {}, token=token) for method in ("PUT", "PATCH")]
            assert patch.status == put.status != 405, path
            assert patch.body.get("code") == put.body.get("code"), path
    changed = await school.request("PATCH", "/api/auth/me", {"bio": "Reads"}, token=ada.token)
    assert (changed.data["bio"], changed.data["id"]) == ("Reads", ada.id)

"""Middlewares: request id, client address, load shedding, authentication, and errors as problem+json."""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import hdrs, web

from domain.errors.accounts import AccountPending, NotSignedIn
from domain.errors.base import AppError, BadRequest, InternalError, MethodNotAllowed, RateLimited, RouteNotFound
from domain.errors.rooms import RoomHidden
from domain.ids import new_id
from handlers import AUTHENTICATED_ROUTES, PENDING_ROUTES, PUBLIC_ROUTES
from handlers.bearer import bearer
from handlers.client_address import address
from handlers.keys import ADDRESS, CALLER, HTTP, REQUEST_ID, SERVICES
from handlers.paths import SOCKETS
from handlers.response import problem_response
from runtime.logs import CONTEXT, log_security_event
from services.accounts.tokens import TokenInvalid

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_BAD_INPUT = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
_READ_METHODS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
_LIMITED = frozenset(route.handler for route in [*PUBLIC_ROUTES, *AUTHENTICATED_ROUTES])
_FOR_SIGNED_IN = frozenset(route.handler for route in AUTHENTICATED_ROUTES)
_FOR_PENDING = frozenset(route.handler for route in PENDING_ROUTES)


@web.middleware
async def handle_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every failure into problem+json; no other place does."""
    request[REQUEST_ID] = new_id()
    try:
        response = await handler(request)
    except AppError as failure:
        _log_rejection(request, failure)
        response = problem_response(request, failure)
    except web.HTTPNotFound:
        response = problem_response(request, RouteNotFound(f"Route not found: {request.path}"))
    except web.HTTPMethodNotAllowed as failure:
        response = problem_response(request, MethodNotAllowed({*failure.allowed_methods, hdrs.METH_OPTIONS}))
    except web.HTTPException as failure:
        if failure.status < HTTPStatus.BAD_REQUEST or request.path.startswith(SOCKETS):
            raise
        response = problem_response(request, BadRequest(failure.reason), failure.status)
    except Exception:
        log.exception("%s failed (request %s)", _route(request), request[REQUEST_ID])
        response = problem_response(request, InternalError())
    if not response.prepared:
        response.headers["X-Request-Id"] = request[REQUEST_ID]
    return response


@web.middleware
async def limit_concurrency(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Load shedding: reject requests of an address with too many in flight.

    Probes are always answered; sockets have limits of their own.
    """
    request[ADDRESS] = address(request)
    CONTEXT.set({"address": request[ADDRESS], "request": request[REQUEST_ID]})
    if request.match_info.handler not in _LIMITED:
        return await handler(request)
    running, where = request.app[HTTP].in_flight, request[ADDRESS]
    if not running.has_capacity(where):
        raise RateLimited(1)
    running.add(where)
    try:
        return await handler(request)
    finally:
        running.remove(where)


@web.middleware
async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Authenticate the caller, on routes that require it."""
    if request.match_info.handler in _FOR_SIGNED_IN:
        token = bearer(request)
        if token is None:
            raise NotSignedIn
        try:
            request[CALLER] = identity = await request.app[SERVICES].sessions.authenticate(token)
        except TokenInvalid:
            raise NotSignedIn from None
        CONTEXT.set({**CONTEXT.get(), "user": identity.user.id})
        request.app[HTTP].request_rate.take(identity.user.id)
        if identity.user.pending and request.match_info.handler not in _FOR_PENDING:
            raise AccountPending
        if request.method in _READ_METHODS:
            return await _run_read(request, handler)
        if identity.user.is_admin:
            response = await handler(request)
            log_security_event("admin_action", operation=_route(request), id=request.match_info.get("id"))
            return response
    return await handler(request)


async def _run_read(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a read only if the session is still valid; repeat the read if the caller's role changed meanwhile."""
    response = await handler(request)
    if not response.prepared:
        before = request[CALLER]
        request[CALLER] = now = await request.app[SERVICES].sessions.revalidate(before)
        if now.user.role != before.user.role:
            response = await handler(request)
    return response


def _route(request: web.Request) -> str:
    """Return the route instead of the path, which may contain a secret."""
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical if resource else ''}"


def _log_rejection(request: web.Request, failure: AppError) -> None:
    """Log a rejected request: no permission, rate limited, or invalid input."""
    caller = request.get(CALLER)
    who = {"code": failure.code, "user": caller.user.id if caller else "", "address": request.get(ADDRESS, "")}
    if failure.status == HTTPStatus.FORBIDDEN or isinstance(failure, RoomHidden):
        request.app[HTTP].rejection_log.log("forbidden", **who)
    elif failure.status == HTTPStatus.TOO_MANY_REQUESTS:
        request.app[HTTP].rejection_log.log("rate_limited", **who)
    elif failure.status in _BAD_INPUT:
        request.app[HTTP].rejection_log.log("bad_input", **who, operation=_route(request), fields=failure.fields)

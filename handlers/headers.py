"""What every answer carries, so that no browser takes it for something else: errors, too, and what is no HTTP.

A WebSocket's handshake is answered without it: no browser reads headers there.
"""

from functools import partial

from aiohttp import hdrs, web
from multidict import istr

from app_keys import HSTS
from handlers.address import came_encrypted

POLICY = "default-src 'none'; frame-ancestors 'none'"
"""What an answer may do in a browser that is no page: nothing."""

_UNLESS_SAID = (  # names in a form that need not be folded each time
    (istr("X-Content-Type-Options"), "nosniff"),
    (istr("X-Frame-Options"), "DENY"),
    (istr("Content-Security-Policy"), POLICY),
    (istr("Referrer-Policy"), "no-referrer"),
    (istr("Cross-Origin-Resource-Policy"), "same-origin"),
    (hdrs.CACHE_CONTROL, "no-store"),
)
_FOR_A_YEAR = "max-age=31536000"


class Request(web.Request):
    """A request whose answer carries the headers, also where it never came to a route."""

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        await super()._prepare_hook(response)
        headers = response.headers
        headers.popall(hdrs.SERVER, None)  # it would name versions
        for name, value in _UNLESS_SAID:
            headers.setdefault(name, value)
        if self._match_info is None or not came_encrypted(self):
            return
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")  # over plain http browsers complain of it
        if self.app[HSTS]:
            headers.setdefault("Strict-Transport-Security", _FOR_A_YEAR)


async def runner_of(app: web.Application, patience: float) -> web.AppRunner:
    """Return what runs the application, set up: every answer will carry the headers.

    Args:
        patience: seconds that requests get to end when the server goes away.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=patience)
    await runner.setup()
    if runner.server is not None:  # on_response_prepare would do, but for what is no HTTP: no application sees that
        runner.server.request_factory = partial(app._make_request, _cls=Request)  # noqa: SLF001  # its only way
    return runner

"""Where browsers may come from: the server's own origin, and those listed."""

from collections.abc import Sequence

from aiohttp import hdrs, web


class Origins:
    """Says who may come and what their browser is told (Fetch, "CORS protocol").

    The libraries' own check believes whatever host a client says it forwards.

    Args:
        listed: origins beside the server's own; ["*"] for any.
    """

    def __init__(self, listed: Sequence[str]) -> None:
        self._listed = frozenset(listed)

    def welcomes(self, request: web.Request) -> bool:
        """Say whether the request may come from where it does; what is no browser says nothing."""
        origin = request.headers.get(hdrs.ORIGIN)
        if not origin or "*" in self._listed or origin in self._listed:
            return True
        host = request.headers.get(hdrs.HOST, "")
        return origin in (f"http://{host}", f"https://{host}")

    def headers(self, request: web.Request) -> dict[str, str]:
        """Return what an answer to a welcome request carries."""
        origin = request.headers.get(hdrs.ORIGIN)
        headers: dict[str, str] = {}
        if origin:
            headers = {hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: origin, hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS: "true"}
        if request.method == hdrs.METH_OPTIONS:
            headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = "OPTIONS, GET, POST"
            if wanted := request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS):
                headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = wanted
        return headers

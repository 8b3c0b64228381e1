"""Normalisation of paths: without the base path of `server.public_url`, and without a trailing slash."""

from aiohttp import HttpVersion10, HttpVersion11, hdrs
from aiohttp.http import RawRequestMessage
from yarl import URL

SOCKETS = "/socket.io"


def normalise_path(message: RawRequestMessage, base: str) -> RawRequestMessage:
    """Return a request whose path can match a route.

    Args:
        message: the request as received. A proxy may have removed the base path, or not.
        base: "/study" if browsers find the server below that path, "" if not.
    """
    url = message.url
    path = url.raw_path
    wanted = path
    if base and (path == base or path.startswith(f"{base}/")):
        wanted = path[len(base) :] or "/"
    if wanted == SOCKETS:
        wanted = f"{SOCKETS}/"
    elif wanted.endswith("/") and _may_lose_slash(message.method, wanted):
        wanted = wanted[:-1]
    if message.version < HttpVersion10:  # HTTP/0.9 has no status line, but its clients died out
        message = message._replace(version=HttpVersion10)
    elif message.version > HttpVersion11:  # "GET / HTTP/2.0" in plain text: the response must not claim HTTP/2
        message = message._replace(version=HttpVersion11)
    if wanted == path and not url.absolute:
        return message
    return message._replace(url=URL.build(path=wanted, query_string=url.raw_query_string, encoded=True))


def _may_lose_slash(method: str, path: str) -> bool:
    if method == hdrs.METH_DELETE:  # "/sessions/" may lack an id, and must not delete every session
        return False
    return path not in {"/", "//", f"{SOCKETS}/"} and not path.startswith("/assets/")

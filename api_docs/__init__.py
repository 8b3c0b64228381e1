"""API documents, generated from routes, events and types: OpenAPI and AsyncAPI for programs, and pages of HTML."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version

from api_docs import asyncapi, openapi, pages
from runtime import json_codec
from runtime.web_assets import StaticFile


@cache
def documents(base: str = "") -> Mapping[str, StaticFile]:
    """Return the documents as static files, by file name.

    Args:
        base: base path of the server for browsers, such as "/study"; "" for none.
    """
    number = version("studyhall")
    routes, events = openapi.document(number, base), asyncapi.document(number, base)
    return {
        "openapi.json": StaticFile.from_body(json_codec.dumps(routes), "application/json"),
        "asyncapi.json": StaticFile.from_body(json_codec.dumps(events), "application/json"),
        "routes.html": StaticFile.from_body(_below(base, pages.routes_page(routes)).encode(), "text/html"),
        "events.html": StaticFile.from_body(_below(base, pages.events_page(events)).encode(), "text/html"),
        "style.css": StaticFile.from_body(pages.style().encode(), "text/css"),
    }


def _below(base: str, page: str) -> str:
    return page.replace(' href="/', f' href="{base}/')

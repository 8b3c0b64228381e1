"""The contract as a machine reads it, and a page of it: documents made of what runs, so that they say what it does."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version

from api_docs import asyncapi, openapi, pages
from runtime import json_codec
from runtime.web_assets import File


@cache
def documents(base: str = "") -> Mapping[str, File]:
    """Return the documents, ready to be sent, by the name of the file.

    Args:
        base: path below which browsers find the server, such as "/study"; "" for none.
    """
    number = version("studyhall")
    routes, events = openapi.document(number, base), asyncapi.document(number, base)
    return {
        "openapi.json": File.of(json_codec.dumps(routes), "application/json"),
        "asyncapi.json": File.of(json_codec.dumps(events), "application/json"),
        "routes.html": File.of(_below(base, pages.of_routes(routes)).encode(), "text/html"),
        "events.html": File.of(_below(base, pages.of_events(events)).encode(), "text/html"),
        "style.css": File.of(pages.style().encode(), "text/css"),
    }


def _below(base: str, page: str) -> str:
    return page.replace(' href="/', f' href="{base}/')

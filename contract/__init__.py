"""The contract as a machine reads it: documents made of what runs, so that they say what it does."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version

import wire
from contract import asyncapi, openapi
from page import File


@cache
def documents() -> Mapping[str, File]:
    """Return the documents, ready to be sent, by the name of the file."""
    made = {
        "openapi.json": openapi.document(version("studyhall")),
        "asyncapi.json": asyncapi.document(version("studyhall")),
    }
    return {name: File.of(wire.dumps(document), "application/json") for name, document in made.items()}

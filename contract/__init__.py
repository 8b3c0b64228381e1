"""The contract as a machine reads it: documents made of what runs, so that they say what it does."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version

import wire
from contract import openapi
from page import File


@cache
def documents() -> Mapping[str, File]:
    """Return the documents, ready to be sent, by the name of the file."""
    return {"openapi.json": File.of(wire.dumps(openapi.document(version("studyhall"))), "application/json")}

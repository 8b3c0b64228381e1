"""Each error of the server has a text in the page, which shows errors by their code in the reader's language."""

import re

from api_docs.page_types import document
from domain.errors.base import AppError
from tests.support.paths import ROOT

CATALOGUE = ROOT / "web" / "app" / "words" / "en.ts"
BY_FIELD = {"invalid_input"}
"""Errors that the page shows field by field."""


def error_codes(base: type[AppError] = AppError) -> set[str]:
    """Return the codes of all errors of the server, also those that no route declares."""
    codes = set()
    for error in base.__subclasses__():
        codes |= {error.code} | error_codes(error)
    return codes


def test_every_error_code_has_a_text_in_the_page():
    documented = set(document()["components"]["schemas"]["ErrorCode"]["enum"])
    texts = set(re.findall(r'^ +"error\.(\w+)":', CATALOGUE.read_text("utf-8"), re.MULTILINE))
    codes = (documented | error_codes()) - BY_FIELD
    assert len(codes) > 50
    assert codes - texts == set()

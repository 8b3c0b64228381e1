"""Languages in which the page speaks to a user."""

from typing import Literal, TypeAlias, get_args

from text.normalise import json_schema
from text.violations import ErrorParams, InvalidText

Language: TypeAlias = Literal["de", "en"]
"""Language tag (BCP 47). A new language needs a line here, and a catalogue of words in the page."""

LANGUAGES: tuple[Language, ...] = get_args(Language)


@json_schema(enum=["", *LANGUAGES])
def language(raw: str) -> str:
    """Language of an account, as it is written in `LANGUAGES`; empty for that of the browser."""
    if raw and raw not in LANGUAGES:
        raise InvalidText("not_an_option", f"must be {' or '.join(LANGUAGES)}", ErrorParams(options=LANGUAGES))
    return raw


def find_language(tag: str | None) -> Language | None:
    """Return the language with this tag; None for an empty one."""
    return next((known for known in LANGUAGES if known == tag), None)

"""Violation of a text rule: a code for programs, the values in the sentence, and the sentence for people."""

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

TextErrorCode: TypeAlias = Literal[
    "bad_character",
    "bad_date",
    "bad_date_time",
    "bad_email",
    "bad_invite_code",
    "bad_link",
    "bad_timestamp",
    "bad_uuid",
    "contains_address",
    "empty",
    "mixed_scripts",
    "not_an_option",
    "too_long",
    "too_many_marks",
    "too_many_words",
    "too_short",
    "unknown_time_zone",
]
"""Codes of rules for text."""


class ErrorParams(msgspec.Struct, frozen=True, rename="camel"):
    """Values in the sentence of a field error, for a sentence in another language. The code decides which are present.

    `min` and `max` are inclusive. `character` is a code point, `U+202E`; `example` is text of the user.
    """

    min: int | UnsetType = UNSET
    max: int | UnsetType = UNSET
    type: Literal["array", "boolean", "number", "object", "string"] | UnsetType = UNSET
    options: tuple[str, ...] | UnsetType = UNSET
    character: str | UnsetType = UNSET
    scripts: tuple[str, ...] | UnsetType = UNSET
    example: str | UnsetType = UNSET
    domains: tuple[str, ...] | UnsetType = UNSET
    fields: tuple[str, ...] | UnsetType = UNSET


class InvalidText(ValueError):
    """Text that a rule rejects.

    Args:
        code: stable code of the wire contract.
        message: rest of a sentence that begins with the name of the field, "must not be empty".
        params: values in the message.
    """

    def __init__(self, code: TextErrorCode, message: str, params: ErrorParams | None = None) -> None:
        self.code: TextErrorCode = code
        self.message = message
        self.params = params or ErrorParams()
        super().__init__(message)


def bad_character(character: str) -> InvalidText:
    """Return the error of a character that the text must not contain."""
    named = code_point(character)
    return InvalidText("bad_character", f"must not contain the character {named}", ErrorParams(character=named))


def code_point(character: str) -> str:
    """Return the name of a character's code point: "U+202E"."""
    return f"U+{ord(character):04X}"

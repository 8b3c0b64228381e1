"""Field error: the rejected field, a stable code, the sentence for people, and the values in the sentence."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from text.violations import ErrorParams, InvalidText, TextErrorCode

FieldErrorCode: TypeAlias = Literal[
    TextErrorCode,
    "bad_unicode",
    "common_password",
    "conflicting_fields",
    "email_domain_not_allowed",
    "exceeds_server_limit",
    "no_dates",
    "in_future",
    "not_an_integer",
    "not_invited_email",
    "not_later",
    "out_of_range",
    "outside_session",
    "period_too_long",
    "period_too_short",
    "personal_password",
    "required",
    "reserved_name",
    "too_early",
    "too_late",
    "too_old",
    "wrong_type",
]
"""Codes of field errors. Clients translate them, so a code keeps its meaning; new ones may be added."""

PARAMS: Mapping[FieldErrorCode, tuple[str, ...]] = {
    "bad_character": ("character",),
    "bad_date": (),
    "bad_date_time": (),
    "bad_email": (),
    "bad_invite_code": (),
    "bad_link": (),
    "bad_timestamp": (),
    "bad_unicode": (),
    "bad_uuid": (),
    "common_password": (),
    "conflicting_fields": ("fields",),
    "contains_address": (),
    "email_domain_not_allowed": ("domains",),
    "empty": (),
    "exceeds_server_limit": ("max",),
    "no_dates": (),
    "in_future": (),
    "mixed_scripts": ("scripts", "example", "character"),
    "not_an_integer": ("min", "max"),
    "not_an_option": ("options",),
    "not_invited_email": (),
    "not_later": ("fields",),
    "out_of_range": ("min", "max"),
    "outside_session": (),
    "period_too_long": ("max",),
    "period_too_short": ("min",),
    "personal_password": (),
    "required": (),
    "reserved_name": (),
    "too_early": (),
    "too_late": (),
    "too_long": ("max",),
    "too_many_marks": ("character",),
    "too_many_words": ("max",),
    "too_old": ("max",),
    "too_short": ("min",),
    "unknown_time_zone": (),
    "wrong_type": ("type",),
}
"""Names of the params that each code has, always all of them."""


class FieldError(msgspec.Struct, frozen=True):
    """One rejected field. `field` is its name on the wire, "" for the whole body. `code` is for programs and stable.

    `message` completes a sentence that begins with the field's name; `params` has the values in it.
    """

    field: str
    code: FieldErrorCode
    message: str
    params: ErrorParams = ErrorParams()

    @classmethod
    def from_text(cls, field: str, error: InvalidText) -> "FieldError":
        """Return the error of a field whose text a rule rejects."""
        return cls(field, error.code, error.message, error.params)

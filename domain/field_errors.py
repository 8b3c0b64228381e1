"""Field errors for JSON of the wrong type, as sentences for users."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple, cast

import msgspec
from msgspec import inspect

from domain.errors.base import FieldError

_SIMPLE = {
    inspect.BoolType: "must be true or false",
    inspect.StrType: "must be text",
    inspect.VarTupleType: "must be a list of texts",
}


class _Field(NamedTuple):
    name: str
    encode_name: str
    type: Any
    required: bool
    message: str


def field_errors(value: Any, shape: Any, *, strict: bool = True) -> list[FieldError]:
    """Return one error for each field of `value` that does not fit `shape`, in the order of the shape.

    The rules in `shape.RULES` are checked as well, so that a client receives all errors at once.

    Args:
        value: decoded JSON that `msgspec.convert` rejected.
        shape: a struct type.
        strict: as for `msgspec.convert`; if False, numbers may be text.
    """
    if not isinstance(value, dict):
        return [FieldError("", "must be a JSON object")]
    rules = getattr(shape, "RULES", {})
    found = [
        FieldError(field.encode_name, message)
        for field in _fields(shape)
        if (message := _error_message(value, field, rules.get(field.name), strict=strict))
    ]
    return found or [FieldError("", "must be a JSON object whose names are valid Unicode")]


def _error_message(value: dict[str, Any], field: _Field, rule: Any, *, strict: bool) -> str:
    """Return the reason why a field is rejected, "" if it is valid."""
    given = value.get(field.encode_name)
    if given is None and field.required:
        return "is required"
    if field.encode_name not in value:
        return ""
    try:
        converted = msgspec.convert(given, field.type, strict=strict)
    except (msgspec.ValidationError, UnicodeEncodeError):  # the second: a lone surrogate, compared with a Literal
        return field.message
    if rule is None or not isinstance(converted, str):
        return ""
    try:
        rule(converted)
    except ValueError as error:
        return str(error)
    return ""


@cache
def _fields(shape: Any) -> tuple[_Field, ...]:
    described = cast("inspect.StructType", inspect.type_info(shape))
    types = {field.encode_name: field.type for field in msgspec.structs.fields(shape)}
    return tuple(
        _Field(field.name, field.encode_name, types[field.encode_name], field.required, _expectation(field.type))
        for field in described.fields
    )


def _expectation(expected: inspect.Type) -> str:
    if isinstance(expected, inspect.UnionType):
        [expected, *_] = [choice for choice in expected.types if not isinstance(choice, inspect.NoneType)]
    if isinstance(expected, inspect.Metadata):
        return _expectation(expected.type)
    if isinstance(expected, inspect.LiteralType):
        return f"must be {_any_of([str(word) for word in expected.values])}"
    if isinstance(expected, inspect.IntType):
        return f"must be a whole number{_range(expected.ge, expected.le)}"
    if isinstance(expected, inspect.FloatType):
        return f"must be a number{f' above {expected.gt:,}' if expected.gt is not None else ''}{_at_most(expected.le)}"
    return _SIMPLE.get(type(expected), "is not of the expected type")


def _range(lowest: float | None, highest: float | None) -> str:
    match lowest, highest:
        case None, None:
            return ""
        case _, None:
            return f" of at least {lowest:,}"
        case None, _:
            return f" of at most {highest:,}"
    return f" from {lowest:,} to {highest:,}"


def _at_most(highest: float | None) -> str:
    return "" if highest is None else f", at most {highest:,}"


def _any_of(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last

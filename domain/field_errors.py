"""Field errors for JSON of the wrong type, as sentences for users."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple, cast

import msgspec
from msgspec import UNSET, UnsetType, inspect

from domain.errors.fields import FieldError, FieldErrorCode
from text.violations import ErrorParams, InvalidText

_INTEGER = re.compile("-?[0-9]+")


class _Expectation(NamedTuple):
    """The error of a value of another type, and of an integer that is out of range."""

    code: FieldErrorCode
    message: str
    params: ErrorParams


_SIMPLE = {
    inspect.BoolType: _Expectation("wrong_type", "must be true or false", ErrorParams(type="boolean")),
    inspect.StrType: _Expectation("wrong_type", "must be text", ErrorParams(type="string")),
    inspect.VarTupleType: _Expectation("wrong_type", "must be a list of texts", ErrorParams(type="array")),
    inspect.DateType: _Expectation("bad_date", "must be a date, like 2026-12-31", ErrorParams()),
    inspect.StructType: _Expectation("wrong_type", "must be a JSON object", ErrorParams(type="object")),
}


class _Field(NamedTuple):
    name: str
    encode_name: str
    type: Any
    required: bool
    expectation: _Expectation
    nested: Any
    """Type of an object inside; None for another type."""


def field_errors(
    value: Any, shape: Any, rules: Mapping[str, Callable[[str], str]] = MappingProxyType({}), *, strict: bool = True
) -> list[FieldError]:
    """Return one error for each field of `value` that does not fit `shape`, in the order of the shape.

    A field of an object inside is named with a dot: `plan.focus`.

    Args:
        value: decoded JSON that `msgspec.convert` rejected.
        shape: a struct type.
        rules: text rules of fields, which are checked as well, so that a client receives all errors at once.
        strict: as for `msgspec.convert`; if False, numbers may be text.
    """
    is_object = ErrorParams(type="object")
    if not isinstance(value, dict):
        return [FieldError("", "wrong_type", "must be a JSON object", is_object)]
    found: list[FieldError] = []
    for field in _fields(shape):
        if error := _field_error(value, field, rules.get(field.name), strict=strict):
            found += _nested_errors(value, field, strict=strict) or [error]
    return found or [FieldError("", "bad_unicode", "must be a JSON object whose names are valid Unicode")]


def _nested_errors(value: dict[str, Any], field: _Field, *, strict: bool) -> list[FieldError]:
    """Return the errors of the fields of an object inside; [] if the value is no object."""
    given = value.get(field.encode_name)
    if field.nested is None or not isinstance(given, dict):
        return []
    inner = field_errors(given, field.nested, strict=strict)
    return [msgspec.structs.replace(one, field=f"{field.encode_name}.{one.field}") for one in inner if one.field]


def _field_error(value: dict[str, Any], field: _Field, rule: Any, *, strict: bool) -> FieldError | None:
    """Return the error of a field, None if it is valid."""
    given = value.get(field.encode_name)
    if given is None and field.required:
        return FieldError(field.encode_name, "required", "is required")
    if field.encode_name not in value:
        return None
    try:
        converted = msgspec.convert(given, field.type, strict=strict)
    except (msgspec.ValidationError, UnicodeEncodeError):  # the second: a lone surrogate, compared with a Literal
        code, message, params = field.expectation
        if code == "not_an_integer" and _is_integer(given, strict=strict):
            code = "out_of_range"
        return FieldError(field.encode_name, code, message, params)
    if rule is None or not isinstance(converted, str):
        return None
    try:
        rule(converted)
    except InvalidText as error:
        return FieldError.from_text(field.encode_name, error)
    return None


def _is_integer(given: Any, *, strict: bool) -> bool:
    """Return True for an integral number; if not `strict`, also for text of digits."""
    if isinstance(given, str):
        return not strict and _INTEGER.fullmatch(given) is not None
    if isinstance(given, float):
        return given.is_integer() or math.isinf(given)  # 1e999 is decoded as infinity
    return isinstance(given, int) and not isinstance(given, bool)


@cache
def _fields(shape: Any) -> tuple[_Field, ...]:
    described = cast("inspect.StructType", inspect.type_info(shape))
    types = {field.encode_name: field.type for field in msgspec.structs.fields(shape)}
    return tuple(
        _Field(
            *(field.name, field.encode_name, types[field.encode_name], field.required, _expectation(field.type)),
            nested=_object_type(field.type),
        )
        for field in described.fields
    )


def _expectation(expected: inspect.Type) -> _Expectation:
    if isinstance(expected, inspect.UnionType):
        [expected, *_] = [choice for choice in expected.types if not isinstance(choice, inspect.NoneType)]
    if isinstance(expected, inspect.Metadata):
        return _expectation(expected.type)
    if isinstance(expected, inspect.LiteralType):
        options = tuple(str(word) for word in expected.values)
        return _Expectation("not_an_option", f"must be {_any_of(options)}", ErrorParams(options=options))
    if isinstance(expected, inspect.IntType):
        message = f"must be a whole number{_range(expected.ge, expected.le)}"
        return _Expectation("not_an_integer", message, ErrorParams(min=_bound(expected.ge), max=_bound(expected.le)))
    if isinstance(expected, inspect.FloatType):  # only settings
        message = (
            f"must be a number{f' above {expected.gt:,}' if expected.gt is not None else ''}{_at_most(expected.le)}"
        )
        return _Expectation("wrong_type", message, ErrorParams(type="number"))
    if isinstance(expected, inspect.VarTupleType) and not isinstance(expected.item_type, inspect.StrType):
        return _list_expectation(expected)
    return _SIMPLE.get(type(expected), _Expectation("wrong_type", "is not of the expected type", ErrorParams()))


def _list_expectation(expected: inspect.VarTupleType) -> _Expectation:
    """Return the error of a list, with the code of its items."""
    code, message, params = _expectation(expected.item_type)
    longest = "" if expected.max_length is None else f"at most {expected.max_length:,} items, "
    return _Expectation(code, f"must be a list of {longest}each of which {message}", params)


def _object_type(expected: inspect.Type) -> Any:
    """Return the struct type of an object; None for another type."""
    choices = expected.types if isinstance(expected, inspect.UnionType) else (expected,)
    return next((choice.cls for choice in choices if isinstance(choice, inspect.StructType)), None)


def _bound(bound: float | None) -> int | UnsetType:
    return UNSET if bound is None else int(bound)


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

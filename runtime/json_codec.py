"""JSON in and out, the same on both edges.

msgspec reads and checks in one pass. Only where it refuses is the text looked at again, to tell
"not JSON" (400) from "JSON, but not this" (422, naming the field): RFC 8259 allows things that
msgspec does not read, such as an escaped lone surrogate.
"""

import json
from typing import Any, NoReturn, TypeVar

import msgspec

from domain.errors.base import InvalidInput, InvalidJson
from domain.field_errors import field_errors

T = TypeVar("T")

_MAX_SAFE_FLOAT = 2.0**53
_MAX_DIGITS = 20  # digits: 64 bits have fewer


def dumps(value: Any) -> bytes:
    """Return `value` (records, dicts, lists, text, numbers) as compact JSON in UTF-8."""
    return msgspec.json.encode(value)


def loads(raw: str | bytes) -> Any:
    """Return the JSON value in `raw`.

    Raises:
        InvalidJson: it is no JSON (NaN is none), is no UTF-8, or is nested too deeply.
    """
    text = _decoded(raw)
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _loads_leniently(text)


def decode(raw: str | bytes, shape: type[T]) -> T:
    """Return the JSON in `raw` as a `shape`.

    Raises:
        InvalidJson: as `loads`.
        Invalid: it is JSON of another shape; all fields that do not fit are named.
    """
    text = _decoded(raw)
    try:
        return msgspec.json.decode(text, type=shape)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return convert(_loads_leniently(text), shape)


def convert(value: Any, shape: type[T], *, strict: bool = True) -> T:
    """Return a JSON value as a `shape`; with `strict` off, numbers may be text, as in a query string.

    A number such as 10.0 or 1e1 is an integer, as in JSON Schema.

    Raises:
        Invalid: it does not fit; all fields that do not are named.
    """
    try:
        return msgspec.convert(value, shape, strict=strict)
    except (msgspec.ValidationError, UnicodeEncodeError):  # the second: names and words of a Literal are UTF-8 there
        pass
    value = _with_integers(value)
    try:
        return msgspec.convert(value, shape, strict=strict)
    except (msgspec.ValidationError, UnicodeEncodeError):
        raise InvalidInput(field_errors(value, shape, strict=strict)) from None


def _with_integers(value: Any) -> Any:
    """Return an object whose integral floats are integers, as far as a float is exact."""
    if not isinstance(value, dict):
        return value
    return {
        name: int(given) if isinstance(given, float) and given.is_integer() and abs(given) < _MAX_SAFE_FLOAT else given
        for name, given in value.items()
    }


def _decoded(raw: str | bytes) -> str:
    try:
        return raw if isinstance(raw, str) else raw.decode()  # msgspec does not look at the UTF-8 of unknown fields
    except UnicodeDecodeError:
        raise InvalidJson from None


def _loads_leniently(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse, parse_int=_integer)
    except RecursionError:
        raise InvalidJson("The JSON is nested too deeply.") from None
    except ValueError:
        raise InvalidJson from None


def _refuse(_: str) -> NoReturn:
    raise ValueError


def _integer(digits: str) -> float | int:
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)  # int() refuses over 4,300 digits

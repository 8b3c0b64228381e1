"""JSON encoding, decoding and validation, shared by HTTP and Socket.IO.

msgspec decodes and validates in one pass. If it fails, the text is parsed again, to distinguish invalid JSON (400) from
JSON of another shape (422, naming the fields). RFC 8259 allows text that msgspec rejects, such as an escaped lone
surrogate.
"""

import json
from typing import Any, NoReturn, TypeVar

import msgspec

from domain.base import Payload
from domain.errors.base import InvalidInput, InvalidJson
from domain.field_errors import field_errors

T = TypeVar("T")

_MAX_SAFE_FLOAT = 2.0**53
_MAX_DIGITS = 20  # decimal digits that every 64-bit integer fits in


def dumps(value: Any) -> bytes:
    """Return `value` (records, dicts, lists, text, numbers) as compact JSON in UTF-8."""
    return msgspec.json.encode(value)


def loads(raw: str | bytes) -> Any:
    """Return the JSON value in `raw`.

    Raises:
        InvalidJson: it is not JSON (NaN is not), is not UTF-8, or is nested too deeply.
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
        InvalidInput: it is JSON of another shape; the error names all invalid fields.
    """
    text = _decoded(raw)
    try:
        return msgspec.json.decode(text, type=shape)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return convert(_loads_leniently(text), shape)


def convert(value: Any, shape: type[T], *, strict: bool = True) -> T:
    """Return a JSON value as a `shape`; if `strict` is False, numbers may be text, as in a query string.

    A number such as 10.0 or 1e1 counts as an integer, as in JSON Schema.

    Raises:
        InvalidInput: the value has another shape; the error names all invalid fields.
    """
    try:
        return msgspec.convert(value, shape, strict=strict)
    except (msgspec.ValidationError, UnicodeEncodeError):  # the latter for names and Literal values that are not UTF-8
        pass
    value = _with_integers(value)
    try:
        return msgspec.convert(value, shape, strict=strict)
    except (msgspec.ValidationError, UnicodeEncodeError):
        rules = shape.RULES if issubclass(shape, Payload) else {}
        raise InvalidInput(field_errors(value, shape, rules, strict=strict)) from None


def _with_integers(value: Any, depth: int = 2) -> Any:
    """Return an object with its integral floats as integers, up to 2**53, where floats are exact.

    Args:
        value: a JSON value.
        depth: levels of objects in objects that are converted; no body has more.
    """
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _MAX_SAFE_FLOAT else value
    if not isinstance(value, dict) or not depth:
        return value
    return {name: _with_integers(given, depth - 1) for name, given in value.items()}


def _decoded(raw: str | bytes) -> str:
    try:
        return raw if isinstance(raw, str) else raw.decode()  # msgspec does not check the UTF-8 of unknown fields
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
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)  # int() rejects more than 4,300 digits

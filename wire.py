"""JSON in and out, the same on both edges.

msgspec reads and checks in one pass. Only where it refuses is the text looked at again, to tell
"not JSON" (400) from "JSON, but not this" (422, naming the field): RFC 8259 allows things that
msgspec does not read, such as an escaped lone surrogate.
"""

import json
import re
from typing import Any, NoReturn, TypeVar

import msgspec

from errors import FieldError, Invalid, InvalidJson

T = TypeVar("T")

_LONG = 20  # digits: 64 bits have fewer
_PATH = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
_MISSING = re.compile(r"^Object missing required field `(?P<field>[^`]+)`$")
_TYPE = re.compile(r"\b(str|int|float|bool)\b")
_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}  # Python's words → JSON Schema's
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


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


def read(raw: str | bytes, shape: type[T]) -> T:
    """Return the JSON in `raw` as a `shape`.

    Raises:
        InvalidJson: as `loads`.
        Invalid: it is JSON of another shape; the field is named.
    """
    text = _decoded(raw)
    try:
        return msgspec.json.decode(text, type=shape)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return convert(_loads_leniently(text), shape)


def convert(value: Any, shape: type[T], *, strict: bool = True) -> T:
    """Return a JSON value as a `shape`; with `strict` off, numbers may be text, as in a query string.

    Raises:
        Invalid: it does not fit; the field is named.
    """
    try:
        return msgspec.convert(value, shape, strict=strict)
    except msgspec.ValidationError as error:
        raise _invalid(error) from None
    except UnicodeEncodeError:  # msgspec looks up names, and words of a Literal, by their UTF-8
        raise Invalid(_with_lone_surrogates(value, shape)) from None


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
    return int(digits) if len(digits) <= _LONG else float(digits)  # int() refuses over 4,300 digits


def _with_lone_surrogates(value: Any, shape: type) -> list[FieldError]:
    """Name the fields of the shape that have some: what else a client calls a field is nothing to repeat, or to log."""
    given = value.items() if isinstance(value, dict) else ()
    known = getattr(shape, "__struct_encode_fields__", ())
    named = [name for name, said in given if name in known and isinstance(said, str) and _LONE_SURROGATE.search(said)]
    return [FieldError(name, "must not contain a lone surrogate") for name in named or [""]]


def _invalid(error: msgspec.ValidationError) -> Invalid:
    found = _PATH.match(str(error))
    what, path = (found["what"], found["path"] or "") if found else (str(error), "")
    if missing := _MISSING.match(what):
        return Invalid([FieldError(".".join(filter(None, (path, missing["field"]))), "is required")])
    if what.startswith("Invalid enum value"):  # what follows is what was sent, however long
        return Invalid([FieldError(path, "is none of the allowed values")])
    return Invalid([FieldError(path, _TYPE.sub(lambda word: _TYPES[word[0]], what[:1].lower() + what[1:]))])

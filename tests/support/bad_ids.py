"""Bad and good ids, in fields and in paths."""

from collections.abc import Iterator, Mapping

from tests.support.bad_values import (
    CONTROL_CHARACTERS,
    EMPTY,
    LONE_SURROGATES,
    NUMBERS,
    Value,
    any_field,
    named,
    quoted,
)
from tests.support.outcomes import ACCEPTED, INVALID, ROOM_NOT_FOUND, ROUTE_NOT_FOUND, UNKNOWN, Outcome

_NO_IDS = {
    "a word": "nonsense",
    "a number": "42",
    "one character too few": UNKNOWN[:-1],
    "one character too many": UNKNOWN + "0",
    "a NUL behind it": UNKNOWN + "\0",
    "a NUL in it": UNKNOWN[:-1] + "\0",
    "a surrogate in it": UNKNOWN[:-1] + "\ud800",
    "a letter that is no digit": UNKNOWN[:-1] + "g",
    "a path": "../../etc/passwd",
    "SQL": "' OR 1=1 --",
    "10 kB": "a" * 10_240,
}


def an_id(of_mine: str, unknown: Outcome, elsewhere: Mapping[str, Outcome], *, required: bool) -> Iterator[Value]:
    """Yield values of a field for an id.

    Args:
        of_mine: the placeholder of one that is accepted.
        unknown: what becomes of an id that nothing has.
        elsewhere: placeholder → what becomes of that id, which is another's or of something else.
    """
    yield from any_field(required=required)
    yield from named(INVALID, NUMBERS | LONE_SURROGATES | CONTROL_CHARACTERS | EMPTY)
    yield from (Value(name, quoted(raw), INVALID) for name, raw in _NO_IDS.items())
    yield Value("the id of nothing", quoted(UNKNOWN), unknown)
    yield Value("the nil id", quoted("0" * 8 + "-0000-0000-0000-" + "0" * 12), unknown)
    yield Value("the largest id", quoted("f" * 32), unknown)
    for placeholder, outcome in elsewhere.items():
        yield Value(f"the id of {placeholder}", b'"<%b>"' % placeholder.encode(), outcome)
    yield Value("upper case", b'"<%b:upper>"' % of_mine.encode(), ACCEPTED)
    yield Value("braces", b'"{<%b>}"' % of_mine.encode(), ACCEPTED)
    yield Value("a URN", b'"urn:uuid:<%b>"' % of_mine.encode(), ACCEPTED)


def room_id(outsider: Outcome) -> Iterator[Value]:
    """Yield values of an event's room; `outsider` is what becomes of a public room of others."""
    elsewhere = {"theirs": outsider, "private": ROOM_NOT_FOUND, "ada": ROOM_NOT_FOUND, "gone": ROOM_NOT_FOUND}
    return an_id("room", ROOM_NOT_FOUND, elsewhere, required=True)


PATH_IDS: Mapping[str, tuple[str, Outcome]] = {
    "a word": ("nonsense", ROOM_NOT_FOUND),
    "a number": ("42", ROOM_NOT_FOUND),
    "2^63": ("9223372036854775808", ROOM_NOT_FOUND),
    "NaN": ("NaN", ROOM_NOT_FOUND),
    "null": ("null", ROOM_NOT_FOUND),
    "a blank": ("%20", ROOM_NOT_FOUND),
    "a NUL": ("%00", ROOM_NOT_FOUND),
    "an id and a NUL": ("<room>%00", ROOM_NOT_FOUND),
    "a slash": ("%2F", ROOM_NOT_FOUND),
    "dots and slashes": ("..%2F..%2Fetc%2Fpasswd", ROOM_NOT_FOUND),
    "a line break": ("%0D%0Ax", ROOM_NOT_FOUND),
    "no UTF-8": ("%FF", ROOM_NOT_FOUND),
    "a surrogate in UTF-8": ("%ED%A0%80", ROOM_NOT_FOUND),
    "a percent sign alone": ("%25", ROOM_NOT_FOUND),
    "a list": ("[]", ROOM_NOT_FOUND),
    "an object": ("%7B%7D", ROOM_NOT_FOUND),
    "SQL": ("'%20OR%201=1--", ROOM_NOT_FOUND),
    "one character too few": (UNKNOWN[:-1], ROOM_NOT_FOUND),
    "one character too many": (UNKNOWN + "0", ROOM_NOT_FOUND),
    "7,000 characters": ("a" * 7_000, ROOM_NOT_FOUND),
    "the id of nothing": (UNKNOWN, ROOM_NOT_FOUND),
    "the nil id": ("0" * 32, ROOM_NOT_FOUND),
    "a person's id": ("<ada>", ROOM_NOT_FOUND),
    "another's sign-in": ("<eve:sign-in>", ROOM_NOT_FOUND),
    "a deleted room's id": ("<gone>", ROOM_NOT_FOUND),
    "a private room's id in upper case": ("<private:upper>", ROOM_NOT_FOUND),
    "nothing": ("", ROUTE_NOT_FOUND),
}

"""Bad and good values of each kind of field, as JSON in bytes, because no JSON library writes most of them."""

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tests.support.outcomes import ACCEPTED, DIGITS, INVALID, NO_JSON, Accepted, Outcome, Refused
from text.normalise import MAX_NAME_WORDS


class Value(NamedTuple):
    """One value of a field, as JSON (None: the field is missing), or of a query, as it stands in a URL."""

    name: str
    raw: bytes | None
    outcome: Outcome


STACKED = (
    "'); DELETE FROM users; --",
    "1; UPDATE users SET role = 'admin'; --",
    "x', (SELECT 1)); DROP TABLE rooms CASCADE; /*",
    '"; DELETE FROM members; --',
    "$$; DELETE FROM messages; $$",
    "\\'; COMMIT; DELETE FROM users; --",
    "%s %(id)s %% {0} {self} ? :id $1",
)
"""Texts that would be a second statement, or a parameter, if text became part of SQL."""


def quoted(text: str) -> bytes:
    """Return `text` as JSON; a lone surrogate is escaped."""
    return json.dumps(text).encode()


def named(outcome: Outcome, values: Mapping[str, bytes]) -> Iterator[Value]:
    return (Value(name, raw, outcome) for name, raw in values.items())


# Values that are bad in every field

_NOT_JSON = {
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "-Infinity": b"-Infinity",
    "no value": b"",
    "a bare word": b"undefined",
    "True": b"True",
    "a leading zero": b"01",
    "a hexadecimal number": b"0x10",
    "single quotes": b"'x'",
    "text cut off": b'"x',
    "an escape cut off": b'"\\ud8"',
    "an escape that is none": b'"\\x41"',
    "a raw NUL": b'"a\0b"',
    "a raw line break": b'"a\nb"',
    "60,000 brackets": b"[" * 60_000,
    "30,000 brackets, closed": b"[" * 30_000 + b"]" * 30_000,
    "10,000 objects, closed": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
}
NOT_UTF8 = {
    "a byte that is no UTF-8": b'"a\xffb"',
    "a surrogate in UTF-8": b'"\xed\xa0\x80"',
    "an overlong NUL": b'"\xc0\x80"',
}
_WRONG_TYPES = {
    "1e999": b"1e999",
    "-1e999": b"-1e999",
    "5,000 digits": DIGITS,
    "minus 5,000 digits": b"-" + DIGITS,
    "2^64": b"18446744073709551616",
    "1.5": b"1.5",
    "true": b"true",
    "a list": b"[]",
    "a list of text": b'["x"]',
    "a list of its own": b"[[1]]",
    "an object": b"{}",
    "an object with an id": b'{"id":"x"}',
}
LONE_SURROGATES = {
    "a lone high surrogate": b'"a\\ud800b"',
    "a lone low surrogate": b'"a\\udfffb"',
    "surrogates the wrong way round": b'"\\udc00\\ud800"',
}
CONTROL_CHARACTERS = {
    "a NUL": b'"a\\u0000b"',
    "a NUL at the end": b'"abcdefghijk\\u0000"',
    "a bell": b'"a\\u0007b"',
    "an escape character": b'"a\\u001bb"',
    "a unit separator at the end": b'"abcdefghijk\\u001f"',
    "a delete": b'"a\\u007fb"',
    "a C1 control character": b'"a\\u0085b"',
}
EMPTY = {
    "nothing": b'""',
    "blanks": b'"   "',
    "a no-break space": b'"\\u00a0\\u2003"',
    "a line break": b'" \\r\\n\\t"',
    "a zero-width space": b'"\\u200b"',
    "a byte order mark": b'"\\ufeff"',
}
NUMBERS = {"1": b"1", "-1": b"-1", "2^63": b"9223372036854775808", "-2^63": b"-9223372036854775808"}


def any_field(*, required: bool) -> Iterator[Value]:
    absent = INVALID if required else ACCEPTED
    yield Value("missing", None, absent)
    yield Value("null", b"null", absent)
    yield from named(NO_JSON, _NOT_JSON | NOT_UTF8)
    yield from named(INVALID, _WRONG_TYPES)


# Kinds of fields


def text(
    longest: int = 80,
    shortest: int = 1,
    *,
    required: bool = True,
    lines: bool = False,
    well_formed: Outcome | None = None,
    prefix: str = "",
) -> Iterator[Value]:
    """Yield values of a text field.

    Args:
        longest, shortest: in characters, which are code points.
        lines: whether it may have several lines.
        well_formed: what becomes of text that obeys the rule; None where it is accepted and shown.
        prefix: what text must begin with to obey the rule.
    """

    def good(name: str, raw: str, kept: str) -> Value:
        return Value(name, quoted(prefix + raw), well_formed or Accepted(prefix + kept))

    room = longest - len(prefix)
    yield from any_field(required=required)
    yield from named(INVALID, NUMBERS | LONE_SURROGATES | CONTROL_CHARACTERS)
    yield from named(INVALID if shortest else ACCEPTED, EMPTY)
    yield Value("one character too long", quoted(prefix + "x" * (room + 1)), INVALID)
    yield Value("one astral character too long", quoted(prefix + "\U0001f600" * (room + 1)), INVALID)
    yield Value("longer when composed", quoted(prefix + "\u0958" * room), INVALID)  # a composition exclusion
    yield Value("60,000 characters", quoted("x" * 60_000), INVALID)
    yield good("as long as may be", "x" * room, "x" * room)
    yield good("as long as may be, astral", "\U0001f600" * room, "\U0001f600" * room)
    yield good("as long as may be, once composed", "e\u0301" * room, "\xe9" * room)
    yield good("blanks at the end", "abc \u00a0\n", "abc")
    yield good("not Latin", "\u05e2\u05d3\u05d4 \u0644", "\u05e2\u05d3\u05d4 \u0644")
    yield good("joined emoji", "x\U0001f469\u200d\U0001f393x", "x\U0001f469\u200d\U0001f393x")
    yield good("what SQL and HTML would mind", "'; DROP--%_\\<b>&", "'; DROP--%_\\<b>&")
    for attack in STACKED:
        yield good(attack, attack, attack)
    if lines:
        yield good("lines", "a\r\nb\rc\n\td", "a\nb\nc\n\td")
    else:
        yield Value("a line break inside", b'"a\\nb"', INVALID)
        yield Value("a tab inside", b'"a\\tb"', INVALID)


_DECEITS = {
    "a right-to-left override inside": "a\u202eb",
    "a zero-width space inside": "a\u200bb",
    "a joiner between letters": "a\u200db",
    "private use": "a\ue000b",
    "what is unassigned": "a\u0378b",
    "a line separator inside": "a\u2028b",
    "a Cyrillic letter in a Latin word": "p\u0430ypal",
    "twenty marks on a letter": "x" + "\u0331" * 20,
}


def name(shortest: int = 1, *, required: bool = True) -> Iterator[Value]:
    """Yield values of a field for the name of a user or a room."""
    yield from text(shortest=shortest, required=required)
    yield from (Value(what, quoted(deceit), INVALID) for what, deceit in _DECEITS.items())


def person_name(shortest: int = 1, *, required: bool = True) -> Iterator[Value]:
    """Yield values of a field for the name of a user: no sentence, address or role."""
    for value in name(shortest, required=required):
        is_sentence = value.name in STACKED and len(value.name.split()) > MAX_NAME_WORDS
        yield value._replace(outcome=INVALID) if is_sentence else value
    for pretence in ("a b c d e f g", "www.evil.example", "https://x", "Admin", "the \u0410dmin", "Deleted user"):
        yield Value(pretence, quoted(pretence), INVALID)


def email(host: str, well_formed: Outcome | None = None, *, required: bool = True) -> Iterator[Value]:
    """Yield values of an email field; `well_formed` as for `text`. Those that are accepted are at `host`."""

    def good(name: str, raw: str, kept: str) -> Value:
        return Value(name, quoted(raw), well_formed or Accepted(kept))

    yield from any_field(required=required)
    yield from named(INVALID, NUMBERS | LONE_SURROGATES | CONTROL_CHARACTERS | EMPTY)
    for bad in ("x", "@", "a@", "@b", "a@b@c", "a b@example.org", "a@exam ple.org", "a,b@example.org", "A <a@b.org>"):
        yield Value(bad, quoted(bad), INVALID)
    yield Value("a NUL in an address", b'"a\\u0000@example.org"', INVALID)
    yield Value("a line break in an address", b'"a\\n@example.org"', INVALID)
    yield Value("one character too long", quoted("x" * 243 + "@example.org"), INVALID)
    yield Value("60,000 characters", quoted("x" * 60_000 + "@example.org"), INVALID)
    longest = f"@{host}".rjust(254, "y")
    yield good("as long as may be", longest, longest)
    yield good("upper case and blanks", f" Upper@{host.upper()} ", f"upper@{host}")
    yield good("a tag", f"a+tag@{host}", f"a+tag@{host}")
    yield good("an apostrophe", f"o'neil@{host}", f"o'neil@{host}")
    yield good("not Latin", f"jose\u0301@b\xfccher.{host}", f"jos\xe9@b\xfccher.{host}")


def code(unknown: Refused, *, required: bool = True) -> Iterator[Value]:
    """Yield values of a field for the code of an invitation; `unknown` is the outcome of a well-formed one."""
    yield from any_field(required=required)
    yield from named(INVALID, NUMBERS | LONE_SURROGATES | CONTROL_CHARACTERS | EMPTY)
    for bad in ("a b", "a/b", "\xe9", "x" * 101, "x" * 60_000):
        yield Value(bad[:30], quoted(bad), INVALID)
    for good in ("x", "a-b_C9", "x" * 100):
        yield Value(good[:30], quoted(good), unknown)


def password(shortest: int = 10, well_formed: Outcome = ACCEPTED) -> Iterator[Value]:
    """Yield values of a password field. Blanks count."""
    yield from any_field(required=True)
    yield from named(INVALID, NUMBERS | LONE_SURROGATES | CONTROL_CHARACTERS)
    yield Value("nothing", b'""', INVALID)
    if shortest > 1:
        yield Value("one character too short", quoted("x" * (shortest - 1)), INVALID)
        yield Value("too short once composed", quoted("e\u0301" * (shortest - 1)), INVALID)
        yield Value("one of the commonest", b'"1q2w3e4r5t"', INVALID)
        yield Value("one of the commonest, in capitals", b'"QWERTYUIOP"', INVALID)
        yield Value("our name and a year", b'"Study-Hall 2026"', INVALID)
    yield Value("one character too long", quoted("x" * 129), INVALID)
    yield Value("60,000 characters", quoted("x" * 60_000), INVALID)
    yield Value("a line break inside", b'"abcdefgh\\nijkl"', INVALID)
    for name, raw in {
        "as short as may be": "k7 vq0-zt3"[:shortest],
        "as long as may be": "x" * 128,
        "as long as may be, astral": "\U0001f600" * 128,
        "nothing but blanks": " " * 10,
        "long words in many scripts": "e\u0301 \u05e2\u05d3\u05d4 \u0644 \U0001f600 abc",
        **{attack: attack for attack in STACKED},
    }.items():
        yield Value(name, quoted(raw), well_formed)


def link() -> Iterator[Value]:
    """Yield values of a field for the address of a picture; the empty one is for none."""
    yield from text(500, 0, required=False, prefix="/")
    for bad in (
        "javascript:alert(1)",
        "data:image/png;base64,AA",
        "ftp://example.org/a",
        "a.png",
        "\\\\host\\a",
        "x" * 500,
    ):
        yield Value(bad[:30], quoted(bad), INVALID)
    for good in ("https://example.org/a.png", "http://example.org/", "/a.png", "HTTPS://EXAMPLE.ORG/"):
        yield Value(good, quoted(good), Accepted(good))


def integer(lowest: int, highest: int, *, required: bool = True) -> Iterator[Value]:
    """Yield values of a field for a whole number."""
    yield from any_field(required=required)
    yield from named(INVALID, EMPTY | LONE_SURROGATES | CONTROL_CHARACTERS)
    for bad in (
        b'"1"',
        b'"abc"',
        b'"NaN"',
        b"1e400",
        b"-1e400",
        b"1e99",
        b"9223372036854775808",
        b"-9223372036854775809",
    ):
        yield Value(bad.decode(), bad, INVALID)
    yield Value("a quarter more than may be least", b"%d.25" % lowest, INVALID)
    yield Value("one too large, as a float", b"%d.0" % (highest + 1), INVALID)
    yield Value("as small as may be, as a float", b"%d.0" % lowest, ACCEPTED)
    yield Value("as large as may be, with an exponent", b"%d.0e0" % highest, ACCEPTED)
    yield Value("one too small", b"%d" % (lowest - 1), INVALID)
    yield Value("one too large", b"%d" % (highest + 1), INVALID)
    yield Value("as small as may be", b"%d" % lowest, ACCEPTED)
    yield Value("as large as may be", b"%d" % highest, ACCEPTED)


def word(*words: str, required: bool = True) -> Iterator[Value]:
    """Yield values of a field that takes one of a few words."""
    yield from any_field(required=required)
    yield from named(INVALID, NUMBERS | LONE_SURROGATES | CONTROL_CHARACTERS | EMPTY)
    for bad in ("nonsense", words[0].upper(), f" {words[0]}", f"{words[0]}\0", "x" * 60_000):
        yield Value(bad[:30].replace("\0", "NUL"), quoted(bad), INVALID)
    for good in words:
        yield Value(good, quoted(good), ACCEPTED)


def language() -> Iterator[Value]:
    """Yield values of an optional field for a language; the empty one is for none."""
    yield from any_field(required=False)
    yield from named(INVALID, NUMBERS | LONE_SURROGATES | CONTROL_CHARACTERS | EMPTY | {"nothing": b'" "'})
    for bad in ("fr", "DE", " de", "de-DE", "deutsch", "x" * 60_000):
        yield Value(bad[:30], quoted(bad), INVALID)
    for good in ("de", "en", ""):
        yield Value(f"{good!r} in the list", quoted(good), ACCEPTED)


def time_zone(*, required: bool = False) -> Iterator[Value]:
    """Yield values of a field for a time zone."""
    yield from any_field(required=required)
    yield from named(INVALID, NUMBERS | LONE_SURROGATES | CONTROL_CHARACTERS | EMPTY | {"nothing": b'" "'})
    for bad in (
        "",
        "Europe/Atlantis",
        "europe/berlin",
        " Europe/Berlin",
        "Europe/",
        "Europe",
        "../zones",
        "+01:00",
        "x" * 60_000,
    ):
        yield Value(bad[:30], quoted(bad), INVALID)
    for good in ("Europe/Berlin", "Asia/Calcutta", "America/Argentina/Buenos_Aires", "UTC"):
        yield Value(good, quoted(good), ACCEPTED)


def timestamp(good: bytes, *, required: bool = True) -> Iterator[Value]:
    """Yield values of a field for a time; `good` is one that is accepted, as JSON."""
    yield from any_field(required=required)
    yield from named(INVALID, NUMBERS | LONE_SURROGATES | CONTROL_CHARACTERS | EMPTY)
    for bad in (
        "yesterday",
        "2026-12-01",
        "2026-12-01T09:30",
        "2026-12-01T09:30:00",
        "2026-12-01 09:30:00Z",
        "2026-13-01T09:30:00Z",
        "2026-02-30T09:30:00Z",
        "2026-12-01T25:30:00Z",
        "2026-12-01T09:30:00+99:00",
        "2026-12-01T09:30:00Z\0",
        "\u0662\u0660\u0662\u0666-12-01T09:30:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999Z",
        "1969-12-31T23:59:59Z",
        "1796117400000",
        "x" * 60_000,
    ):
        yield Value(bad[:40].replace("\0", " NUL"), quoted(bad), INVALID)
    yield Value("a time", good, ACCEPTED)


def flag() -> Iterator[Value]:
    """Yield values of an optional field that is true or false."""
    yield from (value for value in any_field(required=False) if value.raw != b"true")
    yield from named(INVALID, NUMBERS | EMPTY)
    for bad in (b"0", b'"true"', b'"false"', b'"yes"'):
        yield Value(bad.decode(), bad, INVALID)
    yield Value("true", b"true", ACCEPTED)
    yield Value("false", b"false", ACCEPTED)


def calendar_date(*, required: bool = False) -> Iterator[Value]:
    """Yield values of a field for a date without a time."""
    yield from any_field(required=required)
    yield from named(INVALID, NUMBERS | LONE_SURROGATES | CONTROL_CHARACTERS | EMPTY)
    for bad in (
        *("2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-12-00", "0000-01-01", "1900-02-29"),
        *("2026-1-1", "20261201", "2026-W49-2", "2026-12-01T00:00:00Z", "01.12.2026", "tomorrow", "-2026-12-01"),
        *("12026-12-01", " 2026-12-01", "2026-12-01\n", "\uff12026-12-01", "2026\u201012\u201001", "x" * 60_000),
    ):
        yield Value(bad[:30], quoted(bad), INVALID)
    for good in ("2026-12-01", "2028-02-29", "2000-02-29", "0001-01-01", "9999-12-31"):
        yield Value(good, quoted(good), Accepted(good))

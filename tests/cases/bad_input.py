"""The bad-input matrix: every route and event, every field, every kind of bad value, and what must be answered.

Nothing here was recorded from a server. A row says what the contract says of a route, an event or a field; the
cells follow from the rows by rule. Values are JSON as it is sent, because much of what is bad about them no JSON
library writes. `<…>` in a path, a header or a body stands for something of the school at hand (`test_bad_input.Stage`).
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote

from domain.account_requests import (
    AccountDeletion,
    AccountInviteCode,
    AdminClaim,
    BeginTwoFactor,
    ConfirmTwoFactor,
    Credentials,
    DisableTwoFactor,
    EmailVerification,
    ForgottenPassword,
    NewAccountInvite,
    PasswordChange,
    PasswordReset,
    ProfileChange,
    RefreshRequest,
    Registration,
    SignOut,
    TokenRenewal,
)
from domain.admin import NewAnnouncement, UserChange, UsersQuery
from domain.base import Payload
from domain.messages import HistoryQuery, MarkRead, NewMessage, SendMessage, SystemMessage
from domain.moderation import (
    AllReportsQuery,
    AuditQuery,
    NewBan,
    NewMute,
    NewReport,
    ReportChange,
    ReportsQuery,
    RoleChange,
)
from domain.presence import StatusChange, UpdateStatus
from domain.rooms import InviteCode, JoinRoom, NewInvite, NewRoom, RoomChange, RoomRef, RoomsQuery
from text.normalise import MAX_NAME_WORDS

UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"
DIGITS = b"7" * 5_000
LIMIT = 64 * 1024


class Refused(NamedTuple):
    """A failure that the client is told of. `fields` are those named in `errors`, which 422 has and nothing else."""

    status: int
    code: str
    fields: tuple[str, ...] = ()


class Accepted(NamedTuple):
    """A success. `kept` is what the answer shows of the field, where it shows it."""

    kept: str | None = None


Outcome = Refused | Accepted

OK = Accepted()
NO_JSON = Refused(400, "invalid_json")
NOT_SIGNED_IN = Refused(401, "not_signed_in")
ROOM_NOT_FOUND = Refused(404, "room_not_found")
ROUTE_NOT_FOUND = Refused(404, "route_not_found")
NOT_A_MEMBER = Refused(403, "not_a_member")
FORBIDDEN = Refused(403, "forbidden")
MESSAGE_NOT_FOUND = Refused(404, "message_not_found")
REPORT_NOT_FOUND = Refused(404, "report_not_found")
TOO_LARGE = Refused(413, "payload_too_large")
WRONG_TYPE = Refused(415, "unsupported_media_type")
METHOD_NOT_ALLOWED = Refused(405, "method_not_allowed")


def invalid(*fields: str) -> Refused:
    """Return the refusal of input that names these fields."""
    return Refused(422, "invalid_input", fields)


INVALID = invalid("?")
"""The field at hand is refused."""


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
"""What would be a second statement, or a parameter, where text became part of SQL."""


def quoted(text: str) -> bytes:
    """Return `text` as JSON; a lone surrogate is escaped."""
    return json.dumps(text).encode()


def _named(outcome: Outcome, values: Mapping[str, bytes]) -> Iterator[Value]:
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
_NOT_UTF8 = {
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
_LONE_SURROGATES = {
    "a lone high surrogate": b'"a\\ud800b"',
    "a lone low surrogate": b'"a\\udfffb"',
    "surrogates the wrong way round": b'"\\udc00\\ud800"',
}
_CONTROL_CHARACTERS = {
    "a NUL": b'"a\\u0000b"',
    "a NUL at the end": b'"abcdefghijk\\u0000"',
    "a bell": b'"a\\u0007b"',
    "an escape character": b'"a\\u001bb"',
    "a unit separator at the end": b'"abcdefghijk\\u001f"',
    "a delete": b'"a\\u007fb"',
    "a C1 control character": b'"a\\u0085b"',
}
_EMPTY = {
    "nothing": b'""',
    "blanks": b'"   "',
    "a no-break space": b'"\\u00a0\\u2003"',
    "a line break": b'" \\r\\n\\t"',
    "a zero-width space": b'"\\u200b"',
    "a byte order mark": b'"\\ufeff"',
}
_NUMBERS = {"1": b"1", "-1": b"-1", "2^63": b"9223372036854775808", "-2^63": b"-9223372036854775808"}


def _any_field(*, required: bool) -> Iterator[Value]:
    absent = INVALID if required else OK
    yield Value("missing", None, absent)
    yield Value("null", b"null", absent)
    yield from _named(NO_JSON, _NOT_JSON | _NOT_UTF8)
    yield from _named(INVALID, _WRONG_TYPES)


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
    yield from _any_field(required=required)
    yield from _named(INVALID, _NUMBERS | _LONE_SURROGATES | _CONTROL_CHARACTERS)
    yield from _named(INVALID if shortest else OK, _EMPTY)
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
    """Yield values of a field for what a person or a room is called."""
    yield from text(shortest=shortest, required=required)
    yield from (Value(what, quoted(deceit), INVALID) for what, deceit in _DECEITS.items())


def person_name(shortest: int = 1, *, required: bool = True) -> Iterator[Value]:
    """Yield values of a field for what a person is called: no sentence, address or role."""
    for value in name(shortest, required=required):
        is_sentence = value.name in STACKED and len(value.name.split()) > MAX_NAME_WORDS
        yield value._replace(outcome=INVALID) if is_sentence else value
    for pretence in ("a b c d e f g", "www.evil.example", "https://x", "Admin", "the \u0410dmin", "Deleted user"):
        yield Value(pretence, quoted(pretence), INVALID)


def email(host: str, well_formed: Outcome | None = None, *, required: bool = True) -> Iterator[Value]:
    """Yield values of an email field; `well_formed` as for `text`. Those that are accepted are at `host`."""

    def good(name: str, raw: str, kept: str) -> Value:
        return Value(name, quoted(raw), well_formed or Accepted(kept))

    yield from _any_field(required=required)
    yield from _named(INVALID, _NUMBERS | _LONE_SURROGATES | _CONTROL_CHARACTERS | _EMPTY)
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
    """Yield values of the field of an invitation's code; `unknown` becomes of one that is well-formed."""
    yield from _any_field(required=required)
    yield from _named(INVALID, _NUMBERS | _LONE_SURROGATES | _CONTROL_CHARACTERS | _EMPTY)
    for bad in ("a b", "a/b", "\xe9", "x" * 101, "x" * 60_000):
        yield Value(bad[:30], quoted(bad), INVALID)
    for good in ("x", "a-b_C9", "x" * 100):
        yield Value(good[:30], quoted(good), unknown)


def password(shortest: int = 10, well_formed: Outcome = OK) -> Iterator[Value]:
    """Yield values of a password field. Blanks count."""
    yield from _any_field(required=True)
    yield from _named(INVALID, _NUMBERS | _LONE_SURROGATES | _CONTROL_CHARACTERS)
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
    yield from _any_field(required=required)
    yield from _named(INVALID, _EMPTY | _LONE_SURROGATES | _CONTROL_CHARACTERS)
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
    yield Value("as small as may be, as a float", b"%d.0" % lowest, OK)
    yield Value("as large as may be, with an exponent", b"%d.0e0" % highest, OK)
    yield Value("one too small", b"%d" % (lowest - 1), INVALID)
    yield Value("one too large", b"%d" % (highest + 1), INVALID)
    yield Value("as small as may be", b"%d" % lowest, OK)
    yield Value("as large as may be", b"%d" % highest, OK)


def word(*words: str, required: bool = True) -> Iterator[Value]:
    """Yield values of a field that takes one of a few words."""
    yield from _any_field(required=required)
    yield from _named(INVALID, _NUMBERS | _LONE_SURROGATES | _CONTROL_CHARACTERS | _EMPTY)
    for bad in ("nonsense", words[0].upper(), f" {words[0]}", f"{words[0]}\0", "x" * 60_000):
        yield Value(bad[:30].replace("\0", "NUL"), quoted(bad), INVALID)
    for good in words:
        yield Value(good, quoted(good), OK)


def flag() -> Iterator[Value]:
    """Yield values of an optional field that is true or false."""
    yield from (value for value in _any_field(required=False) if value.raw != b"true")
    yield from _named(INVALID, _NUMBERS | _EMPTY)
    for bad in (b"0", b'"true"', b'"false"', b'"yes"'):
        yield Value(bad.decode(), bad, INVALID)
    yield Value("true", b"true", OK)
    yield Value("false", b"false", OK)


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
    yield from _any_field(required=required)
    yield from _named(INVALID, _NUMBERS | _LONE_SURROGATES | _CONTROL_CHARACTERS | _EMPTY)
    yield from (Value(name, quoted(raw), INVALID) for name, raw in _NO_IDS.items())
    yield Value("the id of nothing", quoted(UNKNOWN), unknown)
    yield Value("the nil id", quoted("0" * 8 + "-0000-0000-0000-" + "0" * 12), unknown)
    yield Value("the largest id", quoted("f" * 32), unknown)
    for placeholder, outcome in elsewhere.items():
        yield Value(f"the id of {placeholder}", b'"<%b>"' % placeholder.encode(), outcome)
    yield Value("upper case", b'"<%b:upper>"' % of_mine.encode(), OK)
    yield Value("braces", b'"{<%b>}"' % of_mine.encode(), OK)
    yield Value("a URN", b'"urn:uuid:<%b>"' % of_mine.encode(), OK)


def room_id(outsider: Outcome) -> Iterator[Value]:
    """Yield values of an event's room; `outsider` is what becomes of a public room of others."""
    elsewhere = {"theirs": outsider, "private": ROOM_NOT_FOUND, "ada": ROOM_NOT_FOUND, "gone": ROOM_NOT_FOUND}
    return an_id("room", ROOM_NOT_FOUND, elsewhere, required=True)


# Fields: what the contract says of each

WRONG_CREDENTIALS = Refused(401, "wrong_credentials")
WRONG_PASSWORD = Refused(403, "wrong_password")
WRONG_CODE = Refused(403, "wrong_code")
CANNOT_MAKE_ADMIN = Refused(403, "cannot_make_admin")
INVITE_NOT_FOUND = Refused(404, "invite_not_found")
NO_ADMIN_LINK = Refused(403, "invalid_admin_link")
NO_RESET_TOKEN = Refused(403, "invalid_reset_token")
NO_VERIFICATION_TOKEN = Refused(403, "invalid_verification_token")
NO_REFRESH_TOKEN = Refused(401, "invalid_refresh_token")
NO_TOKEN = Refused(401, "token_invalid")
_LARGEST_SEQ = 2**53 - 1


def _room_fields(*, named: bool) -> dict[str, Iterable[Value]]:
    return {
        "name": name(required=named),
        "description": text(1000, 0, required=False, lines=True),
        "subject": text(80, 0, required=False),
        "image": link(),
        "visibility": word("private", "public", required=False),
        "capacity": integer(1, 10_000, required=False),
        "retentionDays": integer(0, 3650, required=False),
    }


_NOT_MINE = dict.fromkeys(("cleo", "room", "gone"), NOT_A_MEMBER)

FIELDS: Mapping[type[Payload], Mapping[str, list[Value]]] = {
    shape: {field: list(values) for field, values in fields.items()}
    for shape, fields in {
        Registration: {
            "firstName": person_name(),
            "lastName": person_name(0, required=False),
            "email": email("example.org"),
            "password": password(),
            "invite": code(INVITE_NOT_FOUND, required=False),
            "adminToken": text(100, required=False, well_formed=NO_ADMIN_LINK),
        },
        AdminClaim: {"token": text(100, well_formed=NO_ADMIN_LINK)},
        Credentials: {
            "email": email("nowhere.example.org", WRONG_CREDENTIALS),
            "password": password(1, WRONG_CREDENTIALS),
            "code": text(100, required=False, well_formed=OK),
        },
        BeginTwoFactor: {"currentPassword": password(1, WRONG_PASSWORD)},
        ConfirmTwoFactor: {"code": text(100, well_formed=WRONG_CODE)},
        DisableTwoFactor: {
            "currentPassword": password(1, WRONG_PASSWORD),
            "code": text(100, well_formed=WRONG_CODE),
        },
        SignOut: {"token": text(200, well_formed=NO_REFRESH_TOKEN)},
        RefreshRequest: {"refreshToken": text(200, well_formed=NO_REFRESH_TOKEN)},
        TokenRenewal: {"token": text(2000, well_formed=NO_TOKEN)},
        ProfileChange: {
            "firstName": person_name(required=False),
            "lastName": person_name(0, required=False),
            "avatar": link(),
            "bio": text(1000, 0, required=False, lines=True),
        },
        AccountDeletion: {
            "currentPassword": password(1, WRONG_PASSWORD),
            "code": text(100, required=False, well_formed=OK),
        },
        PasswordChange: {
            "currentPassword": password(1, WRONG_PASSWORD),
            "newPassword": password(),
            "code": text(100, required=False, well_formed=OK),
        },
        UserChange: {
            "role": [*word("student", required=False), Value("admin", b'"admin"', CANNOT_MAKE_ADMIN)],
            "disabled": flag(),
        },
        ForgottenPassword: {"email": email("nowhere.example.org", OK)},
        InviteCode: {"code": text(100, well_formed=Refused(404, "invite_not_found"))},
        PasswordReset: {"token": text(100, well_formed=NO_RESET_TOKEN), "newPassword": password()},
        EmailVerification: {"token": text(100, well_formed=NO_VERIFICATION_TOKEN)},
        NewRoom: _room_fields(named=True),
        RoomChange: {
            **_room_fields(named=False),
            "ownerId": an_id("ada", NOT_A_MEMBER, _NOT_MINE, required=False),
        },
        NewMessage: {
            "content": text(4000, lines=True),
            "clientMessageId": text(100, required=False),
        },
        SystemMessage: {"content": text(4000, lines=True)},
        NewAnnouncement: {
            "content": text(500, lines=True),
            "endsIn": integer(60, 2_592_000, required=False),
        },
        NewAccountInvite: {
            "expiresIn": integer(60, 31_536_000, required=False),
            "uses": integer(1, 1_000, required=False),
            "email": email("example.org", required=False),
        },
        AccountInviteCode: {"code": code(INVITE_NOT_FOUND)},
        NewInvite: {
            "expiresIn": integer(60, 31_536_000, required=False),
            "uses": integer(1, 1_000, required=False),
        },
        RoleChange: {"role": word("moderator", "member")},
        NewMute: {"seconds": integer(1, 2_592_000)},
        NewBan: {"reason": text(200, 0, required=False)},
        NewReport: {"reason": text(200, 0, required=False, well_formed=OK)},
        ReportChange: {"status": word("resolved", "open")},
        StatusChange: {"status": word("away", "busy", "active", "automatic")},
        RoomRef: {"roomId": room_id(OK)},
        JoinRoom: {
            "roomId": room_id(NOT_A_MEMBER),
            "since": integer(0, _LARGEST_SEQ, required=False),
            "epoch": text(100, required=False, well_formed=OK),
        },
        SendMessage: {
            "roomId": room_id(NOT_A_MEMBER),
            "content": text(4000, lines=True),
            "clientMessageId": text(100, required=False),
        },
        UpdateStatus: {
            "roomId": room_id(NOT_A_MEMBER),
            "status": word("away", "busy", "active", "automatic", required=False),
        },
        MarkRead: {"roomId": room_id(NOT_A_MEMBER), "seq": integer(0, _LARGEST_SEQ)},
    }.items()
}


def _query_number(lowest: int, highest: int) -> Iterator[Value]:
    """Yield values of a number in a query; an empty one is as absent."""
    bad = f"{lowest - 1} {highest + 1} -2 abc NaN Infinity 1e999 1.5 0x1 1_0 true [] {{}} 9223372036854775808"
    for raw in bad.split():
        yield Value(raw, raw.encode(), INVALID)
    for name, raw in {"a NUL": "1%00", "a blank": "%201", "no UTF-8": "%FF", "a wide digit": "%EF%BC%91"}.items():
        yield Value(name, raw.encode(), INVALID)
    yield Value("5,000 digits", DIGITS, INVALID)
    yield from (Value(f"{good!r}", good.encode(), OK) for good in ("", f"{lowest}", f"{highest}"))


_A_PAGE_OF_WHAT_IS_SEARCHED: Mapping[str, list[Value]] = {
    "search": [
        *(Value(name, raw, INVALID) for name, raw in {"a NUL": b"a%00b", "a line break": b"a%0Ab"}.items()),
        Value("one character too long", b"x" * 101, INVALID),
        Value("7,000 characters", b"x" * 7000, INVALID),
        Value("as long as may be", b"x" * 100, OK),
        Value("as long as may be, astral", b"%F0%9F%98%80" * 100, OK),
        Value("nothing", b"", OK),
        Value("what SQL would mind", b"%25_%5C'%22;--", OK),
        *(Value(attack, quote(attack, safe="").encode(), OK) for attack in STACKED),
        Value("a surrogate in UTF-8, which is left as it is", b"%ED%A0%80", OK),
    ],
    "limit": list(_query_number(1, 100)),
    "cursor": [
        *(Value(raw[:20], raw.encode(), INVALID) for raw in ("x", "42", "%00", "..", "a" * 7000)),
        Value("the id of nothing", UNKNOWN.encode(), OK),
        Value("upper case", b"<room:upper>", OK),
        Value("nothing", b"", OK),
    ],
}

_A_PAGE_OF_REPORTS: Mapping[str, list[Value]] = {
    "status": [
        *(Value(raw[:20], raw.encode(), INVALID) for raw in ("nonsense", "OPEN", "%20open", "open%00", "x" * 7000)),
        *(Value(raw, raw.encode(), OK) for raw in ("open", "resolved", "")),
    ],
    "before": [
        *(Value(raw[:20], raw.encode(), INVALID) for raw in ("x", "42", "%00", "..", "a" * 7000)),
        Value("the id of nothing", UNKNOWN.encode(), OK),
        Value("upper case", b"<room:upper>", OK),
        Value("nothing", b"", OK),
    ],
    "limit": list(_query_number(1, 100)),
}

QUERIES: Mapping[type[Payload], Mapping[str, list[Value]]] = {
    RoomsQuery: _A_PAGE_OF_WHAT_IS_SEARCHED,
    UsersQuery: {
        **_A_PAGE_OF_WHAT_IS_SEARCHED,
        "pending": [
            *(Value(raw[:20], raw.encode(), INVALID) for raw in ("x", "2", "yes", "%00", "[]", "a" * 7000)),
            *(Value(raw, raw.encode(), OK) for raw in ("true", "false", "1", "0")),
        ],
    },
    ReportsQuery: _A_PAGE_OF_REPORTS,
    AllReportsQuery: {**_A_PAGE_OF_REPORTS, "roomId": _A_PAGE_OF_REPORTS["before"]},
    AuditQuery: {
        "before": [
            *(Value(raw[:20], raw.encode(), INVALID) for raw in ("x", "42", "%00", "..", "a" * 7000)),
            Value("the id of nothing", UNKNOWN.encode(), OK),
            Value("upper case", b"<room:upper>", OK),
            Value("nothing", b"", OK),
        ],
        "limit": list(_query_number(1, 100)),
    },
    HistoryQuery: {
        "before": list(_query_number(0, _LARGEST_SEQ)),
        "after": list(_query_number(0, _LARGEST_SEQ)),
        "page": list(_query_number(1, 1_000_000)),
        "limit": list(_query_number(1, 100)),
    },
}

QUERY_COMBINATIONS: Mapping[type[Payload], Mapping[str, Outcome]] = {
    ReportsQuery: {
        "status=open&status=resolved": OK,
        "status=open&limit=x": invalid("limit"),
        "status=&before=&limit=": OK,
        "unknown=%00": OK,
    },
    AllReportsQuery: {"roomId=&status=&before=": OK, "roomId=x&limit=x": invalid("roomId", "limit")},
    RoomsQuery: {
        "limit=1&limit=2": OK,
        "limit=1&limit=x": invalid("limit"),
        "limit": OK,
        "&&=&": OK,
        "unknown=%00": OK,
        "search=a%00&cursor=x": invalid("search", "cursor"),
    },
    UsersQuery: {
        "limit=1&limit=2": OK,
        "limit=1&limit=x": invalid("limit"),
        "limit": OK,
        "&&=&": OK,
        "unknown=%00": OK,
        "search=a%00&cursor=x": invalid("search", "cursor"),
    },
    AuditQuery: {
        "limit=1&limit=2": OK,
        "limit=x&before=x": invalid("before", "limit"),
        "unknown=%00": OK,
    },
    HistoryQuery: {
        "before=1&after=1": invalid("before"),
        "before=1&page=1": invalid("before"),
        "after=1&page=1": invalid("before"),
        "before=1&after=1&page=1": invalid("before"),
        "before=1&before=2": OK,
        "before=&after=1": OK,
        "unknown=NaN": OK,
    },
}


# Routes


class Route(NamedTuple):
    """What the contract says of a route.

    `base` is a body that is accepted, `body` and `query` say what it is read as. `caller` asks; `room` is the room
    that the path names, or the session, and `absent` what is answered where there is none. `public` and `private` are
    what becomes of somebody asking who is no member, `member` of one who is no more than that; None where they may, or
    where there is no room. `parts` are the other placeholders of the path, with what becomes of an id there that is
    none, or of nothing.
    """

    status: int = 200
    body: type[Payload] | None = None
    base: Mapping[str, bytes] = {}
    query: type[Payload] | None = None
    caller: str | None = "ada"
    room: str = "room"
    absent: Refused = ROOM_NOT_FOUND
    public: Refused | None = None
    private: Refused | None = ROOM_NOT_FOUND
    member: Refused | None = None
    parts: Mapping[str, Refused] = {}


ROOM = "/api/study-rooms/<room>"
NOT_PRESENT = Refused(409, "not_present")
SESSION_NOT_FOUND = Refused(404, "session_not_found")
PROMOTION_NOT_FOUND = Refused(404, "promotion_not_found")
USER_NOT_FOUND = Refused(404, "user_not_found")
NOBODY = {"dora": USER_NOT_FOUND}
NO_INVITE = {"invite": INVITE_NOT_FOUND}
OWNER_CANNOT_LEAVE = Refused(409, "owner_cannot_leave")
_PASSWORD = b'"<password>"'

ROUTES: Mapping[tuple[str, str], Route] = {
    ("POST", "/api/auth/register"): Route(
        201,
        Registration,
        {"firstName": b'"New"', "lastName": b'"Comer"', "email": b'"new<number>@example.org"', "password": _PASSWORD},
        caller=None,
    ),
    ("POST", "/api/auth/login"): Route(200, Credentials, {"email": b'"<email>"', "password": _PASSWORD}, caller=None),
    ("POST", "/api/auth/sign-out"): Route(200, SignOut, {"token": b'"<refresh-token>"'}, caller=None),
    ("POST", "/api/auth/refresh"): Route(200, RefreshRequest, {"refreshToken": b'"<refresh-token>"'}, caller=None),
    ("POST", "/api/users/<waiting>/approve"): Route(caller="head", parts={"waiting": USER_NOT_FOUND}),
    ("POST", "/api/users/<applicant>/refuse"): Route(caller="head", parts={"applicant": USER_NOT_FOUND}),
    ("GET", "/api/announcements"): Route(),
    ("POST", "/api/announcements"): Route(
        201, NewAnnouncement, {"content": b'"The server restarts at six"', "endsIn": b"60"}, caller="head"
    ),
    ("DELETE", "/api/announcements/<announcement>"): Route(
        caller="head", parts={"announcement": Refused(404, "announcement_not_found")}
    ),
    ("GET", "/api/account-invites"): Route(caller="head"),
    ("POST", "/api/account-invites"): Route(201, NewAccountInvite, {"uses": b"5"}, caller="head"),
    ("DELETE", "/api/account-invites/<accountinvite>"): Route(caller="head", parts={"accountinvite": INVITE_NOT_FOUND}),
    ("POST", "/api/account-invites/lookup"): Route(200, AccountInviteCode, {"code": b'"<account-code>"'}, caller=None),
    ("GET", "/api/server"): Route(caller=None),
    ("POST", "/api/auth/first-admin"): Route(200, AdminClaim, {"token": b'"<admin-token>"'}, caller="head"),
    ("GET", "/api/openapi.json"): Route(caller=None),
    ("GET", "/api/asyncapi.json"): Route(caller=None),
    ("GET", "/api/docs"): Route(caller=None),
    ("GET", "/api/docs/events"): Route(caller=None),
    ("GET", "/api/docs/style.css"): Route(caller=None),
    ("POST", "/api/auth/forgot-password"): Route(
        200, ForgottenPassword, {"email": b'"nobody@example.org"'}, caller=None
    ),
    ("POST", "/api/auth/reset-password"): Route(
        200, PasswordReset, {"token": b'"<reset-token>"', "newPassword": b'"another password"'}, caller=None
    ),
    ("POST", "/api/auth/verify-email"): Route(
        200, EmailVerification, {"token": b'"<verification-token>"'}, caller="guest"
    ),
    ("POST", "/api/auth/me/verification"): Route(caller="guest"),
    ("GET", "/healthz"): Route(caller=None),
    ("GET", "/readyz"): Route(caller=None),
    ("POST", "/api/auth/logout"): Route(caller="guest"),
    ("GET", "/api/auth/sessions"): Route(),
    ("DELETE", "/api/auth/sessions"): Route(caller="guest"),
    ("DELETE", "/api/auth/sessions/<session>"): Route(
        caller="guest", room="session", absent=SESSION_NOT_FOUND, private=None
    ),
    ("GET", "/api/auth/me"): Route(),
    ("PUT", "/api/auth/me"): Route(200, ProfileChange, {"bio": b'"Numbers"'}),
    ("DELETE", "/api/auth/me"): Route(200, AccountDeletion, {"currentPassword": _PASSWORD}, caller="guest"),
    ("GET", "/api/auth/me/export"): Route(),
    ("PUT", "/api/auth/password"): Route(
        200, PasswordChange, {"currentPassword": _PASSWORD, "newPassword": b'"another password"'}, caller="guest"
    ),
    ("GET", "/api/auth/second-factor"): Route(),
    ("POST", "/api/auth/second-factor"): Route(201, BeginTwoFactor, {"currentPassword": _PASSWORD}, caller="guest"),
    ("PUT", "/api/auth/second-factor"): Route(200, ConfirmTwoFactor, {"code": b'"<totp>"'}, caller="guest"),
    ("DELETE", "/api/auth/second-factor"): Route(
        200, DisableTwoFactor, {"currentPassword": _PASSWORD, "code": b'"<recovery-code>"'}, caller="keeper"
    ),
    ("GET", "/api/dashboard"): Route(),
    ("GET", "/api/dashboard/admin"): Route(caller="head"),
    ("GET", "/api/dashboard/admin/rooms"): Route(query=RoomsQuery, caller="head"),
    ("GET", "/api/dashboard/admin/reports"): Route(query=AllReportsQuery, caller="head"),
    ("PUT", "/api/dashboard/admin/reports/<report>"): Route(
        200, ReportChange, {"status": b'"resolved"'}, caller="head", parts={"report": REPORT_NOT_FOUND}
    ),
    ("GET", "/api/users"): Route(query=UsersQuery, caller="head"),
    ("GET", "/api/users/<gil>"): Route(caller="head", parts={"gil": USER_NOT_FOUND}),
    ("PUT", "/api/users/<gil>"): Route(
        200,
        UserChange,
        {"role": b'"student"', "disabled": b"false"},
        caller="head",
        parts={"gil": USER_NOT_FOUND},
    ),
    ("GET", "/api/promotions"): Route(caller="head"),
    ("POST", "/api/users/<gil>/promotion"): Route(201, caller="head", parts={"gil": USER_NOT_FOUND}),
    ("PUT", "/api/users/<proposed>/promotion"): Route(caller="head", parts={"proposed": PROMOTION_NOT_FOUND}),
    ("DELETE", "/api/users/<proposed>/promotion"): Route(caller="head", parts={"proposed": PROMOTION_NOT_FOUND}),
    ("GET", "/api/study-rooms"): Route(query=RoomsQuery),
    ("POST", "/api/study-rooms"): Route(201, NewRoom, {"name": b'"Calculus"'}),
    ("GET", ROOM): Route(public=NOT_A_MEMBER),
    ("PUT", ROOM): Route(200, RoomChange, {"subject": b'"Maths"'}, room="alone", public=FORBIDDEN, member=FORBIDDEN),
    ("DELETE", ROOM): Route(public=FORBIDDEN, member=FORBIDDEN),
    ("GET", ROOM + "/basic-info"): Route(),
    ("POST", ROOM + "/join"): Route(),
    ("POST", ROOM + "/leave"): Route(),
    ("GET", ROOM + "/messages"): Route(query=HistoryQuery, public=NOT_A_MEMBER),
    ("POST", ROOM + "/messages"): Route(201, NewMessage, {"content": b'"hello"'}, public=NOT_A_MEMBER),
    ("POST", ROOM + "/messages/system"): Route(
        201, SystemMessage, {"content": b'"Break at four"'}, public=FORBIDDEN, member=FORBIDDEN
    ),
    ("GET", ROOM + "/invites"): Route(public=FORBIDDEN, member=FORBIDDEN),
    ("POST", ROOM + "/invites"): Route(
        201, NewInvite, {"uses": b"5"}, room="alone", public=FORBIDDEN, member=FORBIDDEN
    ),
    ("DELETE", ROOM + "/invites/<invite>"): Route(public=FORBIDDEN, member=FORBIDDEN, parts=NO_INVITE),
    ("GET", "/api/invites/<code>"): Route(caller=None, parts={"code": INVITE_NOT_FOUND}),
    ("POST", "/api/invites/lookup"): Route(200, InviteCode, {"code": b'"<code>"'}, caller=None),
    ("POST", "/api/invites/accept"): Route(200, InviteCode, {"code": b'"<code>"'}),
    ("POST", "/api/invites/<code>"): Route(parts={"code": INVITE_NOT_FOUND}),
    ("PUT", ROOM + "/members/<dora>"): Route(
        200, RoleChange, {"role": b'"moderator"'}, public=FORBIDDEN, member=FORBIDDEN, parts=NOBODY
    ),
    ("DELETE", ROOM + "/members/<dora>"): Route(public=FORBIDDEN, member=FORBIDDEN, parts=NOBODY),
    ("PUT", ROOM + "/members/<dora>/mute"): Route(
        200, NewMute, {"seconds": b"60"}, public=FORBIDDEN, member=FORBIDDEN, parts=NOBODY
    ),
    ("DELETE", ROOM + "/members/<dora>/mute"): Route(public=FORBIDDEN, member=FORBIDDEN, parts=NOBODY),
    ("GET", ROOM + "/bans"): Route(public=FORBIDDEN, member=FORBIDDEN),
    ("PUT", ROOM + "/bans/<fay>"): Route(
        200, NewBan, {"reason": b'"Spam"'}, public=FORBIDDEN, member=FORBIDDEN, parts={"fay": USER_NOT_FOUND}
    ),
    ("DELETE", ROOM + "/bans/<fay>"): Route(public=FORBIDDEN, member=FORBIDDEN, parts={"fay": USER_NOT_FOUND}),
    ("POST", ROOM + "/messages/<message>/report"): Route(
        201, NewReport, {"reason": b'"Rude"'}, public=NOT_A_MEMBER, parts={"message": MESSAGE_NOT_FOUND}
    ),
    ("POST", ROOM + "/members/<dora>/report"): Route(
        201, NewReport, {"reason": b'"Rude"'}, public=NOT_A_MEMBER, parts=NOBODY
    ),
    ("POST", ROOM + "/report"): Route(201, NewReport, {"reason": b'"Rude"'}),
    ("GET", ROOM + "/reports"): Route(query=ReportsQuery, public=FORBIDDEN, member=FORBIDDEN),
    ("PUT", ROOM + "/reports/<report>"): Route(
        200,
        ReportChange,
        {"status": b'"resolved"'},
        public=FORBIDDEN,
        member=FORBIDDEN,
        parts={"report": REPORT_NOT_FOUND},
    ),
    ("GET", ROOM + "/audit-log"): Route(query=AuditQuery, public=FORBIDDEN, member=FORBIDDEN),
    ("GET", ROOM + "/presence"): Route(public=NOT_A_MEMBER),
    ("POST", ROOM + "/presence"): Route(
        200, StatusChange, {"status": b'"busy"'}, public=NOT_A_MEMBER, member=NOT_PRESENT
    ),
    ("DELETE", ROOM + "/presence"): Route(public=NOT_A_MEMBER),
}


class Cell(NamedTuple):
    """One request and what must be answered. `field` is the one that `outcome.kept` is about."""

    name: str
    outcome: Outcome
    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = {}
    caller: str | None = None
    chunked: bool = False
    field: str = ""
    status: int = 200


def _object(fields: Mapping[str, bytes]) -> bytes:
    return b"{" + b",".join(quoted(name) + b":" + raw for name, raw in fields.items()) + b"}"


def _with(base: Mapping[str, bytes], field: str, value: Value) -> bytes:
    others = {name: raw for name, raw in base.items() if name != field}
    return _object(others if value.raw is None else others | {field: value.raw})


def _outcome(value: Value, field: str) -> Outcome:
    return invalid(field) if value.outcome == INVALID else value.outcome


JSON = "application/json"


def cells(method: str, path: str) -> list[Cell]:
    """Return all cells of a route."""
    route = ROUTES[method, path]
    base = _object(route.base) if route.body else None
    plain = Cell(
        "", OK, method, path.replace("<room>", f"<{route.room}>"), base, {"Content-Type": JSON} if base else {},
        route.caller, status=route.status,
    )  # fmt: skip
    found = [plain._replace(name=name, **changes) for name, changes in _variants(route, plain)]
    if route.body:
        found += _field_cells(route, plain)
        found += [plain._replace(name=name, **changes) for name, changes in _body_variants(route, base or b"")]
    if route.query:
        found += _query_cells(route.query, plain)
    return found + [cell for cell in SPECIAL if (cell.method, cell.path) == (method, plain.path)]


def _field_cells(route: Route, plain: Cell) -> Iterator[Cell]:
    for field, values in FIELDS[route.body or Payload].items():
        for value in values:
            outcome = _outcome(value, field)
            if value.raw is None and field not in route.base and isinstance(outcome, Accepted):
                continue  # the base lacks it anyway
            yield plain._replace(
                name=f"{field} = {value.name}", outcome=outcome, body=_with(route.base, field, value), field=field
            )


def _query_cells(query: type[Payload], plain: Cell) -> Iterator[Cell]:
    for field, values in QUERIES[query].items():
        for value in values:
            path = f"{plain.path}?{field}={(value.raw or b'').decode()}"
            yield plain._replace(name=f"?{field}={value.name}", outcome=_outcome(value, field), path=path)
    for combination, outcome in QUERY_COMBINATIONS[query].items():
        yield plain._replace(name=f"?{combination}", outcome=outcome, path=f"{plain.path}?{combination}")


# Bodies as a whole

CONTENT_TYPES: Mapping[str | None, Outcome] = {
    None: WRONG_TYPE,
    "": WRONG_TYPE,
    "text/plain": WRONG_TYPE,
    "text/json": WRONG_TYPE,
    "application/x-www-form-urlencoded": WRONG_TYPE,
    "multipart/form-data; boundary=x": WRONG_TYPE,
    "application/problem+json": WRONG_TYPE,
    "application/jsonp": WRONG_TYPE,
    "application/json, text/plain": WRONG_TYPE,
    "application/json; charset=latin-1": WRONG_TYPE,
    "application/json; charset=utf-16": WRONG_TYPE,
    "x" * 5000: WRONG_TYPE,
    "Application/JSON": OK,
    "application/json; charset=UTF-8": OK,
    'application/json;charset="utf-8"': OK,
    "application/json; profile=x": OK,
}


def _body_variants(route: Route, base: bytes) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield bodies that are bad, or odd, as a whole."""
    fields = FIELDS[route.body or Payload]
    required = [name for name, values in fields.items() if values[0].outcome == INVALID]
    empty = invalid(*required) if required else OK
    inside = base[1:-1]
    yield from (
        (f"body: {name}", {"body": body, "outcome": outcome})
        for name, body, outcome in [
            ("nothing", b"", NO_JSON),
            ("a blank", b" ", NO_JSON),
            ("null", b"null", invalid("")),
            ("a list", b"[" + base + b"]", invalid("")),
            ("text", quoted(base.decode()), invalid("")),
            ("a number", b"1", invalid("")),
            ("true", b"true", invalid("")),
            ("5,000 digits", DIGITS, invalid("")),
            ("1e999", b"1e999", invalid("")),
            ("NaN", b"NaN", NO_JSON),
            *([("an empty object", b"{}", empty)] if len(route.base) > 1 else []),  # else a field is missing: see there
            ("an empty list", b"[]", invalid("")),
            ("cut off before its end", base[:-1], NO_JSON),
            ("cut off in the middle", base[: len(base) // 2], NO_JSON),
            ("cut off after its beginning", base[:1], NO_JSON),
            ("two objects", base + base, NO_JSON),
            ("something behind it", base + b"x", NO_JSON),
            ("a NUL behind it", base + b"\0", NO_JSON),
            ("a comment", b"/* */" + base, NO_JSON),
            ("a comma too many", b"{" + inside + b",}", NO_JSON),
            ("a name without quotes", b"{a:1," + inside + b"}", NO_JSON),
            ("a byte order mark", b"\xef\xbb\xbf" + base, NO_JSON),
            ("UTF-16", base.decode().encode("utf-16"), NO_JSON),
            ("a form", b"a=1&b=2", NO_JSON),
            ("60,000 brackets", b"[" * 60_000, NO_JSON),
            ("60,000 braces", b"{" * 60_000, NO_JSON),
            ("an unknown field", b'{"isAdmin":true,"role":"admin",' + inside + b"}", OK),
            ("an unknown field of 5,000 digits", b'{"x":' + DIGITS + b"," + inside + b"}", OK),
            ("an unknown field of 1e999", b'{"x":1e999,' + inside + b"}", OK),
            ("an unknown field with a lone surrogate", b'{"x":"\\ud800",' + inside + b"}", OK),
            ("an unknown field of NaN", b'{"x":NaN,' + inside + b"}", NO_JSON),
            ("an unknown field that is no UTF-8", b'{"x":"\xff",' + inside + b"}", NO_JSON),
            ("an unknown field that is deep", b'{"x":' + b"[" * 9_000 + b"]" * 9_000 + b"," + inside + b"}", NO_JSON),
            ("a name with a lone surrogate", b'{"\\ud800":1,' + inside + b"}", invalid("")),
            ("a name that is empty", b'{"":1,' + inside + b"}", OK),
            ("a prototype", b'{"__proto__":{"x":1},"constructor":null,' + inside + b"}", OK),
            ("blanks around it", b" \r\n\t" + base + b" \r\n\t", OK),
        ]
    )
    for content_type, outcome in CONTENT_TYPES.items():
        headers = {} if content_type is None else {"Content-Type": content_type}
        yield f"content type: {content_type and content_type[:40]}", {"headers": headers, "outcome": outcome}
    exactly, over = base.ljust(LIMIT - 200), base.ljust(LIMIT + 1)
    for chunked in (False, True):
        how = "in chunks" if chunked else "at once"
        yield f"nearly 64 KiB, {how}", {"body": exactly, "chunked": chunked, "outcome": OK}
        yield f"a byte over 64 KiB, {how}", {"body": over, "chunked": chunked, "outcome": TOO_LARGE}
        yield f"1 MB, {how}", {"body": b"[" * 1_000_000, "chunked": chunked, "outcome": TOO_LARGE}


def compressed() -> list[Cell]:
    """Return the cells about compressed bodies, which nobody has a use for that is not made of zeros."""
    bodies_sent = {
        "gzip": ("gzip", gzip.compress(b"{}")),
        "gzip that is none": ("gzip", b"{}"),
        "gzip cut off": ("gzip", gzip.compress(b"{}")[:-9]),
        "a gzip bomb": ("gzip", gzip.compress(b" " * 20_000_000)),
        "deflate": ("deflate", zlib.compress(b"{}")),
        "an encoding that is not installed": ("br", b"{}"),
        "an encoding that is none": ("nonsense", b"{}"),
    }
    return [
        Cell(name, WRONG_TYPE, method, path, body, {"Content-Type": JSON, "Content-Encoding": encoding}, route.caller)
        for (method, path), route in ROUTES.items()
        if route.body
        for name, (encoding, body) in bodies_sent.items()
    ]


# Who asks, and for which room

AUTHORIZATIONS: Mapping[str, str | None] = {
    "none": None,
    "empty": "",
    "blank": " ",
    "a scheme alone": "Bearer",
    "a scheme and a blank": "Bearer ",
    "a token alone": "<token:ada>",
    "another scheme": "Basic <token:ada>",
    "Basic": "Basic YWRhOnNlY3JldA==",
    "another word": "Token <token:ada>",
    "nonsense": "Bearer nonsense",
    "three parts of nonsense": "Bearer a.b.c",
    "null": "Bearer null",
    "two tokens": "Bearer <token:ada> <token:ada>",
    "two tokens and a comma": "Bearer <token:ada>,<token:ada>",
    "a token with quotes": 'Bearer "<token:ada>"',
    "a token cut off": "Bearer <token:cut-off>",
    "a token with another claim": "Bearer <token:tampered>",
    "a token that is over": "Bearer <token:expired>",
    "a token of another secret": "Bearer <token:foreign>",
    "a token without a signature": "Bearer <token:unsigned>",
    "a token without an end": "Bearer <token:endless>",
    "a token without a subject": "Bearer <token:of-nobody>",
    "a token with a number as its subject": "Bearer <token:of-a-number>",
    "a token of somebody unknown": "Bearer <token:of-somebody-unknown>",
    "another's name and my own sign-in": "Bearer <token:mixed>",
    "a token of a sign-in that was ended": "Bearer <token:signed-out>",
    "a token of an account that was deleted": "Bearer <token:deleted>",
    "a refresh token": "Bearer <refresh-token>",
    "not ASCII": "Bearer \u26bf\xe9",
    "8,000 characters": "Bearer " + "x" * 8_000,
}

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


def _without_an_id(method: str, path: str) -> Outcome:
    """Return the outcome for a path with an empty id: at its end it leaves the path of the list, if there is one."""
    listed = path.removesuffix("/")
    if method == "DELETE" or listed == path or listed not in {known for _, known in ROUTES}:
        return ROUTE_NOT_FOUND
    return OK if (method, listed) in ROUTES else METHOD_NOT_ALLOWED


def _variants(route: Route, plain: Cell) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield what may be wrong with a request beside its body and query."""
    if route.caller:
        for name, value in AUTHORIZATIONS.items():
            headers = dict(plain.headers) if value is None else {**plain.headers, "Authorization": value}
            yield f"authorization: {name}", {"headers": headers, "caller": None, "outcome": NOT_SIGNED_IN}
    room = f"<{route.room}>"
    if room in plain.path:
        for name, (raw, outcome) in PATH_IDS.items():
            refusal = route.absent if outcome == ROOM_NOT_FOUND else outcome
            path = plain.path.replace(room, raw)
            refusal = refusal if raw else _without_an_id(plain.method, path)
            yield f"id: {name}", {"path": path if raw else _same_everywhere(path), "outcome": refusal}
        for name, place, caller, refusal in [
            ("a public room of others", "theirs", "ada", route.public),
            ("a private room of others", "private", "ada", route.private),
            ("somebody who is only a member", "room", "ben", route.member),
        ]:
            if refusal:
                path = plain.path.replace(room, f"<{place}>")
                yield f"not allowed: {name}", {"path": path, "caller": caller, "outcome": refusal}

    for part, refusal in route.parts.items():
        for name, (raw, _) in PATH_IDS.items():
            if not raw.startswith("<"):
                path = plain.path.replace(f"<{part}>", raw)
                refused = refusal if raw else _without_an_id(plain.method, path)
                yield f"{part}: {name}", {"path": path if raw else _same_everywhere(path), "outcome": refused}


def _same_everywhere(path: str) -> str:
    """Return a path that an answer names, with ids that are the same in each school."""
    return re.sub("<[a-z]+>", UNKNOWN, path)


SPECIAL = [
    Cell(name, outcome, method, path, _object(fields), {"Content-Type": JSON}, caller)
    for name, method, path, caller, fields, outcome in [
        (
            "an email that is taken",
            "POST",
            "/api/auth/register",
            None,
            ROUTES["POST", "/api/auth/register"].base | {"email": b'" <email:upper>"'},
            Refused(409, "email_taken"),
        ),
        (
            "two bad fields",
            "POST",
            "/api/auth/register",
            None,
            ROUTES["POST", "/api/auth/register"].base | {"firstName": b'""', "password": b'"short"'},
            invalid("firstName", "password"),
        ),
        (
            "an email that nobody has",
            "POST",
            "/api/auth/login",
            None,
            {"email": b'"nobody@example.org"', "password": _PASSWORD},
            WRONG_CREDENTIALS,
        ),
        *(
            (f"a refresh token that {name}", "POST", "/api/auth/refresh", None, {"refreshToken": raw}, NO_REFRESH_TOKEN)
            for name, raw in {
                "is an id alone": b'"' + UNKNOWN.encode() + b'"',
                "is of no sign-in": b'"' + UNKNOWN.encode() + b'.secret"',
                "has no secret": b'"<eve:sign-in>."',
                "has another's sign-in and my secret": b'"<eve:sign-in>.<secret>"',
                "was used before": b'"<used-refresh-token>"',
            }.items()
        ),
        (
            "two bad fields",
            "PUT",
            "/api/auth/me",
            "ada",
            {"bio": b'"\\u0000"', "avatar": b'"javascript:1"'},
            invalid("avatar", "bio"),
        ),
        (
            "a bad new password and a wrong one",
            "PUT",
            "/api/auth/password",
            "guest",
            {"currentPassword": b'"wrong"', "newPassword": b'"short"'},
            invalid("newPassword"),
        ),
        (
            "fields of the wrong type beside one that breaks a rule",
            "POST",
            "/api/study-rooms",
            "ada",
            {"name": b'""', "subject": b"5", "capacity": b"2.5", "retentionDays": b'"x"'},
            invalid("name", "subject", "capacity", "retentionDays"),
        ),
        (
            "three bad fields",
            "POST",
            "/api/study-rooms",
            "ada",
            {"name": b'" "', "subject": b'"a\\nb"', "image": b'"x"'},
            invalid("name", "subject", "image"),
        ),
        (
            "a good name and an heir who is no member",
            "PUT",
            "/api/study-rooms/<alone>",
            "ada",
            {"name": b'"Changed by a refused request"', "ownerId": b'"<cleo>"'},
            NOT_A_MEMBER,
        ),
    ]
]


def others() -> list[Cell]:
    """Return the cells that belong to no one route: what needs no body and is refused, and what is ignored."""
    found = [
        Cell("the owner leaves", OWNER_CANNOT_LEAVE, "POST", ROOM + "/leave", caller="ada"),
        Cell("fewer places than members", Refused(409, "capacity_too_small"), "PUT", ROOM, b'{"capacity":1}',
             {"Content-Type": JSON}, "ada"),
        Cell("into a full room", Refused(409, "room_full"), "POST", "/api/study-rooms/<full>/join", caller="ada"),
    ]  # fmt: skip
    for name, body in {"nonsense": b"\0\xff", "an object": b"{}", "60,000 brackets": b"[" * 60_000}.items():
        found += [
            Cell(f"a body that nobody reads: {name}", OK, method, path, body, {"Content-Type": JSON}, "ada")
            for method, path in [("POST", ROOM + "/join"), ("GET", "/api/auth/me"), ("GET", "/healthz")]
        ]
    return found


# What is no route

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND")

NO_ROUTES = (
    "/api", "/api/", "/api/auth", "/api/auth/me//", "/API/auth/me", "/api/auth/nothing", "/api/people",
    "/api/study-rooms/x/y", "/api/study-rooms/x/y/z", "/api/study-rooms/../auth/me",
    "/api/study-rooms/x/../y/z", "/index.php", "/.env", "/%00", "/%FF", "/%ED%A0%80", "/%2e%2e/x", "/a%0d%0ab", "/%",
    "/%zz", "/" + "x" * 7_000,
)  # fmt: skip


def methods_of(path: str) -> set[str]:
    """Return the methods of a path, whatever stands in it for a user or a room."""

    def plain(path: str) -> str:
        return re.sub("<[^>]*>", "<>", path)

    return {method for method, known in ROUTES if plain(known) == plain(path)}


def routing() -> list[Cell]:
    """Return the cells about methods that a route does not take, and about paths that are no route."""
    found = []
    for path in sorted({path for _, path in ROUTES}):
        taken = methods_of(path)
        for method in METHODS:
            if method not in taken:
                found.append(Cell(f"method {method}", METHOD_NOT_ALLOWED, method, path, caller="ada"))
                found.append(Cell(f"method {method}, nobody asks", METHOD_NOT_ALLOWED, method, path))
        found.append(Cell("a preflight from nowhere", OK, "OPTIONS", path, status=204))
        origin = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
        found.append(Cell("a preflight from elsewhere", FORBIDDEN, "OPTIONS", path, headers=origin))
        if ("GET", path) in ROUTES:
            caller = ROUTES["GET", path].caller
            found.append(Cell("HEAD", OK, "HEAD", path, caller=caller))
            if caller:
                found.append(Cell("HEAD, nobody asks", NOT_SIGNED_IN, "HEAD", path))
    for path in NO_ROUTES:
        found += [
            Cell("no route", ROUTE_NOT_FOUND, method, path, headers={"Accept": JSON})
            for method in ("GET", "POST", "OPTIONS", "HEAD")
        ]
    return found


NO_HTTP = {
    "a path that is no ASCII": b"GET /\xff HTTP/1.1\r\n\r\n",
    "a query that is no ASCII": b"GET /api/study-rooms?search=\xff HTTP/1.1\r\n\r\n",
    "a NUL in the path": b"GET /a\0b HTTP/1.1\r\n\r\n",
    "a blank in the path": b"GET /a b HTTP/1.1\r\n\r\n",
    "a path of 10 kB": b"GET /api/study-rooms/" + b"a" * 10_240 + b" HTTP/1.1\r\n\r\n",
    "a token of 60 kB": b"GET /api/auth/me HTTP/1.1\r\nAuthorization: Bearer " + b"x" * 60_000 + b"\r\n\r\n",
    "a method that is none": b"FOO /api/auth/me HTTP/1.1\r\n\r\n",
    "no HTTP at all": b"\x16\x03\x01\x02\x00\r\n\r\n",
    "a length that is none": b"POST /api/auth/login HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST /api/auth/login HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "a length and chunks": b"POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
    "a chunk that is none": b"POST /api/auth/login HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    "a header that is none": b"GET /healthz HTTP/1.1\r\nno colon\r\n\r\n",
}
"""What aiohttp cannot read as HTTP and answers itself, with 400 and by closing the connection."""


# Events


class Event(NamedTuple):
    """What the contract says of an event. `named` says that the argument may be the room's id alone."""

    argument: type[Payload]
    base: Mapping[str, bytes]
    named: bool = False


_ROOM_ID = {"roomId": b'"<room>"'}

EVENTS: Mapping[str, Event] = {
    "join-room": Event(JoinRoom, _ROOM_ID, named=True),
    "leave-room": Event(RoomRef, _ROOM_ID, named=True),
    "send-message": Event(SendMessage, _ROOM_ID | {"content": b'"hello"'}),
    "update-status": Event(UpdateStatus, _ROOM_ID | {"status": b'"busy"'}),
    "mark-read": Event(MarkRead, _ROOM_ID | {"seq": b"1"}),
    "refresh-token": Event(TokenRenewal, {"token": b'"<token:ada>"'}),
}


class EventCell(NamedTuple):
    """One event and what must be answered. `arguments` is what stands behind the event's name, with its comma."""

    name: str
    outcome: Outcome
    event: bytes
    arguments: bytes
    namespace: str = "/chat"
    field: str = ""


UNKNOWN_EVENT = Refused(404, "unknown_event")


def event_cells(event: str) -> list[EventCell]:
    """Return all cells of an event."""
    row = EVENTS[event]
    base = _object(row.base)
    inside = base[1:-1]
    others = list(row.base)[1:]
    required = [name for name, values in FIELDS[row.argument].items() if values[0].outcome == INVALID]
    by_name = invalid("roomId") if row.named else invalid("")
    found = [
        EventCell(f"argument: {name}", outcome, quoted(event), arguments)
        for name, arguments, outcome in [
            ("none", b"", invalid("")),
            ("null", b",null", invalid("")),
            ("a number", b",1", invalid("")),
            ("5,000 digits", b"," + DIGITS, invalid("")),
            ("1e999", b",1e999", invalid("")),
            ("true", b",true", invalid("")),
            ("a list", b",[" + base + b"]", invalid("")),
            ("an empty list", b",[]", invalid("")),
            *([("an empty object", b",{}", invalid(*required))] if others else []),
            ("nothing", b',""', by_name),
            ("a word", b',"nonsense"', by_name),
            ("a word with a NUL", b',"\\u0000"', by_name),
            ("a lone surrogate", b',"\\ud800"', by_name),
            ("10 kB", quoted("x" * 10_240).join([b",", b""]), by_name),
            ("the id of nothing", b',"' + UNKNOWN.encode() + b'"', ROOM_NOT_FOUND if row.named else invalid("")),
            ("the room's id alone", b',"<room>"', OK if row.named else invalid("")),
            ("NaN", b",NaN", NO_JSON),
            ("cut off", b"," + base[:-1], NO_JSON),
            ("cut off in the middle", b"," + base[: len(base) // 2], NO_JSON),
            ("60,000 brackets", b"," + b"[" * 60_000, NO_JSON),
            ("30,000 brackets, closed", b"," + b"[" * 30_000 + b"]" * 30_000, NO_JSON),
            ("a comma too many", b"," + base + b",", NO_JSON),
            ("no comma", base, NO_JSON),
            ("something behind it", b"," + base + b"]x", NO_JSON),
            ("a binary placeholder", b',{"_placeholder":true,"num":0}', invalid(*required)),
            ("a second argument", b"," + base + b',{"more":[1]}', OK),
            ("a second argument of NaN", b"," + base + b",NaN", NO_JSON),
            ("a second argument of 1e999", b"," + base + b",1e999", OK),
            ("an unknown field", b',{"userId":"<cleo>",' + inside + b"}", OK),
            ("an unknown field of 5,000 digits", b',{"x":' + DIGITS + b"," + inside + b"}", OK),
            ("an unknown field of NaN", b',{"x":NaN,' + inside + b"}", NO_JSON),
            ("a name with a lone surrogate", b',{"\\ud800":1,' + inside + b"}", invalid("")),
        ]
    ]
    for field, values in FIELDS[row.argument].items():
        found += [
            EventCell(
                f"{field} = {value.name}",
                _outcome(value, field),
                quoted(event),
                b"," + _with(row.base, field, value),
                field=field,
            )
            for value in values
            if value.name not in _NOT_UTF8  # no text frame carries them: `NO_UTF8`
            if value.raw is not None or field in row.base
        ]
    found.append(EventCell("on the personal namespace", UNKNOWN_EVENT, quoted(event), b"," + base, "/"))
    return found


def unknown_events() -> list[EventCell]:
    """Return events that are none."""
    names = ("", " ", "nonsense", "connect", "disconnect", "message", "error", "room-users", "__init__", "SEND-MESSAGE")
    return [
        EventCell(f"{name[:20]!a}{arguments[:9]!r} on {namespace}", outcome, quoted(name), arguments, namespace)
        for name, outcome in [
            *((name, UNKNOWN_EVENT) for name in (*names, "send-message\0", "\u202e", "x" * 60_000)),
            *((name, NO_JSON) for name in ("\ud800", "\udfffx")),  # no `error` could name it
        ]
        for arguments in (b"", b',{"roomId":"<room>","content":"hello"}')
        for namespace in ("/chat", "/")
    ]


CLOSING: Mapping[str, str | bytes] = {
    "nothing": "",
    "no packet": "x",
    "an open packet": "0{}",
    "a Socket.IO packet of no type": "49/chat,1[]",
    "a binary event": '451-/chat,["send-message",{"_placeholder":true,"num":0}]',
    "a refusal, which servers send": '44/chat,{"message":"x"}',
    "an event that is an object": "42/chat,1{}",
    "an event that is text": '42/chat,1"send-message"',
    "an event that is null": "42/chat,1null",
    "an event of nothing": "42/chat,1",
    "an event without a name": "42/chat,1[]",
    "an event with a number as its name": "42/chat,1[1]",
    "an event with a list as its name": '42/chat,1[["send-message"]]',
    "an event with null as its name": "42/chat,1[null]",
    "an event where the client is not": '42/nowhere,1["send-message"]',
    "an ack id of 101 digits": "42/chat," + "1" * 101 + '["send-message"]',
    "an ack id that is no decimal digit": '42/chat,\xb2["send-message"]',
    "more than 1 MB": '42/chat,1["send-message",{"content":"' + "x" * 1_000_001 + '"}]',
    "a binary frame": b'42/chat,1["send-message"]',
}
"""WebSocket frames that are no packets of the protocol: the connection is closed, since nobody could be answered."""

NO_UTF8 = (b'42/chat,1["\xff"]', b'42/chat,1["\xed\xa0\x80"]', b"\xc0\x80")
"""WebSocket text frames that are no text: the WebSocket itself closes, with 1007."""

TOKENS: Mapping[str, tuple[str, str]] = {
    "nothing": ("", "Authentication token is required"),
    "null": ("null", "Authentication token is required"),
    "a list": ("[]", "Authentication token is required"),
    "a list with a token": ('["<token:ada>"]', "Authentication token is required"),
    "text": ('"<token:ada>"', "Authentication token is required"),
    "no token": ('{"tokn":"<token:ada>"}', "Authentication token is required"),
    "a null token": ('{"token":null}', "Authentication token is required"),
    "an empty token": ('{"token":""}', "Authentication token is required"),
    "NaN": ('{"token":NaN}', "Authentication token is required"),
    "60,000 brackets": ("[" * 60_000, "Authentication token is required"),
    "a body cut off": ('{"token":"<token:ada>"', "Authentication token is required"),
    "a number as a token": ('{"token":5}', "Authentication failed"),
    "1e999": ('{"token":1e999}', "Authentication failed"),
    "5,000 digits": ('{"token":' + DIGITS.decode() + "}", "Authentication failed"),
    "false": ('{"token":false}', "Authentication failed"),
    "a list as a token": ('{"token":["<token:ada>"]}', "Authentication failed"),
    "an object as a token": ('{"token":{"token":"<token:ada>"}}', "Authentication failed"),
    "a lone surrogate": ('{"token":"\\ud800"}', "Authentication failed"),
    "a NUL": ('{"token":"\\u0000"}', "Authentication failed"),
    "a token and a NUL": ('{"token":"<token:ada>\\u0000"}', "Authentication failed"),
    "nonsense": ('{"token":"nonsense"}', "Authentication failed"),
    "60,000 characters": ('{"token":"' + "x" * 60_000 + '"}', "Authentication failed"),
    "a token cut off": ('{"token":"<token:cut-off>"}', "Authentication failed"),
    "a token with another claim": ('{"token":"<token:tampered>"}', "Authentication failed"),
    "a token that is over": ('{"token":"<token:expired>"}', "Authentication failed"),
    "a token of another secret": ('{"token":"<token:foreign>"}', "Authentication failed"),
    "a token without a signature": ('{"token":"<token:unsigned>"}', "Authentication failed"),
    "a token without an end": ('{"token":"<token:endless>"}', "Authentication failed"),
    "a refresh token": ('{"token":"<refresh-token>"}', "Authentication failed"),
    "a token without a subject": ('{"token":"<token:of-nobody>"}', "Invalid authentication token"),
    "a token of somebody unknown": ('{"token":"<token:of-somebody-unknown>"}', "Invalid authentication token"),
    "another's name and my own sign-in": ('{"token":"<token:mixed>"}', "Invalid authentication token"),
    "a token of a sign-in that was ended": ('{"token":"<token:signed-out>"}', "Invalid authentication token"),
    "a token of an account that was deleted": ('{"token":"<token:deleted>"}', "Invalid authentication token"),
}
"""What a client sends with CONNECT, and the message of the seed that refuses it."""

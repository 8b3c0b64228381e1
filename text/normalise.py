"""Text rules: validation and normalisation of every text field, in one place so that all storages store the same text.

A rule takes text as sent and returns it as stored, or raises `InvalidText`. The message of the error completes a
sentence that begins with the field's name ("must be …"). Text is normalised to NFC and trimmed. NUL, lone surrogates
and other control characters are rejected, never silently dropped.

The bounds of a rule are the defaults of its parameters `shortest` and `longest`, in characters. `json_schema` declares
the rest of the rule, as far as JSON Schema can express it.
"""

import inspect
import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import idna

from text import confusables, identifiers
from text.violations import ErrorParams, InvalidText, bad_character, code_point

Rule = TypeVar("Rule", bound=Callable[..., str])

_LINE_BREAKS = re.compile(r"\r\n?")
_CONTROLS = r"\x00-\x1f\x7f-\x9f"  # Cc
_CONTROLS_IN_PARAGRAPHS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # except tab and line breaks
_ONE_LINE, _PARAGRAPH = (f"^[^{controls}]*$" for controls in (_CONTROLS, _CONTROLS_IN_PARAGRAPHS))
_REFUSED, _REFUSED_IN_PARAGRAPHS = (
    re.compile(rf"[{controls}\ud800-\udfff]")
    for controls in (_CONTROLS, _CONTROLS_IN_PARAGRAPHS)  # and surrogates (Cs)
)
_PART = rf'[^\s@"(),:;<>\[\\\]{_CONTROLS}]+'
_EMAIL = f"^{_PART}@{_PART}$"
_CODE = "^[A-Za-z0-9_-]*$"
_DATE = r"^\d{4}-\d\d-\d\d$"
_LINK = f"^(?:(?:/|[hH][tT][tT][pP][sS]?://)[^{_CONTROLS}]*)?$"
# controls such as line breaks, format characters such as U+FEFF and U+200B, spaces
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
# characters that cannot be displayed, or change how others are displayed
_REMOVED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_POP, _POP_ISOLATE = "\u202c", "\u2069"
_FIRST_STRONG = "\u2068"  # text from here to _POP_ISOLATE takes the direction of its first strong letter
_QUOTES = str.maketrans(dict.fromkeys('"«»“”„‟\u2039\u203a\u301d\u301e\u301f\uff02', "'"))
MAX_QUOTED = 50
"""Maximum length of a name that is quoted in a sentence, in characters."""
MAX_NAME_WORDS = 6
"""Maximum number of words in a first or last name: "María de los Ángeles del Carmen" has six."""
_TOP_LEVEL_DOMAINS = (  # top-level domains that no personal name ends with
    "com|org|net|edu|gov|info|biz|io|app|dev|tv|gg|xyz|site|online|shop|club|link|live|top|ru|cn|uk|fr|eu|us|ai|co|de|"
    "example|html?|php|рф"
)
_ADDRESS = re.compile(
    rf"://|\bwww\.|\S@[^\s@]+\.[^\s@]|\w\.\w{{2,}}/|\w\w\.(?:{_TOP_LEVEL_DOMAINS})(?![\w-])", re.IGNORECASE
)
_TRIMMED = " \t\r\n"  # str.strip() without arguments would drop control characters, too
_MARKS = (  # accents, and vowel points of Hebrew and Arabic; in other scripts, marks distinguish words
    r"\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    r"\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_INVISIBLE = r"\xad\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff"
_IGNORED = re.compile(f"[{_MARKS}{_INVISIBLE}]")
# letters that Unicode does not decompose, mapped to their spelling on a keyboard without them
_LETTERS = str.maketrans(
    dict(zip("øłđðħŧıȷ", "olddhtij", strict=True))
    | dict(zip("\u03c2\u0649\u06cc\u06a9\u0629", "\u03c3\u064a\u064a\u0643\u0647", strict=True))
    | dict(zip("\u2019\u2018\u02bc\u201c\u201d\u2010\u2013\u2014", "'''\"\"---", strict=True))
    | {"æ": "ae", "œ": "oe", "þ": "th"}
)
_DATE_TIME = r"^2\d{3}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?$"
_DOTS = re.compile("[\u3002\uff0e\uff61]")  # full stops of other scripts, which IDNA treats as "."
_FIRST_YEAR, _LAST_YEAR = 1970, 9998  # each has neighbouring days in every zone
_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DATE = r"\d{4}-\d{2}-\d{2}"
_BLANKS = re.compile(r"[ \t]+")
_DOTTED_I = "i\u0307"  # İ in lower case; it looks like i
_BOUNDS = {"shortest": "minLength", "longest": "maxLength"}

SCHEMAS: dict[Callable[..., str], Mapping[str, Any]] = {}
"""JSON Schema of each rule, as far as it can be expressed. The rule is stricter: invisible text counts as empty."""


def json_schema(**keywords: Any) -> Callable[[Rule], Rule]:
    """Decorator: register the JSON Schema of a rule, from its bounds and from `keywords`."""

    def note(rule: Rule) -> Rule:
        parameters = inspect.signature(rule).parameters
        bounds = {word: parameters[name].default for name, word in _BOUNDS.items() if name in parameters}
        SCHEMAS[rule] = {"type": "string", **bounds, **keywords}
        return rule

    return note


def _clean(raw: str, refused: re.Pattern[str] = _REFUSED) -> str:
    if found := refused.search(raw):
        raise bad_character(found[0])
    return unicodedata.normalize("NFC", raw)


def _strip_invisible(clean: str) -> str:
    """Return `clean` trimmed; "" if all of its characters are invisible."""
    return (
        clean.strip()
        if any(unicodedata.category(character) not in _INVISIBLE_CATEGORIES for character in clean)
        else ""
    )


def _bounded(clean: str, shortest: int, longest: int) -> str:
    if len(clean) < shortest:
        if shortest == 1:
            raise InvalidText("empty", "must not be empty")
        raise InvalidText("too_short", f"must have at least {shortest} characters", ErrorParams(min=shortest))
    if len(clean) > longest:
        raise InvalidText("too_long", f"must have at most {longest:,} characters", ErrorParams(max=longest))
    return clean


@json_schema(pattern=_ONE_LINE)
def line(raw: str, shortest: int = 1, longest: int = 80) -> str:
    """One line of text, such as a name."""
    return _bounded(_strip_invisible(_clean(raw.strip(_TRIMMED))), shortest, longest)


@json_schema(pattern=_ONE_LINE)
def name(raw: str, shortest: int = 1, longest: int = 80) -> str:
    """Name of a user or room: a line without invisible characters, stacked marks or mixed scripts."""
    clean = line(raw, shortest, longest)
    if found := confusables.find_invisible(clean):
        raise bad_character(found)
    if found := confusables.find_stacked_mark(clean):
        named = code_point(found)
        raise InvalidText(
            "too_many_marks", f"must not have so many marks above each other ({named})", ErrorParams(character=named)
        )
    confusables.reject_mixed_scripts(clean)
    return clean


@json_schema(pattern=_ONE_LINE)
def person_name(raw: str, shortest: int = 1, longest: int = 80) -> str:
    """First or last name: no web or email address in it, and at most MAX_NAME_WORDS words."""
    clean = name(raw, shortest, longest)
    if _ADDRESS.search(unicodedata.normalize("NFKC", clean).replace("\u3002", ".")):
        raise InvalidText("contains_address", "must not contain the address of a page or a mailbox")
    if len(clean.split()) > MAX_NAME_WORDS:
        raise InvalidText(
            "too_many_words", f"must have at most {MAX_NAME_WORDS} words", ErrorParams(max=MAX_NAME_WORDS)
        )
    return clean


@json_schema(pattern=_ONE_LINE)
def optional_person_name(raw: str, shortest: int = 0, longest: int = 80) -> str:
    """First or last name that may be empty."""
    return person_name(raw, shortest, longest)


def quote_name(name: str) -> str:
    """Return a name for use in a sentence: in quotation marks, cut off after MAX_QUOTED characters.

    Quotation marks inside the name become apostrophes, so that nothing in the name ends the quotation. A name that is
    not ASCII is isolated, so that right-to-left letters do not reorder the sentence around it.
    """
    plain = name.translate(_QUOTES)
    shown = plain if len(plain) <= MAX_QUOTED else f"{plain[: MAX_QUOTED - 1].rstrip()}…"
    return f"“{shown}”" if plain.isascii() else f"“{_FIRST_STRONG}{shown}{_POP_ISOLATE}”"


@json_schema(pattern=_PARAGRAPH)
def paragraph(raw: str, shortest: int = 0, longest: int = 1000) -> str:
    """Text with line breaks and tabs, such as a description; each line break becomes one newline."""
    clean = _strip_invisible(_clean(_LINE_BREAKS.sub("\n", raw).strip(_TRIMMED), _REFUSED_IN_PARAGRAPHS))
    return _bounded(close_bidi(clean), shortest, longest)


def close_bidi(clean: str) -> str:
    """Return `clean` with every open bidirectional control closed at its end, so that text after it is unaffected."""
    if clean.isascii():
        return clean
    waiting: list[str] = []
    isolates = 0
    for found in _BIDI.findall(clean):
        if found == _POP:
            if waiting and waiting[-1] == _POP:
                waiting.pop()
        elif found != _POP_ISOLATE:
            waiting.append(_POP_ISOLATE if found >= "\u2066" else _POP)
            isolates += found >= "\u2066"
        elif isolates:
            isolates -= 1
            while waiting.pop() != _POP_ISOLATE:  # closing an isolate closes what was opened inside it
                pass
    return clean + "".join(reversed(waiting))


@json_schema(pattern=_PARAGRAPH)
def content(raw: str, shortest: int = 1, longest: int = 4000) -> str:
    """Text of a message."""
    return paragraph(raw, shortest, longest)


@json_schema(pattern=_PARAGRAPH)
def announcement(raw: str, shortest: int = 1, longest: int = 500) -> str:
    """Text of an announcement."""
    return paragraph(raw, shortest, longest)


@json_schema(pattern=_ONE_LINE)
def optional_line(raw: str, shortest: int = 0, longest: int = 80) -> str:
    """One line that may be empty."""
    return _bounded(close_bidi(line(raw, shortest, longest)), shortest, longest)


@json_schema(pattern=_ONE_LINE)
def reason(raw: str, shortest: int = 0, longest: int = 200) -> str:
    """Reason for an action: one line that may be empty."""
    return optional_line(raw, shortest, longest)


@json_schema(pattern=_ONE_LINE)
def title(raw: str, shortest: int = 1, longest: int = 80) -> str:
    """Title of a task: one line, which others may read."""
    return _bounded(close_bidi(line(raw, shortest, longest)), shortest, longest)


@json_schema(format="date")
def calendar_date(raw: str) -> str:
    """Date in the Gregorian calendar, `2026-12-01` (RFC 3339, `full-date`), without a time or zone."""
    if re.fullmatch(_DATE, raw, re.ASCII):
        with suppress(ValueError):
            return date.fromisoformat(raw).isoformat()
    raise InvalidText("bad_date", "must be a date, like 2026-12-31")


@json_schema(pattern=_CODE)
def invite_code(raw: str, shortest: int = 1, longest: int = 100) -> str:
    """Invitation code, in the alphabet of the codes that this server issues."""
    if not re.fullmatch(_CODE, raw):
        raise InvalidText("bad_invite_code", "must be the code of an invitation")
    return _bounded(raw, shortest, longest)


@json_schema(pattern=_ONE_LINE)
def search(raw: str, shortest: int = 0, longest: int = 100) -> str:
    """Search words, returned as their search key."""
    return search_key(line(raw, shortest, longest))


def search_key(clean: str) -> str:
    """Return the key by which texts and search words are compared; idempotent: a key is its own key.

    Case, accents, ligatures, widths, invisible characters and the number of blanks make no difference: İ, I and i are
    one letter, as are é and e, ß and ss, œ and oe. In text that consists of marks, the marks count.
    `web/app/core/search-key.ts` implements the same rule.
    """
    if clean.isascii():
        return _BLANKS.sub(" ", clean).lower()
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", clean).casefold())
    kept = _BLANKS.sub(" ", _IGNORED.sub("", plain) or plain)  # NFKD turns other blanks, such as U+00A0, into spaces
    return unicodedata.normalize("NFKC", kept.translate(_LETTERS))


def casefold(clean: str) -> str:
    """Return text in the form in which it is compared: compatibility characters unified, case folded."""
    return unicodedata.normalize("NFKC", clean).casefold()


@json_schema(pattern=_EMAIL)
def email(raw: str, shortest: int = 3, longest: int = 254) -> str:
    """Email address, stored in lower case, with İ as i; accents are significant. Delivery is not verified."""
    lower = line(raw, shortest, longest).lower().replace(_DOTTED_I, "i")
    clean = line(lower, shortest, longest)  # lower case may compose differently
    if not re.match(_EMAIL, clean):
        raise InvalidText("bad_email", "must be an email address")
    if found := confusables.find_invisible(clean):
        raise bad_character(found)
    return clean


def email_key(clean: str) -> str:
    """Return the key by which email addresses are compared; idempotent: a key is its own key.

    Case, widths and compatibility characters make no difference; neither do the two spellings of an international host,
    nor a dot at its end. Dots and "+" before the @ are significant, because most mail servers treat them as different
    mailboxes.
    """
    local, _, host = unicodedata.normalize("NFKC", clean).rpartition("@")
    return f"{casefold(casefold(local)).replace(_DOTTED_I, 'i')}@{host_key(host)}"


def host_key(host: str) -> str:
    """Return a host name in the form in which it is compared: lower case, ASCII (IDNA 2008), no dot at its end.

    ß and ss differ here, because the two hosts may have different owners. A text that is not a host name is returned in
    lower case.
    """
    plain = _DOTS.sub(".", unicodedata.normalize("NFKC", host)).lower().replace(_DOTTED_I, "i").rstrip(".")
    try:
        return idna.encode(plain, uts46=True).decode().lower()
    except (idna.IDNAError, UnicodeError):  # not a host name: compared as it is
        return plain


@json_schema(pattern=_ONE_LINE, format="password")
def password(raw: str, shortest: int = 10, longest: int = 128) -> str:
    """New password: not trimmed, because blanks are part of it."""
    return _bounded(_clean(raw), shortest, longest)


@json_schema(pattern=_ONE_LINE, format="password")
def any_password(raw: str, shortest: int = 1, longest: int = 128) -> str:
    """Password to verify: one that is too short is wrong, not invalid."""
    return _bounded(_clean(raw), shortest, longest)


@json_schema(pattern=_ONE_LINE)
def one_time_code(raw: str, shortest: int = 1, longest: int = 100) -> str:
    """Code of a second factor to verify: one of another length is wrong, not invalid."""
    return line(raw, shortest, longest)


@json_schema(pattern=_ONE_LINE)
def access_token(raw: str, shortest: int = 1, longest: int = 2000) -> str:
    """Access token to verify: one line."""
    return line(raw, shortest, longest)


@json_schema(pattern=_ONE_LINE)
def refresh_token(raw: str, shortest: int = 1, longest: int = 200) -> str:
    """Refresh token to verify: one line."""
    return line(raw, shortest, longest)


@json_schema(pattern=_LINK)
def link(raw: str, shortest: int = 0, longest: int = 500) -> str:
    """Address of a picture: an http(s) URL or a path on this server; empty for none."""
    clean = line(raw, shortest, longest)
    if not re.match(_LINK, clean):
        raise InvalidText("bad_link", "must start with https://, http:// or /")
    return clean


@json_schema(pattern=_ONE_LINE)
def opaque_token(raw: str, shortest: int = 1, longest: int = 100) -> str:
    """Identifier chosen by a client, such as an idempotency key (`clientMessageId`)."""
    return line(raw, shortest, longest)


def user_agent(raw: str) -> str:
    """Return a User-Agent header as one line of at most 200 characters.

    Unsuitable characters are removed instead of rejected, because users do not write this header.
    """
    kept = (" " if character.isspace() else character for character in raw[:1000])
    seen = (character for character in kept if unicodedata.category(character) not in _REMOVED_CATEGORIES)
    return unicodedata.normalize("NFC", "".join(seen).strip())[:200].strip()


@json_schema(format="uuid")
def uuid(raw: str) -> str:
    """UUID in any spelling, returned in lower case with hyphens."""
    found = identifiers.normalise_uuid(raw)
    if found is None:
        raise InvalidText("bad_uuid", "must be a UUID")
    return found


@json_schema(pattern=_DATE_TIME)
def date_time(raw: str) -> str:
    """Date and time in whole minutes: a local time, `2026-12-07T17:00`, or one with an offset, returned in UTC with Z.

    Seconds are cut off.
    """
    invalid = InvalidText("bad_date_time", "must be a date and a time, like 2026-12-07T17:00")
    if not re.fullmatch(_DATE_TIME, raw, re.ASCII):
        raise invalid
    try:
        found = datetime.fromisoformat(raw.upper())
    except ValueError:  # no such date or time
        raise invalid from None
    if found.tzinfo is None:
        return f"{found:%Y-%m-%dT%H:%M}"
    return f"{found.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


@json_schema(format="date-time")
def timestamp(raw: str) -> str:
    """Time in RFC 3339 from 1970 on, with any offset; returned in UTC with milliseconds."""
    found = _TIMESTAMP.fullmatch(raw.strip(_TRIMMED))
    moment = _moment(*found.groups()) if found else None
    if moment is None:
        raise InvalidText("bad_timestamp", "must be a time such as 2026-12-01T09:30:00Z")
    fraction = (found[3] if found else "") or ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction.ljust(3, '0')[:3]}Z"


def _moment(day: str, time: str, _fraction: str | None, offset: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(f"{day}T{time}{offset.upper()}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None

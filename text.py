"""What people may write: every rule for text in one place, so that all storages keep the same.

Each rule takes the text as sent and returns it as kept, or raises ValueError with a sentence that
can follow the field's name. Text is NFC and trimmed; NUL, lone surrogates and other control
characters are refused, never silently dropped.
"""

import re
import unicodedata

import ids

_LINE_BREAKS = re.compile(r"\r\n?")
_EMAIL = re.compile(r"[^\s@\"(),:;<>\[\\\]]+@[^\s@\"(),:;<>\[\\\]]+")
_REFUSED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # control characters (Cc), surrogates (Cs)
_REFUSED_IN_PARAGRAPHS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # but for tab and newline
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})  # line breaks, formats such as U+FEFF and U+200B, spaces
_ENDS = " \t\r\n"  # str.strip() alone would also drop control characters


def _clean(raw: str, refused: re.Pattern[str] = _REFUSED) -> str:
    if found := refused.search(raw):
        raise ValueError(f"must not contain the character U+{ord(found[0]):04X}")
    return unicodedata.normalize("NFC", raw)


def _seen(clean: str) -> str:
    """Return `clean` trimmed; "" where there is nothing to be seen in it."""
    return clean.strip() if any(unicodedata.category(character) not in _UNSEEN for character in clean) else ""


def _bounded(clean: str, shortest: int, longest: int) -> str:
    if len(clean) < shortest:
        raise ValueError("must not be empty" if shortest == 1 else f"must have at least {shortest} characters")
    if len(clean) > longest:
        raise ValueError(f"must have at most {longest:,} characters")
    return clean


def line(raw: str, shortest: int = 1, longest: int = 80) -> str:
    """One line of text, such as a name."""
    return _bounded(_seen(_clean(raw.strip(_ENDS))), shortest, longest)


def paragraph(raw: str, shortest: int = 0, longest: int = 1000) -> str:
    """Text with line breaks and tabs, such as a description; line breaks become a single newline."""
    return _bounded(_seen(_clean(_LINE_BREAKS.sub("\n", raw).strip(_ENDS), _REFUSED_IN_PARAGRAPHS)), shortest, longest)


def content(raw: str) -> str:
    """What a message says: 1 to 4,000 characters."""
    return paragraph(raw, 1, 4000)


def optional_line(raw: str) -> str:
    """One line that may be empty."""
    return line(raw, 0)


def search(raw: str) -> str:
    """What somebody looks for: at most 100 characters, compared without case."""
    return folded(line(raw, 0, 100))


def folded(clean: str) -> str:
    """Return text as it is compared: compatibility characters unified, case folded."""
    return unicodedata.normalize("NFKC", clean).casefold()


def email(raw: str) -> str:
    """An address, kept in lower case; whether somebody reads mail there is not looked up."""
    clean = line(line(raw, 3, 254).lower(), 3, 254)  # lower case may be longer, and composed otherwise
    if not _EMAIL.fullmatch(clean):
        raise ValueError("must be an email address")
    return clean


def password(raw: str) -> str:
    """10 to 128 characters, blanks included: not trimmed."""
    return _bounded(_clean(raw), 10, 128)


def any_password(raw: str) -> str:
    """A password to compare with: too short a one is simply wrong, not invalid."""
    return _bounded(_clean(raw), 1, 128)


def refresh_token(raw: str) -> str:
    """A refresh token as we hand it out: one line."""
    return line(raw, 1, 200)


def link(raw: str) -> str:
    """The address of a picture: http(s) or a path on this server; empty for none."""
    clean = line(raw, 0, 500)
    if clean and not clean.lower().startswith(("https://", "http://", "/")):
        raise ValueError("must start with https://, http:// or /")
    return clean


def token(raw: str) -> str:
    """A word that a client made up, such as a clientMessageId: 1 to 100 characters."""
    return line(raw, 1, 100)


def uuid(raw: str) -> str:
    """An id in any spelling, kept in ours."""
    found = ids.normalised(raw)
    if found is None:
        raise ValueError("must be a UUID")
    return found

"""Which characters nobody sees, which look like others, and which scripts go together.

It follows UTS 39, with the data of Unicode 15.1. Only names are held to this: what people write in messages is theirs.
"""

import json
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

import idna.core
from confusable_homoglyphs import categories

MAX_STACKED_MARKS = 4
"""Marks above each other (UTS 39, 5.4)."""

_NO_SCRIPT = frozenset({"COMMON", "INHERITED", "Unknown"})
_COMBINABLE_SCRIPTS = (
    {"LATIN", "HAN", "HIRAGANA", "KATAKANA"},
    {"LATIN", "HAN", "BOPOMOFO"},
    {"LATIN", "HAN", "HANGUL"},
)
_COMBINABLE_WITH_LATIN = {
    "ARABIC",
    "BENGALI",
    "DEVANAGARI",
    "ETHIOPIC",
    "GEORGIAN",
    "GUJARATI",
    "GURMUKHI",
    "HEBREW",
    "KANNADA",
}
_COMBINABLE_WITH_LATIN |= {
    "KHMER",
    "LAO",
    "MALAYALAM",
    "MYANMAR",
    "ORIYA",
    "SINHALA",
    "TAMIL",
    "TELUGU",
    "THAANA",
    "THAI",
    "TIBETAN",
}
"""The recommended scripts (UAX 31) that are not like Latin."""

_BLANK = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001d159"
)  # letters, marks and symbols to Unicode
_EMOJI = re.compile("[\U0001f000-\U0001faff]")  # where those go that our Python does not know yet
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")
_VARIANTS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_APOSTROPHES = frozenset("'\u2019\u02bc")
_VIRAMA = 9


def find_invisible(name: str) -> str | None:
    """Return the first character that nobody sees, or that turns others round, where no script needs it.

    Those of emoji, of Indic and Arabic letters and of variants of ideographs are needed in their places.
    """
    plain = _FLAG.sub("\U0001f3f4", name)
    for place, character in enumerate(plain):
        category = unicodedata.category(character)
        if character in "\u200c\u200d":
            bad = not _is_joining(plain, place)
        elif _VARIANTS.match(character):
            bad = not _is_variation(plain, place)
        elif category == "Cn":
            bad = not _EMOJI.match(character)
        else:
            bad = category in {"Cf", "Co", "Zl", "Zp"} or character in _BLANK
        if bad:
            return character
    return None


def _is_joining(text: str, place: int) -> bool:
    """Say whether the joiner or non-joiner does something there (RFC 5892, appendix A; UTS 51 for emoji)."""
    before, behind = text[:place], text[place + 1 :]
    try:
        if idna.core.valid_contextj(text, place):
            return True
    except ValueError:  # beside a character that Python does not know
        pass
    if text[place] == "\u200c" or not behind:
        return False
    if unicodedata.combining(behind[0]) == _VIRAMA:  # Bengali writes rya so
        return unicodedata.category(before[-1:] or " ") == "Lo"
    undressed = before.rstrip("\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
    return _is_emoji(undressed[-1:]) and _is_emoji(behind[0])


def _is_emoji(character: str) -> bool:
    return bool(character) and (unicodedata.category(character) == "So" or bool(_EMOJI.match(character)))


def _is_variation(text: str, place: int) -> bool:
    """Say whether the selector chooses a variant of the character before it."""
    selector, base = text[place], text[place - 1 : place]
    if not base:
        return False
    if selector in "\ufe0e\ufe0f":
        is_key = base in "#*0123456789" and text[place + 1 : place + 2] == "\u20e3"
        return is_key or _is_emoji(base) or base in "\u203c\u2049\u2139\u3030" or "\u2190" <= base <= "\u2bff"
    if selector <= "\u180f":
        return script(base) == "MONGOLIAN"
    return selector >= "\U000e0100" and script(base) == "HAN"


def find_stacked_mark(name: str) -> str | None:
    """Return the mark that is one too many on its letter, or has none."""
    marks = MAX_STACKED_MARKS
    for character in name:
        marks = marks + 1 if unicodedata.category(character) == "Mn" else 0
        if marks > MAX_STACKED_MARKS:
            return character
    return None


class MixedScripts(ValueError):
    """Letters of different scripts that nobody writes into one word; but whoever wants to look like somebody else."""


def reject_mixed_scripts(name: str) -> None:
    """Refuse words of letters that do not go together: nearly UTS 39's "moderately restrictive", word by word.

    Greek letters that look like no Latin ones go with those: Δx.

    Raises:
        Mixed: it says which.
    """
    scripts: dict[str, str] = {}
    for character in f"{name} ":
        if character not in _APOSTROPHES and unicodedata.category(character)[0] in "ZPS":
            _check_combination(scripts)
            scripts = {}
        elif (found := script(character)) not in _NO_SCRIPT:
            scripts.setdefault(
                found if found != "GREEK" or _is_like_latin(character) else "GREEK, unlike Latin", character
            )


def _check_combination(scripts: dict[str, str]) -> None:
    found = set(scripts)
    if "LATIN" in found:
        found -= {"GREEK, unlike Latin"}
    else:
        found = {name.partition(",")[0] for name in found}
    if len(found) < 2 or any(found <= together for together in _COMBINABLE_SCRIPTS):  # noqa: PLR2004  # one script is no mix
        return
    if len(found) == 2 and "LATIN" in found and found & _COMBINABLE_WITH_LATIN:  # noqa: PLR2004  # the same
        return
    one, other, *_ = [name for name in scripts if name in found or name.partition(",")[0] in found]
    what = f"{one.partition(',')[0].title()} and {other.partition(',')[0].title()}"
    raise MixedScripts(
        f"must not mix {what} letters in one word, as in {scripts[one]}{scripts[other]} (U+{ord(scripts[other]):04X})"
    )


@lru_cache(4096)
def script(character: str) -> str:
    """Return the script of a character, in capitals."""
    return str(categories.alias(character))


@lru_cache(20_000)
def skeletons(name: str) -> tuple[str, str]:
    """Return what a name looks like; two names look alike where either is the same.

    There are two, since I looks like l and is the same letter as i.
    """
    shown = " ".join(name.split())
    return _skeleton(shown).casefold(), _skeleton(unicodedata.normalize("NFKC", shown).casefold())


def _skeleton(text: str) -> str:
    looks = (_PROTOTYPES.get(c, c) for c in unicodedata.normalize("NFD", text) if not _is_ignorable(c))
    return unicodedata.normalize("NFD", "".join(looks)).replace("i\u0307", "i")  # a second dot cannot be seen


def _is_ignorable(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or bool(_VARIANTS.match(character))


def _is_like_latin(character: str) -> bool:
    return any(script(part) == "LATIN" for part in _PROTOTYPES.get(character, ""))


def _load_prototypes() -> dict[str, str]:
    """Return the prototype of each character that has one, as in Unicode's confusables.txt.

    The package's JSON lists for each prototype whatever looks like it, and for the others their prototype alone.
    """
    raw = files("confusable_homoglyphs").joinpath("confusables.json").read_text("utf-8")
    alike = {look: [other["c"] for other in others] for look, others in json.loads(raw).items()}
    looks = {}
    for look, others in alike.items():
        if len(look) == 1 and len(others) == 1:
            [other] = others
            if len(other) > 1 or len(alike.get(other, ())) > 1 or look > other:  # of a pair, the first one
                looks[look] = other
    return looks


_PROTOTYPES = _load_prototypes()

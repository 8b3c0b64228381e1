"""Members whose names can be taken for each other."""

from collections import Counter
from collections.abc import Sequence

import msgspec

import scripts
from models import MemberProfile


def forget() -> None:
    """Forget what names look like, and so the names."""
    scripts.skeletons.cache_clear()


def marked(members: Sequence[MemberProfile]) -> list[MemberProfile]:
    """Return the members, in their order; those whose name looks like another's have `lookalike` set.

    What a name looks like is remembered, so it costs some microseconds for each name that is new.
    """
    looks = [scripts.skeletons(member.name) for member in members]
    shown, folded = Counter(look for look, _ in looks), Counter(look for _, look in looks)
    return [
        msgspec.structs.replace(member, lookalike=True) if shown[one] > 1 or folded[other] > 1 else member
        for member, (one, other) in zip(members, looks, strict=True)
    ]

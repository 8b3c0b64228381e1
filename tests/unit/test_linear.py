"""No text takes long to be looked at, whoever made it up: eight times the text takes some eight times as long.

Counted is the time of the processor, so other work on the machine changes little; what seems to take too long is tried
three times. What goes back over what it has read takes 64 times as long.
"""

import contextlib
import importlib
import re
import time

import pytest

from domain.errors.base import AppError
from handlers.compression import takes_gzip
from socket_engine import packets
from tests.docs.test_layers import MODULES
from text import normalise

pytestmark = pytest.mark.slow

SIZES = 1024, 8 * 1024, 64 * 1024
WORST = 25
"""Times as long for eight times the text: between growing with it and with its square."""
NOTHING = 0.004
"""Seconds that are not worth measuring: what takes no longer for 64 KiB is harmless; a square takes more for 8 KiB."""

OURS = {
    f"{module}.{name}": value
    for module in MODULES
    for name, value in vars(importlib.import_module(module)).items()
    if isinstance(value, re.Pattern)
}
SEARCHING = re.compile(r"\b(_[A-Z_]+)\.(?:sub|search|findall|split)\(")
SETTINGS = {"config.validators._PASSWORD"}
"""Patterns for settings only, which the operator writes. They may backtrack, over repeated "://"."""

PARTS = [
    *"a0-@./,;= \n\r`[é",
    *("a@", "a ", "://a:", "?password=", " - at `", "key in $", "2/chat,", "42[", "4/"),
    *("gzip;q=0", "0.0", "\r\n", "\u202e", "\u2067", "\u2069", "\u0301", "\u200d", "\U0001f3f4\U000e0067", "\ud800"),
]
ENDS = ["", "!", "\0", "@", " "]


def adversarial(size):
    """Every part, over and over, with every end; and one part before many of another."""
    for part in PARTS:
        for end in ENDS:
            yield (part * (size // len(part) + 1))[: size - len(end)] + end
    for first in ("a@", "2/", "gzip;q=", "://a:", "x - at `"):
        for part in ("a", " ", "0", ".", "@", "/", "`"):
            yield first + part * (size - len(first))


def seconds(work, said, allowed):
    taken = []
    for _ in range(3):
        began = time.thread_time()
        work(said)
        taken.append(time.thread_time() - began)
        if taken[-1] <= allowed:
            break
    return min(taken)


def too_slow(work):
    """Return the beginnings of what the work takes too long for. It ends before anything takes minutes."""
    found = []
    for texts in zip(*map(adversarial, SIZES), strict=True):
        before = 0.0
        for said in texts:
            allowed = WORST * max(before, NOTHING / WORST)
            now = seconds(work, said, allowed)
            if now > allowed:
                found.append(said[:40])
                break
            before = now
    return found


def tried(rule):
    def work(said):
        with contextlib.suppress(ValueError, AppError):
            rule(said)

    return work


def test_patterns_are_found():
    assert {"text.identifiers._CANONICAL", "socket_engine.packets._PACKET", "text.confusables._FLAG"} <= set(OURS)


@pytest.mark.parametrize("name", sorted(set(OURS) - SETTINGS))
def test_a_pattern_reads_what_it_is_given_once(name):
    pattern, module = OURS[name], name.rpartition(".")[0]
    if isinstance(pattern.pattern, bytes):
        assert too_slow(lambda said: pattern.search(said.encode("utf-8", "replace"))) == []
        return
    assert too_slow(lambda said: (pattern.match(said), pattern.fullmatch(said))) == []
    if name.rpartition(".")[2] in SEARCHING.findall(MODULES[module].read_text("utf-8")):
        assert too_slow(lambda said: pattern.sub("", said)) == []


RULES = [*normalise.SCHEMAS, normalise.close_bidi, normalise.casefold, normalise.search_key, normalise.user_agent]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_for_text_reads_it_once(rule):
    assert too_slow(tried(rule)) == []


@pytest.mark.parametrize("read", [takes_gzip, packets.decode, packets.peek_ack_id], ids=lambda read: read.__name__)
def test_what_clients_send_beside_it_is_read_once(read):
    assert too_slow(tried(read)) == []


def test_a_pattern_that_goes_back_is_found():
    assert too_slow(lambda said: re.search(r"=+$", said))
    assert too_slow(lambda said: said.count("x")) == []

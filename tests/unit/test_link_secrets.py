"""Secrets of links: programs that find links in text must not cut off their last character."""

import secrets

import pytest

from domain.ids import new_link_secret
from services.accounts.tokens import OneTimeToken

SECRETS = ["ends_", "ends-", "ends7"]


@pytest.fixture
def drawn(monkeypatch):
    """The secrets that are drawn, of which the last ends with a digit."""
    drawn = iter(SECRETS)
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _size: next(drawn))
    return drawn


def test_link_secret_ends_with_letter_or_digit(drawn):
    assert new_link_secret(16) == "ends7"
    assert list(drawn) == []


def test_one_time_token_ends_with_letter_or_digit(drawn):
    assert str(OneTimeToken.new()) == "ends7"


def test_link_secret_has_its_bytes():
    assert len(new_link_secret(16)) == 22
    assert len({new_link_secret(16) for _ in range(100)}) == 100

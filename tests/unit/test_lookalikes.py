"""Keys of what names look like: names that look alike share one."""
# ruff: noqa: RUF001 - letters that look alike are the subject

import pytest

from services.rooms import lookalikes
from text import confusables


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ada Okafor", "ADA 0kafor"), ("Ada", "Аԁа"), ("Ian", "lan"), ("Ian", "IAN"), ("Ben  Li", "Ben Li")],
)
def test_names_that_look_alike_share_a_key(one, other):
    assert set(lookalikes.confusable_keys(one)) & set(lookalikes.confusable_keys(other))
    assert any(a == b for a, b in zip(confusables.skeletons(one), confusables.skeletons(other), strict=True))


@pytest.mark.parametrize(
    ("one", "other"), [("Ada", "Adam"), ("Ben", "Dan"), ("Ada Okafor", "Ada Okoro"), ("Ina", "Ian")]
)
def test_names_that_do_not_look_alike_share_none(one, other):
    assert not set(lookalikes.confusable_keys(one)) & set(lookalikes.confusable_keys(other))


def test_most_names_have_one_short_key():
    assert [len(key) for key in lookalikes.confusable_keys("Ada Okafor")] == [8]
    assert len(lookalikes.confusable_keys("Ivan")) == 2

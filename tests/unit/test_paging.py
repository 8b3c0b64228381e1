"""services/paging.py"""

import pytest

from services.paging import read_page


@pytest.mark.parametrize(
    ("stored", "page"),
    [([], ([], False)), ([1], ([1], False)), ([1, 2], ([1, 2], False)), ([1, 2, 3], ([1, 2], True))],
)
async def test_page_has_more_only_if_a_row_follows(stored, page):
    limits = []

    async def read(limit):
        limits.append(limit)
        return stored[:limit]

    assert await read_page(read, 2) == page
    assert limits == [3]

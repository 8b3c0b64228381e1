"""Tables of the pages that are generated from the code: they are current, and a stale one is found."""

import pytest

from tests.support import doc_tables
from tests.support.doc_tables import PAGES, TABLES, UnknownTable, generated

TEXTS = {file.name: file.read_text("utf-8") for file in PAGES}


@pytest.mark.parametrize("name", TEXTS)
def test_tables_of_a_page_are_current(name):
    assert generated(TEXTS[name]) == TEXTS[name], "run `make tables`"


def test_each_table_is_on_a_page():
    assert set().union(*map(doc_tables.names, TEXTS.values())) == set(TABLES)


@pytest.mark.parametrize(("table", "least"), [("error codes", 50), ("field codes", 20), ("settings", 50)])
def test_every_written_meaning_is_there(table, least):
    rows = TABLES[table]("", {})[2:]
    assert len(rows) > least
    assert all(row.endswith(" |  |") for row in rows)  # as a new code or setting before its meaning is written
    assert [line for page in TEXTS.values() for line in page.splitlines() if line.endswith(" |  |")] == []


@pytest.mark.parametrize(
    ("row", "stale"),
    [
        ("| `member-left` | a user is no member any more |", "| `member-left` | another sentence |"),
        ("| `member-left` | a user is no member any more |\n", ""),
        ("| `room_full` | 409 |", "| `room_full` | 400 |"),
        ("| `too_long` | `max` |", "| `too_long` | `min` |"),
        ("| `cache.ttl` | `300` |", "| `cache.ttl` | `301` |"),
        ("| `leave-room` |", "| `leaves-room` |"),
        ("| `DELETE /api/study-rooms/:id` | delete a room |\n", ""),
    ],
)
def test_stale_row_is_generated_again(row, stale):
    [page] = (page for page in TEXTS.values() if row in page)
    assert page.count(row) == 1
    assert generated(page.replace(row, stale)) == page


def test_written_meaning_stays():
    page = TEXTS["protocol.md"].replace("the room has reached its capacity", "there is no place left")
    assert page != TEXTS["protocol.md"]
    assert generated(page) == page


def test_unknown_table_is_an_error():
    with pytest.raises(UnknownTable, match="nonsense"):
        generated("<!-- table: nonsense -->\n<!-- end of table -->\n")

"""CSV of focus sessions: quotation, and cells that spreadsheets would run."""

import csv
import io

import pytest
from hypothesis import given, strategies as st

from services.study.csv import csv_line


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_formula_gets_an_apostrophe(start):
    [[cell]] = csv.reader(io.StringIO(csv_line([f"{start}1+1"]).decode(), newline=""))
    assert cell == f"'{start}1+1"


def test_plain_cells_have_no_quotes():
    assert csv_line(["2026-12-01", "90", "", "Essay 'plan'"]) == b"2026-12-01,90,,Essay 'plan'\r\n"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), min_size=2, max_size=5))
def test_cells_are_read_back(cells):
    [read] = csv.reader(io.StringIO(csv_line(cells).decode(), newline=""))
    assert read == [f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell for cell in cells]

"""Insertion of results into a page of the docs, between two marks."""

import re
from pathlib import Path


def replaced(text: str, mark: str, new: str) -> str:
    """Return the page's text with `new` between `<!-- mark: begin -->` and `<!-- mark: end -->`.

    Raises:
        ValueError: the marks are missing, or not unique.
    """
    begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    found, times = re.subn(f"{begin}.*{end}", lambda _: f"{begin}\n\n{new}\n\n{end}", text, flags=re.DOTALL)
    if times != 1:
        raise ValueError(f"the page has no one place between {begin} and {end}")
    return found


def fill(page: Path, mark: str, new: str) -> None:
    """Write `new` between the marks in the file of a page.

    Raises:
        ValueError: as for `replaced`; the file is unchanged.
    """
    page.write_text(replaced(page.read_text("utf-8"), mark, new), "utf-8")

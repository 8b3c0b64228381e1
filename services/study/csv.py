"""Lines of CSV (RFC 4180) that spreadsheets open without running anything in them."""

from collections.abc import Iterable

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_line(cells: Iterable[str]) -> bytes:
    """Return a line in UTF-8 with CRLF at its end.

    A cell that a spreadsheet would read as a formula gets a leading apostrophe (OWASP, CSV injection).
    """
    return (",".join(map(_cell, cells)) + "\r\n").encode()


def _cell(text: str) -> str:
    safe = f"'{text}" if text.startswith(_FORMULA_STARTS) else text
    if any(character in safe for character in ',"\r\n'):
        return '"' + safe.replace('"', '""') + '"'
    return safe

"""Text files from any editor: UTF-8, with or without a byte order mark."""

from pathlib import Path

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = "\ufeff"


def read_text(file: Path) -> str:
    """Return the text of `file` without a byte order mark; line ends are unchanged.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file is not UTF-8; the message completes "<file> …".
    """
    raw = file.read_bytes()
    if raw.startswith(_UTF_16) or b"\0" in raw:
        raise ValueError("is not text in UTF-8 (it looks like UTF-16): save it as UTF-8")
    try:
        return raw.decode("utf-8").removeprefix(_BOM)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ValueError(f"is not text in UTF-8 (line {line}): save it as UTF-8") from None

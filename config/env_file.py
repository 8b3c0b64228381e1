r"""Environment files, read as systemd reads `EnvironmentFile=`: no shell, so `&`, `;`, `$`, `(` and `#` are text.

The rules of systemd.exec(5):

- A line is `NAME=value`. Blanks around both are dropped. A line that begins with `#` or `;` is a comment.
- In a plain value a backslash makes the next character literal, and joins lines at a line end.
- `'…'` is verbatim; in `"…"` a backslash escapes only `"`, `\`, `` ` ``, `$` and a line end. Both may span lines.
- If a name is assigned several times, the last value applies.

systemd silently drops lines of another form. Such a line is an error here if it names a setting of Studyhall, because
the service would run without that setting.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from config.text_file import read_text
from domain.errors.settings import SettingsError

_BLANK, _LINE_END, _COMMENT = " \t\r\n", "\r\n", "#;"
_ESCAPED_IN_DOUBLE_QUOTES = '"\\`$'
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class EnvFile(NamedTuple):
    """The variables of one environment file."""

    path: Path
    variables: dict[str, str]


def read_env_file(path: Path) -> EnvFile:
    """Return the variables of an environment file.

    Raises:
        SettingsError: the file cannot be read, is not UTF-8, has an unclosed quote, or has a line with a setting of
            Studyhall that systemd would drop. The message is one line that names the file.
    """
    try:
        text = read_text(path)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from None
    variables = {}
    for name, value, line in _assignments(_Reader(text), path):
        if _NAME.fullmatch(name):
            variables[name] = value
        elif "STUDYHALL_" in name:
            what = "leave the word export out" if name.startswith("export") else "write NAME=value"
            raise SettingsError(f"{path}: line {line}: systemd drops this line: {what}")
    return EnvFile(path, variables)


class _Reader:
    """Reader of single characters that counts lines, from 1."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n").replace("\r", "\n")
        self._place = 0

    @property
    def line(self) -> int:
        return self._text.count("\n", 0, self._place) + 1

    def peek(self) -> str:
        return self._text[self._place : self._place + 1]

    def take(self) -> str:
        """Return the next character; "" at the end."""
        found = self.peek()
        self._place += len(found)
        return found

    def take_until(self, ends: str) -> str:
        """Return the text before the next character in `ends`, which stays unread."""
        start = self._place
        while (found := self.peek()) and found not in ends:
            self._place += 1
        return self._text[start : self._place]


def _assignments(reader: _Reader, path: Path) -> Iterator[tuple[str, str, int]]:
    while found := reader.peek():
        line = reader.line
        if found in _BLANK:
            reader.take()
        elif found in _COMMENT:
            reader.take_until(_LINE_END)
        else:
            name = reader.take_until(f"={_LINE_END}").strip(_BLANK)
            if reader.take() == "=":
                yield name, _value(reader, path), line
            elif "STUDYHALL_" in name:
                yield f"{name} without =", "", line


def _value(reader: _Reader, path: Path) -> str:
    """Return one value: any number of quoted pieces, then an optional plain piece up to the line end."""
    value = ""
    while (found := reader.peek()) not in ("", *_LINE_END):
        if found in _BLANK:
            reader.take()
        elif found == "'":
            value += _single_quoted(reader, path)
        elif found == '"':
            value += _double_quoted(reader, path)
        else:
            return value + _plain(reader)
    return value


def _plain(reader: _Reader) -> str:
    value, whole = "", 0
    while (found := reader.take()) not in ("", *_LINE_END):
        if found == "\\":
            value += reader.take().strip(_LINE_END)
            whole = len(value)  # an escaped blank at the end is not trimmed
        else:
            value += found
    return value[:whole] + value[whole:].rstrip(_BLANK)


def _single_quoted(reader: _Reader, path: Path) -> str:
    line = reader.line
    reader.take()
    value = reader.take_until("'")
    return _closed(reader, value, path, line)


def _double_quoted(reader: _Reader, path: Path) -> str:
    line = reader.line
    reader.take()
    value = reader.take_until('"\\')
    while reader.peek() == "\\":
        reader.take()
        escaped = reader.take()
        if escaped in _ESCAPED_IN_DOUBLE_QUOTES:
            value += escaped
        elif escaped not in _LINE_END:
            value += f"\\{escaped}"
        value += reader.take_until('"\\')
    return _closed(reader, value, path, line)


def _closed(reader: _Reader, value: str, path: Path, line: int) -> str:
    if not reader.take():
        raise SettingsError(f"{path}: line {line}: the quote that begins here is never closed")
    return value

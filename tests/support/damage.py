"""Damage to database files."""

import os
from pathlib import Path


def overwrite(path: Path, start: int, end: int) -> None:
    content = bytearray(path.read_bytes())
    content[start:end] = b"\xff" * (end - start)
    path.write_bytes(content)


DAMAGES = {
    "half of it": lambda path: os.truncate(path, path.stat().st_size // 2),
    "all but its last byte": lambda path: os.truncate(path, path.stat().st_size - 1),
    "its first hundred bytes": lambda path: os.truncate(path, 100),
    "no header": lambda path: overwrite(path, 0, 100),
    "no schema": lambda path: overwrite(path, 100, 4096),
    "no first page of a table": lambda path: overwrite(path, 4096, 8192),
    "nothing but its first page": lambda path: overwrite(path, 4096, path.stat().st_size),
    "another format": lambda path: path.write_text("no database " * 1000),
}

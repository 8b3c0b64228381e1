"""Programs and packages that tests need, and that may be missing on this machine."""

import os
import shutil
from typing import NoReturn

import pytest


def skip(words: str) -> NoReturn:
    """Skip a test with this reason. If CI is set, fail it: in CI all programs are installed."""
    if os.environ.get("CI"):
        pytest.fail(words)
    pytest.skip(words)


def find_program(name: str, tested: str) -> str:
    """Return the path of a program; if it is not installed, `skip`.

    Args:
        name: name of the program and of its Debian package.
        tested: the subject of the tests that need it.
    """
    program = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
    return program or skip(f"There is no {name} here, so {tested} is NOT tested: install Debian's package {name}.")

"""Programs and packages that tests need, and that this machine may lack."""

import os
import shutil
from typing import NoReturn

import pytest


def skip(words: str) -> NoReturn:
    """Skip a test with these words; if CI is set, which has everything, fail."""
    if os.environ.get("CI"):
        pytest.fail(words)
    pytest.skip(words)


def find_program(name: str, tested: str) -> str:
    """Return the path of a program of Debian's; without it, `skip`.

    Args:
        name: of the program, and of its package.
        tested: the subject of the tests that need it.
    """
    program = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
    return program or skip(f"There is no {name} here, so {tested} is NOT tested: install Debian's package {name}.")

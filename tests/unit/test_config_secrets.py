"""Secrets of the configuration: never in errors or reprs; made, stored and read again."""

import re
import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import msgspec
import pytest

import config
from config import (
    AuthSettings,
    Config,
    MailSettings,
    ServerSettings,
    StorageSettings,
)
from domain.errors.settings import SettingsError
from tests.support.settings import refusal

LONG = "a secret of the kind that is long enough"


# Secrets stay secret


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ada:pw@h:5432/d", "postgresql://ada:…@h:5432/d"),
        ("postgresql://ada:pw@h/d?password=pw&sslmode=require", "postgresql://ada:…@h/d?password=…&sslmode=require"),
        ("postgresql://h/d?sslmode=require&SSLPassword=pw", "postgresql://h/d?sslmode=require&SSLPassword=…"),
        ("postgresql://ada:p@w/p:w?p#w@h/d", "postgresql://ada:…@h/d"),
        ("postgresql://:pw@h/d", "postgresql://:…@h/d"),
        ("postgresql://ada@h/d", "postgresql://ada@h/d"),
        ("postgresql://h:5432/d", "postgresql://h:5432/d"),
        ("sqlite:///data/a@b.db", "sqlite:///data/a@b.db"),
        ("memory://", "memory://"),
    ],
)
def test_passwords_are_taken_out_of_an_address(url, shown):
    assert config.redact_url(url) == shown


def test_neither_secret_nor_password_is_in_a_repr():
    settings = Config(
        server=ServerSettings(probe_token=LONG),
        auth=AuthSettings(secret=LONG),
        storage=StorageSettings(url="postgresql://ada:pass-word@h/d"),
        mail=MailSettings(password="pass-word"),
    )
    for shown in (
        repr(settings),
        str(settings),
        repr(settings.auth),
        f"{settings.storage}",
        repr(settings.__rich_repr__()),
    ):
        assert LONG not in shown
        assert "pass-word" not in shown
    assert "secret='…'" in repr(settings)
    assert "secret=''" in repr(Config())
    assert "password=''" in repr(Config())


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("STUDYHALL_AUTH_SECRET", "too-short-a-one"),
        ("STUDYHALL_STORAGE_URL", "mysql://ada:too-short-a-one@h/d"),
        ("STUDYHALL_STORAGE_URL", "postgresql://ada:too-short-a-one@h/d e"),
    ],
)
def test_no_error_repeats_a_secret(variable, text):
    assert "too-short" not in refusal(environ={variable: text})


# Generated secrets


def sqlite_in(folder: Path) -> Config:
    return Config(storage=StorageSettings(url=f"sqlite:///{folder}/studyhall.db"))


def test_a_secret_that_is_set_is_used_and_nothing_is_written(tmp_path):
    settings = msgspec.structs.replace(sqlite_in(tmp_path), auth=AuthSettings(secret=LONG))
    assert config.load_secret_key(settings) == LONG
    assert list(tmp_path.iterdir()) == []


def test_without_one_a_private_secret_is_kept_beside_the_data(tmp_path):
    folder = tmp_path / "new" / "data"
    made = config.load_secret_key(sqlite_in(folder))
    assert len(made) >= 64
    assert [file.name for file in folder.iterdir()] == ["secret"]
    assert stat.S_IMODE((folder / "secret").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert config.load_secret_key(sqlite_in(folder)) == made


def test_with_postgres_the_secret_is_kept_in_the_data_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("config.secret_key.ROOT", tmp_path)
    made = config.load_secret_key(Config(storage=StorageSettings(url="postgresql://h/d")))
    assert (tmp_path / "data" / "secret").read_text("utf-8").strip() == made


def test_memory_storage_keeps_no_secret(tmp_path, monkeypatch):
    monkeypatch.setattr("config.secret_key.ROOT", tmp_path)
    memory = Config(storage=StorageSettings(url="memory://"))
    assert config.load_secret_key(memory) != config.load_secret_key(memory)
    assert len(config.load_secret_key(memory)) >= 64
    assert list(tmp_path.iterdir()) == []


@pytest.mark.processes
def test_processes_that_start_at_once_agree_on_the_secret(tmp_path):
    folders = [tmp_path / str(n) for n in range(50)]
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as processes:
        starts = [[processes.submit(config.load_secret_key, sqlite_in(folder)) for _ in range(4)] for folder in folders]
        made = [{start.result() for start in same_folder} for same_folder in starts]
    assert [len(secrets) for secrets in made] == [1] * 50
    assert {file.name for folder in folders for file in folder.iterdir()} == {"secret"}


def test_whoever_comes_second_takes_the_first_ones_secret(tmp_path, monkeypatch):
    """Between looking for the file and putting it there, another process does."""

    def look(file: Path) -> bool:
        file.write_text(LONG, "utf-8")
        return False

    monkeypatch.setattr(Path, "exists", look)
    assert config.load_secret_key(sqlite_in(tmp_path)) == LONG
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_kept_secret_saved_with_a_byte_order_mark_is_the_same(tmp_path):
    made = config.load_secret_key(sqlite_in(tmp_path))
    (tmp_path / "secret").write_bytes(f"{made}\r\n".encode("utf-8-sig"))
    assert config.load_secret_key(sqlite_in(tmp_path)) == made


@pytest.mark.parametrize("kept", [b"", b"short\n", b"\xff" * 64])
def test_a_kept_secret_that_is_none_is_refused(tmp_path, kept):
    (tmp_path / "secret").write_bytes(kept)
    with pytest.raises(SettingsError, match=re.escape(f"[auth] secret: {tmp_path}/secret: holds less than 32 bytes")):
        config.load_secret_key(sqlite_in(tmp_path))
    assert (tmp_path / "secret").read_bytes() == kept


def test_a_secret_that_cannot_be_kept_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"^\[auth\] secret: .*/file/secret: File exists; or set STUDYHALL_AUTH"):
        config.load_secret_key(sqlite_in(tmp_path / "file"))

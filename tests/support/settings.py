"""Settings for tests: a config.toml, and the message with which settings are rejected."""

from pathlib import Path

import pytest

import config
from domain.errors.settings import SettingsError


def toml(folder: Path, text: str) -> Path:
    """Write a config.toml into the folder, and return its path."""
    file = folder / "config.toml"
    file.write_text(text, "utf-8")
    return file


def refusal(file=None, environ=None, overrides=None) -> str:
    """Return the message with which `config.load` rejects these settings; fail if it accepts them."""
    with pytest.raises(SettingsError) as refused:
        config.load(file, environ or {}, overrides or {})
    sentence = str(refused.value)
    assert "\n" not in sentence
    return sentence

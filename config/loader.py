"""Loading of settings, lowest priority first: defaults, config.toml, environment, environment file, command line."""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, get_origin, get_type_hints

import msgspec

from config.env_file import EnvFile
from config.schema import Config, Section
from config.service_variables import is_service_variable
from config.text_file import read_text
from domain.errors.settings import SettingsError
from domain.field_errors import field_errors

PREFIX = "STUDYHALL_"

SECTIONS: Mapping[str, type[Section]] = get_type_hints(Config)
VARIABLES: Mapping[str, tuple[str, str]] = {
    f"{PREFIX}{section}_{key}".upper(): (section, key)
    for section, kind in SECTIONS.items()
    for key in kind.__struct_fields__
}
"""Environment variables that are settings, each with its section and key."""


class _RawValue(NamedTuple):
    """One value from one source, not yet validated."""

    section: str
    key: str
    value: object
    where: str
    """Source and setting, for error messages."""


def load(
    file: Path | None,
    environ: Mapping[str, str],
    overrides: Mapping[str, object],
    env_file: EnvFile | None = None,
) -> Config:
    """Return the settings: defaults, overridden by `file`, `environ`, `env_file` and `overrides`, in this order.

    Every value is validated, including values that a later source overrides.

    Args:
        file: a TOML file, which must exist; None for none.
        environ: environment variables; only names that start with STUDYHALL_ are read. Text is converted to the type of
            the setting; items of a list are separated by commas.
        overrides: values of the command line by "section.key": text as in the environment, or a value of the setting's
            type. None counts as absent.
        env_file: variables that override `environ`, as `EnvironmentFile=` overrides `Environment=` in systemd.

    Raises:
        SettingsError: a section or key is unknown, or a value is invalid. The message is one line that names the
            setting and its source.
    """
    sections: dict[str, dict[str, object]] = {name: {} for name in SECTIONS}
    variables = _from_environment(env_file.variables, f"{env_file.path.name}: ") if env_file else ()
    for source in (_from_file(file), _from_environment(environ, ""), variables, _from_command_line(overrides)):
        for given in source:
            sections[given.section][given.key] = _validated(given)
    return msgspec.convert(sections, Config)


def _from_file(file: Path | None) -> Iterator[_RawValue]:
    if file is None:
        return
    try:
        text = read_text(file)
    except OSError as error:
        raise settings_error(str(file), f"cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise settings_error(str(file), str(error)) from None
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise settings_error(str(file), f"is no TOML: {error}") from None
    for section, table in tables.items():
        if section not in SECTIONS or not isinstance(table, dict):
            raise settings_error(f"{file.name}: [{section}]", f"is no section; there are {', '.join(SECTIONS)}")
        for key, value in table.items():
            yield _RawValue(section, key, value, f"{file.name}: [{section}] {key}")


def _from_environment(environ: Mapping[str, str], where: str) -> Iterator[_RawValue]:
    for name, value in sorted(environ.items()):
        if not name.startswith(PREFIX) or is_service_variable(name, value):
            continue
        if name not in VARIABLES:
            raise settings_error(where + name, f"is no setting; {_suggestion(name)}config.toml has them all")
        section, key = VARIABLES[name]
        yield _RawValue(section, key, _Text(value.rstrip("\r\n")), where + name)


def _suggestion(name: str) -> str:
    said = name.removeprefix(PREFIX)
    same_key = [variable for variable, (_, key) in VARIABLES.items() if key.upper() == said]
    close = difflib.get_close_matches(said, [variable.removeprefix(PREFIX) for variable in VARIABLES], 1, 0.7)
    found = [*same_key, *(PREFIX + rest for rest in close)]
    return f"did you mean {found[0]}? " if found else ""


def _from_command_line(overrides: Mapping[str, object]) -> Iterator[_RawValue]:
    for name, value in overrides.items():
        section, _, key = name.partition(".")
        if section not in SECTIONS:
            raise settings_error(f"command line: {name}", "is no setting; config.toml has them all")
        if value is not None:
            yield _RawValue(section, key, _Text(value) if isinstance(value, str) else value, f"command line: {name}")


class _Text(str):
    """Text of the environment or command line, to be converted to the type of its setting."""

    __slots__ = ()


def _validated(given: _RawValue) -> object:
    kind = SECTIONS[given.section]
    if given.key not in kind.__struct_fields__:
        raise settings_error(given.where, f"is no setting; [{given.section}] has {', '.join(kind.__struct_fields__)}")
    value, is_text = given.value, isinstance(given.value, _Text)
    expected = get_type_hints(kind)[given.key]
    if isinstance(value, _Text):
        value = _split(value) if get_origin(expected) is tuple else str(value)
    try:
        section = msgspec.convert({given.key: value}, kind, strict=not is_text)
    except msgspec.ValidationError as error:
        reasons = {found.field: found.message for found in field_errors({given.key: value}, kind, strict=not is_text)}
        # without a reason the type is valid, and the message is that of a rule
        what = reasons.get(given.key) or str(error).partition(" - at `")[0]
        hint = ", without quotes" if isinstance(value, str) and not is_text and _fits(given.key, value, kind) else ""
        raise settings_error(given.where, what + hint) from None
    return getattr(section, given.key)


def _fits(key: str, value: str, kind: type[Section]) -> bool:
    try:
        msgspec.convert({key: value}, kind, strict=False)
    except msgspec.ValidationError:
        return False
    return True


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def settings_error(where: str, what: str) -> SettingsError:
    """Return the error of one setting, in one line; `where` names the setting and its source."""
    return SettingsError(
        " ".join(f"{where}: {what}".split())
    )  # one line, even if a key of the file contains line breaks

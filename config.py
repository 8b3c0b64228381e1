"""Settings: config.toml, the environment over it, the command line over that, read once into frozen records.

Every setting has its default here and again, explained, in config.toml; a test holds the two
together. Secrets, and passwords inside addresses, are left out of every repr and error.
"""

import ipaddress
import os
import re
import secrets
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeAlias, get_args, get_origin, get_type_hints

import limits
import msgspec

from errors import SettingsError

HOME = Path(__file__).resolve().parent
"""The folder of server.py, which relative paths start from: a start from another directory finds the same data."""

PREFIX = "STUDYHALL_"
SHORTEST_SECRET = 32
"""Bytes: HS256 is as strong as its key, up to this length."""

LogFormat: TypeAlias = Literal["text", "json"]
Environment: TypeAlias = Literal["development", "test", "production"]

_LONGEST = 315_360_000  # ten years: far from where dates overflow, and infinity is above it
Seconds = Annotated[float, msgspec.Meta(gt=0, le=_LONGEST)]
WholeSeconds = Annotated[int, msgspec.Meta(gt=0, le=_LONGEST)]

_HIDDEN = "…"
_STORAGE_URL = re.compile(r"memory://|sqlite:///[^?#%\0]*[^/?#%\0]|postgres(ql)?://[^\s\0]+")
_ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?")
_MAILBOX = re.compile(r"[^\s@<>,;:\"()]+@[^\s@<>,;:\"()]+")
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_PASSWORD = re.compile(r"(?<=://)([^:@/?]*):.*@", re.DOTALL)
_PASSWORD_IN_QUERY = re.compile(r"([?&](?:ssl)?password=)[^&]*", re.IGNORECASE)


def redacted(url: str) -> str:
    """Return `url` without the passwords in it, for logs and errors; where it is ambiguous, more than those goes."""
    return _PASSWORD_IN_QUERY.sub(rf"\1{_HIDDEN}", _PASSWORD.sub(rf"\1:{_HIDDEN}@", url))


def _secret(value: str) -> None:
    try:
        length = len(value.encode())
    except UnicodeEncodeError:
        raise ValueError("must be text in UTF-8") from None
    if 0 < length < SHORTEST_SECRET:
        raise ValueError(f"must have at least {SHORTEST_SECRET} bytes, has {length}")


def _storage_url(value: str) -> None:
    if not _STORAGE_URL.fullmatch(value):
        raise ValueError("must be memory://, sqlite:///<file> or postgresql://<host>/<database>")


def _cache_url(value: str) -> None:
    if value not in {"memory://", "off", ""}:
        raise ValueError('must be memory:// or, for none, "off"')


def _origins(value: tuple[str, ...]) -> None:
    for origin in value:
        default_port = {"http": ":80", "https": ":443"}.get(origin.partition(":")[0], ":")
        if origin != "*" and (not _ORIGIN.fullmatch(origin) or origin.endswith(default_port)):
            raise ValueError(f"{origin!r} must be an origin as browsers write it, such as https://study.example.org")


def _sender(value: str) -> None:
    if value and not _MAILBOX.fullmatch(value):
        raise ValueError("must be an email address, such as studyhall@school.example")


def _public_url(value: str) -> None:
    if value and not _ORIGIN.fullmatch(value):
        raise ValueError(
            "must be how browsers find the server, such as https://study.example.org, with no / at the end"
        )


def _networks(value: tuple[str, ...]) -> None:
    for network in value:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            raise ValueError(f"{network!r} must be an address or a network, such as 127.0.0.1 or 10.0.0.0/8") from None


def _rate(value: str) -> None:
    try:
        rates = limits.parse_many(value)
    except ValueError:
        rates = []
    if len(rates) != 1 or rates[0].amount < 1:  # parse() drops what follows a first rate, and takes 0
        raise ValueError(f'{value!r} must be a rate such as "10/minute" or "30/10 seconds"')


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One section of config.toml. `RULES` says what its types cannot."""

    RULES: ClassVar[Mapping[str, Callable[[Any], None]]] = {}

    def __post_init__(self) -> None:
        for name, rule in self.RULES.items():
            rule(getattr(self, name))

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        shown = msgspec.structs.asdict(self)
        for name in {"secret", "password"} & shown.keys():
            shown[name] = shown[name] and _HIDDEN
        if "url" in shown:
            shown["url"] = redacted(shown["url"])
        return list(shown.items())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"


class Server(Section, frozen=True):
    """Where the server listens."""

    host: Annotated[str, msgspec.Meta(min_length=1)] = "0.0.0.0"  # noqa: S104  # classmates are to reach it: see config.toml
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 5000
    environment: Environment = "development"
    trusted_proxies: tuple[str, ...] = ()
    keepalive_timeout: Seconds = 75.0
    log_format: LogFormat = "text"
    public_url: str = ""
    RULES = {"trusted_proxies": _networks, "public_url": _public_url}

    @property
    def address(self) -> str:
        """Where browsers find the server, without a slash at the end: `public_url`, else where it listens."""
        if self.public_url:
            return self.public_url
        host = "localhost" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104  # every interface, this one too
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


class Auth(Section, frozen=True):
    """Tokens. `secret` is "" where none is set: ask `secret()`."""

    secret: str = ""
    token_lifetime: WholeSeconds = 12 * 3600
    refresh_lifetime: WholeSeconds = 30 * 24 * 3600
    session_lifetime: WholeSeconds = 90 * 24 * 3600
    reset_lifetime: WholeSeconds = 3600
    RULES = {"secret": _secret}


class Storage(Section, frozen=True):
    """Where everything is kept."""

    url: str = "sqlite:///data/studyhall.db"
    RULES = {"url": _storage_url}

    @property
    def kind(self) -> Literal["memory", "sqlite", "postgresql"]:
        """Which backend the address asks for."""
        if self.url.startswith("sqlite:"):
            return "sqlite"
        return "memory" if self.url == "memory://" else "postgresql"

    @property
    def file(self) -> Path:
        """The SQLite file, absolute; meaningful where `kind` is "sqlite"."""
        return HOME / self.url.removeprefix("sqlite:///")


class Cache(Section, frozen=True):
    """What is remembered of storage."""

    url: str = "memory://"
    ttl: WholeSeconds = 300
    max_entries: Annotated[int, msgspec.Meta(ge=1)] = 10_000
    RULES = {"url": _cache_url}

    @property
    def enabled(self) -> bool:
        """Whether there is a cache at all."""
        return self.url == "memory://"


class Cors(Section, frozen=True):
    """Pages on other hosts."""

    origins: tuple[str, ...] = ()
    RULES = {"origins": _origins}


class Presence(Section, frozen=True):
    """Who is here."""

    grace: Seconds = 10.0
    away_after: Seconds = 300.0
    flush_every: Seconds = 30.0


class Socket(Section, frozen=True):
    """What a connection may cost, and when it counts as gone."""

    max_waiting_bytes: Annotated[int, msgspec.Meta(ge=64 * 1024)] = 1024 * 1024
    max_waiting_packets: Annotated[int, msgspec.Meta(ge=256)] = 10_000
    connections_per_address: Annotated[int, msgspec.Meta(ge=1)] = 1000
    connections_per_user: Annotated[int, msgspec.Meta(ge=1)] = 50
    join_deadline: Seconds = 10.0
    ping_interval: Seconds = 25.0
    ping_timeout: Seconds = 20.0


class Rooms(Section, frozen=True):
    """What holds for all rooms."""

    retention_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 0

    @property
    def most_days(self) -> int | None:
        """For how many days messages are kept at most; None for ever."""
        return self.retention_days or None


class Limits(Section, frozen=True):
    """Rates, as `limits.parse` reads them."""

    enabled: bool = True
    people_per_address: Annotated[int, msgspec.Meta(ge=1)] = 50
    sign_ups: str = "60/hour"
    sign_ins: str = "10/minute"
    sign_ins_per_address: str = "200/10 minutes"
    sign_ins_per_account: str = "30/10 minutes"
    codes: str = "10/10 minutes"
    resets: str = "5/hour"
    rooms: str = "20/hour"
    joins: str = "60/minute"
    invites: str = "60/hour"
    invite_tries: str = "20/minute"
    messages: str = "30/10 seconds"
    moderation: str = "60/minute"
    reports: str = "20/hour"
    exports: str = "5/hour"
    events: str = "100/2 seconds"

    @property
    def rates(self) -> dict[str, str]:
        """Every rate by its name."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if isinstance(value, str)}


Limits.RULES = dict.fromkeys(Limits().rates, _rate)


class Mail(Section, frozen=True):
    """Who sends mail for us; nobody does where there is no host."""

    host: str = ""
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 587
    encryption: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = ""
    sender: str = ""
    timeout: Seconds = 20.0
    RULES = {"sender": _sender}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """All settings. What one setting demands of another is checked here."""

    server: Server = Server()
    auth: Auth = Auth()
    storage: Storage = Storage()
    cache: Cache = Cache()
    cors: Cors = Cors()
    presence: Presence = Presence()
    socket: Socket = Socket()
    rooms: Rooms = Rooms()
    limits: Limits = Limits()
    mail: Mail = Mail()

    def __post_init__(self) -> None:
        if self.mail.host and not self.mail.sender:
            raise SettingsError("[mail] sender: mail needs an address that it comes from")
        if self.mail.encryption == "none" and self.mail.password and self.mail.host not in _THIS_MACHINE:
            raise SettingsError('[mail] encryption: "none" would show the password to everybody on the way')
        if not self.production:
            return
        if not self.auth.secret:
            raise SettingsError("[auth] secret: production needs one: put it into STUDYHALL_AUTH_SECRET")
        if "*" in self.cors.origins:
            raise SettingsError('[cors] origins: "*" is refused in production: name the origins')

    @property
    def production(self) -> bool:
        """Whether convenience gives way to caution."""
        return self.server.environment == "production"


SECTIONS: Mapping[str, type[Section]] = get_type_hints(Config)
VARIABLES: Mapping[str, tuple[str, str]] = {
    f"{PREFIX}{section}_{key}".upper(): (section, key)
    for section, kind in SECTIONS.items()
    for key in kind.__struct_fields__
}
"""Every environment variable that is a setting, with its section and key."""


class _Given(NamedTuple):
    """One value from one source, not yet checked."""

    section: str
    key: str
    value: object
    where: str
    """Names the source and the setting, for errors."""


def load(file: Path | None, environ: Mapping[str, str], overrides: Mapping[str, object]) -> Config:
    """Return the settings: defaults, `file` over them, `environ` over that, `overrides` over that.

    Every value is checked, also one that another replaces.

    Args:
        file: a TOML file, which must exist; None for none.
        environ: of it, what starts with STUDYHALL_. Text is read as the setting's type; lists are separated by commas.
        overrides: from the command line, by "section.key": text as in the environment, or the value itself; None is
            as absent.

    Raises:
        SettingsError: a section or key is unknown or a value bad; one line that names it and its source.
    """
    sections: dict[str, dict[str, object]] = {name: {} for name in SECTIONS}
    for source in (_from_file(file), _from_environment(environ), _from_command_line(overrides)):
        for given in source:
            sections[given.section][given.key] = _checked(given)
    return msgspec.convert(sections, Config)


def _from_file(file: Path | None) -> Iterator[_Given]:
    if file is None:
        return
    try:
        tables = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise _refusal(str(file), f"cannot be read: {error.strerror}") from None
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError are
        raise _refusal(str(file), f"is no TOML: {error}") from None
    for section, table in tables.items():
        if section not in SECTIONS or not isinstance(table, dict):
            raise _refusal(f"{file.name}: [{section}]", f"is no section; there are {', '.join(SECTIONS)}")
        for key, value in table.items():
            yield _Given(section, key, value, f"{file.name}: [{section}] {key}")


def _from_environment(environ: Mapping[str, str]) -> Iterator[_Given]:
    for name, value in sorted(environ.items()):
        if name in VARIABLES:
            section, key = VARIABLES[name]
            yield _Given(section, key, _Text(value), name)
        elif name.startswith(PREFIX):
            raise _refusal(name, "is no setting; config.toml has them all")


def _from_command_line(overrides: Mapping[str, object]) -> Iterator[_Given]:
    for name, value in overrides.items():
        section, _, key = name.partition(".")
        if section not in SECTIONS:
            raise _refusal(f"command line: {name}", "is no setting; config.toml has them all")
        if value is not None:
            yield _Given(section, key, _Text(value) if isinstance(value, str) else value, f"command line: {name}")


class _Text(str):
    """A value that may have to be read as another type."""

    __slots__ = ()


def _checked(given: _Given) -> object:
    kind = SECTIONS[given.section]
    if given.key not in kind.__struct_fields__:
        raise _refusal(given.where, f"is no setting; [{given.section}] has {', '.join(kind.__struct_fields__)}")
    value, is_text = given.value, isinstance(given.value, _Text)
    expected = get_type_hints(kind)[given.key]
    if isinstance(value, _Text):
        value = _split(value) if get_origin(expected) is tuple else str(value)
    try:
        section = msgspec.convert({given.key: value}, kind, strict=not is_text)
    except msgspec.ValidationError as error:
        what = str(error).partition(" - at `")[0]
        if get_origin(expected) is Literal:
            what = f"must be one of {', '.join(get_args(expected))}"
        raise _refusal(given.where, what[:1].lower() + what[1:]) from None
    return getattr(section, given.key)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _refusal(where: str, what: str) -> SettingsError:
    return SettingsError(" ".join(f"{where}: {what}".split()))  # one line, whatever a file's keys look like


def secret(config: Config) -> str:
    """Return what signs the tokens: the secret that is set or, outside production, one that is made and kept.

    It is kept in the private file `secret` beside the data and found there at the next start; of several processes
    that start at once, all get the same. With memory:// storage nothing is written, and each call makes another.

    Raises:
        SettingsError: the file cannot be made or read, or holds less than a secret.
    """
    if config.auth.secret:
        return config.auth.secret
    if config.storage.kind == "memory":
        return _new_secret()
    file = (config.storage.file.parent if config.storage.kind == "sqlite" else HOME / "data") / "secret"
    try:
        if not file.exists():
            _keep_new_secret(file)
        kept = file.read_text("utf-8").strip()
    except OSError as error:
        raise _refusal(f"[auth] secret: {file}", f"{error.strerror}; or set STUDYHALL_AUTH_SECRET") from None
    except UnicodeDecodeError:
        kept = ""
    if len(kept.encode()) < SHORTEST_SECRET:
        raise _refusal(f"[auth] secret: {file}", f"holds less than {SHORTEST_SECRET} bytes of text: delete it")
    return kept


def _new_secret() -> str:
    return secrets.token_urlsafe(48)


def _keep_new_secret(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=".secret-", dir=file.parent)  # mkstemp: readable by its owner alone
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as writer:
            writer.write(_new_secret() + "\n")
            writer.flush()
            os.fsync(handle)
        with suppress(FileExistsError):  # another process was first: its secret is everybody's
            os.link(draft, file)  # whole or not at all, and never over another
    finally:
        Path(draft).unlink()

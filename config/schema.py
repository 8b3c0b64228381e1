"""Sections of config.toml: every setting with its type, default and validation rule."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec

from config import validators
from config.browser_ports import blocked_port
from domain.errors.settings import SettingsError

ROOT = Path(__file__).resolve().parent.parent
"""Folder of server.py. Relative paths start here, so that the data is found from every working directory."""

LogFormat: TypeAlias = Literal["text", "json"]
Environment: TypeAlias = Literal["development", "test", "production"]

_MAX_SECONDS = 315_360_000  # ten years: dates cannot overflow, and infinity is rejected
Seconds = Annotated[float, msgspec.Meta(gt=0, le=_MAX_SECONDS)]
WholeSeconds = Annotated[int, msgspec.Meta(ge=1, le=_MAX_SECONDS)]

_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One section of config.toml. `RULES` has the checks that its types cannot express."""

    RULES: ClassVar[Mapping[str, Callable[[Any], None]]] = {}

    def __post_init__(self) -> None:
        for name, rule in self.RULES.items():
            rule(getattr(self, name))

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        shown = msgspec.structs.asdict(self)
        for name in {"secret", "password", "probe_token"} & shown.keys():
            shown[name] = shown[name] and validators.MASK
        if "url" in shown:
            shown["url"] = validators.redact_url(shown["url"])
        return list(shown.items())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"


class ServerSettings(Section, frozen=True):
    """HTTP server: address, connection limits, memory limits and log format."""

    host: str = "*"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 5000
    environment: Environment = "development"
    trusted_proxies: tuple[str, ...] = ()
    keepalive_timeout: Seconds = 75.0
    requests_per_address: Annotated[int, msgspec.Meta(ge=1)] = 200
    max_connections: Annotated[int, msgspec.Meta(ge=1)] = 50_000
    idle_connections: Annotated[int, msgspec.Meta(ge=1)] = 10_000
    idle_per_address: Annotated[int, msgspec.Meta(ge=1)] = 500
    stalled_after: Seconds = 30.0
    bytes_per_user: Annotated[int, msgspec.Meta(ge=1024)] = 8 * 1024 * 1024
    bytes_per_address: Annotated[int, msgspec.Meta(ge=1024)] = 32 * 1024 * 1024
    bytes_in_all: Annotated[int, msgspec.Meta(ge=1024)] = 256 * 1024 * 1024
    log_format: LogFormat = "text"
    public_url: str = ""
    probe_token: str = ""
    RULES = {
        "host": validators.host,
        "trusted_proxies": validators.networks,
        "public_url": validators.public_url,
        "probe_token": validators.secret,
    }

    @property
    def bind_host(self) -> str:
        """`host` in its usual spelling: "::" for "[::]" and "::0", "localhost" for "LOCALHOST"."""
        return validators.canonical_host(self.host)

    @property
    def base_url(self) -> str:
        """URL of the server for browsers, without a trailing slash: `public_url`, else the address it listens on."""
        return self.public_url.rstrip("/") or self.local_url(self.port)

    @property
    def is_local(self) -> bool:
        """True if `public_url` names this machine."""
        return urlsplit(self.public_url).hostname in _LOCAL_HOSTS

    def local_url(self, port: int) -> str:
        """Return the URL of the server for a browser on this machine; `port` is the one that the server got."""
        host = "localhost" if self.bind_host in {"*", "0.0.0.0", "::"} else self.bind_host  # noqa: S104  # this machine, too
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def warning(self, port: int) -> str | None:
        """Return a warning if browsers block the server's port, although a server can listen there; else None.

        Args:
            port: the one that the server got.
        """
        if self.public_url:
            bad, setting = blocked_port(self.public_url), "public_url"
        else:
            bad, setting = blocked_port(self.local_url(port)), "port"
        return f"browsers refuse port {bad}: choose another one ([server] {setting})" if bad else None

    @property
    def base_path(self) -> str:
        """Path of `public_url` without a trailing slash, such as "/study"; "" for none."""
        _, slash, path = self.public_url.partition("://")[2].rstrip("/").partition("/")
        return slash + path


class AuthSettings(Section, frozen=True):
    """Token key and lifetimes, in seconds. `secret` is "" if none is set: call `load_secret_key` for the key in use."""

    secret: str = ""
    token_lifetime: WholeSeconds = 12 * 3600
    refresh_lifetime: WholeSeconds = 30 * 24 * 3600
    session_lifetime: WholeSeconds = 90 * 24 * 3600
    reset_lifetime: WholeSeconds = 3600
    RULES = {"secret": validators.secret}


class AccountsSettings(Section, frozen=True):
    """Rules for new accounts."""

    registration: Literal["open", "invited", "closed"] = "open"
    allowed_domains: tuple[str, ...] = ()
    approval: bool = False
    require_verified: bool = False
    RULES = {"allowed_domains": validators.domains}


class StorageSettings(Section, frozen=True):
    """Storage backend."""

    url: str = "sqlite:///data/studyhall.db"
    RULES = {"url": validators.storage_url}

    @property
    def kind(self) -> Literal["memory", "sqlite", "postgresql"]:
        """Backend that the URL selects."""
        if self.url.startswith("sqlite:"):
            return "sqlite"
        return "memory" if self.url == "memory://" else "postgresql"

    @property
    def file(self) -> Path:
        """Absolute path of the SQLite file; meaningful only if `kind` is "sqlite"."""
        return ROOT / self.url.removeprefix("sqlite:///")

    @property
    def display_url(self) -> str:
        """URL for logs and messages: with the absolute path of a file, without a password."""
        return f"sqlite:///{self.file}" if self.kind == "sqlite" else validators.redact_url(self.url)


class CacheSettings(Section, frozen=True):
    """Cache of storage lookups."""

    url: str = "memory://"
    ttl: WholeSeconds = 300
    max_entries: Annotated[int, msgspec.Meta(ge=1)] = 10_000
    RULES = {"url": validators.cache_url}

    @property
    def enabled(self) -> bool:
        """True if lookups are cached."""
        return self.url == "memory://"


class CorsSettings(Section, frozen=True):
    """Cross-origin access (CORS)."""

    origins: tuple[str, ...] = ()
    RULES = {"origins": validators.origins}


class PresenceSettings(Section, frozen=True):
    """Presence of users: grace period, idle time and flush interval, in seconds."""

    grace: Seconds = 10.0
    away_after: Seconds = 600.0
    flush_every: Seconds = 30.0


class SocketSettings(Section, frozen=True):
    """Socket.IO connections: limits for slow consumers, connection counts, timeouts in seconds."""

    max_waiting_bytes: Annotated[int, msgspec.Meta(ge=64 * 1024)] = 1024 * 1024
    max_waiting_packets: Annotated[int, msgspec.Meta(ge=256)] = 10_000
    connections_per_address: Annotated[int, msgspec.Meta(ge=1)] = 1000
    connections_per_user: Annotated[int, msgspec.Meta(ge=1)] = 50
    join_deadline: Seconds = 10.0
    ping_interval: Seconds = 25.0
    ping_timeout: Seconds = 20.0


class RoomsSettings(Section, frozen=True):
    """Rules for all rooms."""

    retention_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 0

    @property
    def max_retention_days(self) -> int | None:
        """Days after which messages expire; None if they never do."""
        return self.retention_days or None


class LimitsSettings(Section, frozen=True):
    """Rate limits, in the notation of `limits.parse`."""

    enabled: bool = True
    people_per_address: Annotated[int, msgspec.Meta(ge=1)] = 50
    max_windows: Annotated[int, msgspec.Meta(ge=1000)] = 20_000
    sign_ups: str = "60/hour"
    sign_ins: str = "10/minute"
    sign_ins_per_address: str = "200/10 minutes"
    sign_ins_per_account: str = "30/10 minutes"
    codes: str = "10/10 minutes"
    resets: str = "5/hour"
    verifications: str = "5/hour"
    resets_per_address: str = "60/hour"
    rooms: str = "20/hour"
    joins: str = "60/minute"
    invites: str = "60/hour"
    invite_tries: str = "20/minute"
    messages: str = "30/10 seconds"
    moderation: str = "60/minute"
    tasks: str = "120/minute"
    timers: str = "20/minute"
    profiles: str = "30/hour"
    renames: str = "5/hour"
    reports: str = "20/hour"
    schedule: str = "60/10 minutes"
    calendars: str = "60/hour"
    exports: str = "5/hour"
    renewals: str = "60/10 minutes"
    requests: str = "200/2 seconds"
    announcements: str = "10/hour"
    events: str = "100/2 seconds"

    @property
    def rates(self) -> dict[str, str]:
        """Rates by their names."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if isinstance(value, str)}


LimitsSettings.RULES = dict.fromkeys(LimitsSettings().rates, validators.rate)


class MailSettings(Section, frozen=True):
    """SMTP server that delivers mail; without `host`, no mail is sent."""

    host: str = ""
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 587
    encryption: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = ""
    sender: str = ""
    timeout: Seconds = 20.0
    RULES = {"sender": validators.sender}


class CompatibilitySettings(Section, frozen=True):
    """Settings for front ends of the older Node backend."""

    new_message: bool = False


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """All settings. Checks across sections are made at construction."""

    server: ServerSettings = ServerSettings()
    auth: AuthSettings = AuthSettings()
    accounts: AccountsSettings = AccountsSettings()
    storage: StorageSettings = StorageSettings()
    cache: CacheSettings = CacheSettings()
    cors: CorsSettings = CorsSettings()
    presence: PresenceSettings = PresenceSettings()
    socket: SocketSettings = SocketSettings()
    rooms: RoomsSettings = RoomsSettings()
    limits: LimitsSettings = LimitsSettings()
    mail: MailSettings = MailSettings()
    compatibility: CompatibilitySettings = CompatibilitySettings()

    def __post_init__(self) -> None:
        if self.mail.host and not self.mail.sender:
            raise SettingsError("[mail] sender: mail needs an address that it comes from")
        if self.accounts.require_verified and not self.mail.host:
            raise SettingsError("[accounts] require_verified: emails are verified by mail: set [mail] host, too")
        if self.mail.encryption == "none" and self.mail.password and self.mail.host not in _LOCAL_HOSTS:
            raise SettingsError('[mail] encryption: "none" would show the password to everybody on the way')
        if not self.is_production:
            return
        if not self.auth.secret:
            raise SettingsError("[auth] secret: production needs one: put it into STUDYHALL_AUTH_SECRET")
        if "*" in self.cors.origins:
            raise SettingsError('[cors] origins: "*" is refused in production: name the origins')
        if self.mail.host and not self.server.public_url:
            raise SettingsError(
                "[server] public_url: production needs it for the links in mails, such as https://study.example.org"
            )
        if self.server.public_url.startswith("http://") and not self.server.is_local:
            raise SettingsError(
                "[server] public_url: production needs https://, as passwords are sent there; "
                "http:// is for localhost, 127.0.0.1 and ::1 only"
            )

    @property
    def is_production(self) -> bool:
        """True in production, where insecure but convenient settings are rejected."""
        return self.server.environment == "production"

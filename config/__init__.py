"""Settings, read once into frozen records.

Each default is in schema.py and, with an explanation, in config.toml; a test compares the two.
Secrets, and passwords inside URLs, are masked in every repr and error.
"""

from config.env_file import EnvFile, read_env_file
from config.loader import PREFIX, SECTIONS, VARIABLES, load
from config.schema import (
    ROOT,
    AccountsSettings,
    AuthSettings,
    CacheSettings,
    CompatibilitySettings,
    Config,
    CorsSettings,
    Environment,
    LimitsSettings,
    LogFormat,
    MailSettings,
    PresenceSettings,
    RoomsSettings,
    Section,
    ServerSettings,
    SocketSettings,
    StorageSettings,
)
from config.secret_key import load_secret_key
from config.validators import redact_url

__all__ = [
    "PREFIX",
    "ROOT",
    "SECTIONS",
    "VARIABLES",
    "AccountsSettings",
    "AuthSettings",
    "CacheSettings",
    "CompatibilitySettings",
    "Config",
    "CorsSettings",
    "EnvFile",
    "Environment",
    "LimitsSettings",
    "LogFormat",
    "MailSettings",
    "PresenceSettings",
    "RoomsSettings",
    "Section",
    "ServerSettings",
    "SocketSettings",
    "StorageSettings",
    "load",
    "load_secret_key",
    "read_env_file",
    "redact_url",
]

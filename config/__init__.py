"""Settings, read once into frozen records.

Every setting has its default in sections.py and again, explained, in config.toml; a test holds the two together.
Secrets, and passwords inside addresses, are left out of every repr and error.
"""

from config.env_file import EnvFile, read_env_file
from config.kept_secret import secret
from config.rules import redacted
from config.sections import (
    HOME,
    Accounts,
    Auth,
    Cache,
    Compatibility,
    Config,
    Cors,
    Environment,
    Limits,
    LogFormat,
    Mail,
    Presence,
    Rooms,
    Section,
    Server,
    Socket,
    Storage,
)
from config.sources import PREFIX, SECTIONS, VARIABLES, load

__all__ = [
    "HOME",
    "PREFIX",
    "SECTIONS",
    "VARIABLES",
    "Accounts",
    "Auth",
    "Cache",
    "Compatibility",
    "Config",
    "Cors",
    "EnvFile",
    "Environment",
    "Limits",
    "LogFormat",
    "Mail",
    "Presence",
    "Rooms",
    "Section",
    "Server",
    "Socket",
    "Storage",
    "load",
    "read_env_file",
    "redacted",
    "secret",
]

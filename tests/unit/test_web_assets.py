"""Files of the page that are read at the start: their sizes, and manifests that are rejected."""

import pytest

from runtime.web_assets import WebAssets, WebAssetsMissing
from tests.support.small_page import ENGLISH, MANIFEST, write_manifest, write_page


@pytest.fixture
def folder(tmp_path):
    return write_page(tmp_path)


def test_what_a_first_visit_fetches_is_weighed_apart(folder):
    page = WebAssets(folder, auto_reload=False)
    page.load()
    assert set(page.compressed_sizes(lazy=True)) == set(MANIFEST["lazy"])
    first = {"", *(MANIFEST[kind] for kind in ("start", "style", "entry", "icon")), *MANIFEST["eager"]}
    assert set(page.compressed_sizes()) == {*first, "en-AAAA.js"}
    assert set(page.compressed_sizes(language="de")) == {*first, "de-AAAA.js"}


@pytest.mark.parametrize(
    "changes",
    [
        {"lazy": ["../../secret.js"]}, {"lazy": ["/etc/passwd"]}, {"icon": "../app/main.js"}, {"style": "page.exe"},
        {"maps": [""]}, {"maps": [".."]}, {"eager": None}, {"entry": None}, {"licences": 1}, {"languages": []},
        {"languages": [ENGLISH | {"index": "../../secret.js"}]},
        {"languages": [ENGLISH | {"webmanifest": "../index.html"}]},
        {"languages": [ENGLISH | {"words": "../app/main.js"}]}, {"languages": [ENGLISH | {"previews": {}}]},
        {"icons": ["icon.exe"]},
    ],
)  # fmt: skip
def test_manifest_that_names_other_files_is_refused(folder, changes):
    write_manifest(folder, **changes)
    with pytest.raises(WebAssetsMissing, match=r"manifest\.json is invalid"):
        WebAssets(folder, auto_reload=False).load()


def test_link_out_of_the_bundle_is_refused(folder):
    (folder / "dist" / "rare-AAAA.js").unlink()
    (folder / "dist" / "rare-AAAA.js").symlink_to(folder.parent / "secret.js")
    with pytest.raises(WebAssetsMissing, match="outside of its folder"):
        WebAssets(folder, auto_reload=False).load()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '"main"'])
def test_manifest_that_cannot_be_read_is_refused(folder, text):
    (folder / "dist" / "manifest.json").write_text(text)
    with pytest.raises(WebAssetsMissing, match=r"manifest\.json is invalid"):
        WebAssets(folder, auto_reload=False).load()

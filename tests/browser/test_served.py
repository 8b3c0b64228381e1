"""Delivery of the page: paths, caching, compression, headers. For its behaviour see test_page_*."""

import asyncio
import gzip
import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import config
import handlers
from handlers.keys import CONTENT, WebContent
from handlers.middleware import handle_errors
from handlers.page import spa_fallback, wants_page
from runtime.web_assets import WebAssets, WebAssetsMissing
from tests.support.served import served
from tests.support.small_page import ENGLISH, FILES, MAIN, MANIFEST, write_manifest, write_page

pytestmark = pytest.mark.slow

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def folder(tmp_path):
    return write_page(tmp_path)


def application(folder, *, watched=False):
    app = web.Application(middlewares=[handle_errors, spa_fallback])
    app[CONTENT] = WebContent(WebAssets(folder, auto_reload=watched), {})
    app.add_routes(handlers.PAGE)
    return app


@pytest.fixture
async def site(folder):
    """A client of the page that does not decompress bodies."""
    app = application(folder)
    app[CONTENT].assets.load()
    async with TestClient(TestServer(app), auto_decompress=False) as client:
        yield client


async def text(site, path, **headers):
    async with site.get(path, headers={"Accept-Encoding": "identity", **headers}) as answer:
        assert answer.status == 200, path
        return await answer.text()


async def test_everything_that_the_page_names_is_there(site):
    index = await text(site, "/")
    links = re.findall(r'(?:href|src)="([^"]+)"', index)

    assert "{{" not in index
    named = [MANIFEST[kind] for kind in ("start", "style", "entry", "icon", "touchicon", "licences")]
    named += [ENGLISH["webmanifest"], ENGLISH["words"], *MANIFEST["eager"]]
    assert set(links) == {f"/assets/{name}" for name in named}
    assert 'data-connection="/assets/socket-AAAA.js"' in index
    for path in [*links, "/assets/socket-AAAA.js", "/assets/de-AAAA.js"]:
        async with site.get(path) as answer:
            assert answer.status == 200, path


async def test_lazy_views_are_served_and_not_preloaded(site):
    preloaded = re.findall(r'modulepreload" href="/assets/([^"]+)"', await text(site, "/"))

    assert preloaded == [*MANIFEST["eager"], ENGLISH["words"]]
    assert await text(site, "/assets/rare-AAAA.js") == FILES["dist/rare-AAAA.js"]


async def test_source_maps_are_served_uncompressed(site):
    async with site.get("/assets/main-AAAA.js.map", headers={"Accept-Encoding": "gzip"}) as answer:
        assert (answer.status, answer.content_type) == (200, "application/json")
        assert "Content-Encoding" not in answer.headers
        assert await answer.text() == "{}"


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("main-AAAA.js", "text/javascript; charset=utf-8"),
        ("rare-AAAA.js", "text/javascript; charset=utf-8"),
        ("page-AAAA.css", "text/css; charset=utf-8"),
        ("icon-AAAA.svg", "image/svg+xml"),
        ("icon-512-AAAA.png", "image/png"),
        ("page.de-AAAA.webmanifest", "application/manifest+json"),
        ("licences-AAAA.txt", "text/plain; charset=utf-8"),
    ],
)
async def test_an_asset_may_be_kept_for_good(site, name, content_type):
    async with site.get(f"/assets/{name}") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == content_type
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'"


async def test_the_page_is_asked_for_each_time_and_sent_when_it_has_changed(site):
    async with site.get("/") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"
        tag = answer.headers["ETag"]
    for known, status in ((tag, 304), (f'"other", {tag}', 304), ("*", 304), ('"other"', 200)):
        async with site.get("/", headers={"If-None-Match": known}) as answer:
            assert (answer.status, answer.headers["ETag"]) == (status, tag)
            assert bool(await answer.read()) == (status == 200)
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


async def test_it_is_compressed_for_whoever_takes_that(site):
    path = "/assets/main-AAAA.js"
    async with site.get(path, headers={"Accept-Encoding": "gzip, br"}) as answer:
        assert (answer.headers["Content-Encoding"], answer.headers["Vary"]) == ("gzip", "Accept-Encoding")
        assert gzip.decompress(await answer.read()).decode() == MAIN
    for refused in ("identity", "br", "gzip;q=0", "gzip; q=0.0, br"):
        assert await text(site, path, **{"Accept-Encoding": refused}) == MAIN


async def test_head_is_get_without_the_body(site):
    for path in ("/", "/assets/main-AAAA.js"):
        async with site.get(path) as full, site.head(path) as head:
            assert (head.status, await head.read()) == (200, b"")
            assert head.headers["Content-Length"] == full.headers["Content-Length"]


async def test_the_page_comes_with_strict_headers(site):
    async with site.get("/") as answer:
        policy = dict(part.partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split("; "))
        assert policy["script-src"] == "'self'"
        assert "unsafe" not in str(policy)
        assert (policy["default-src"], policy["frame-ancestors"], policy["base-uri"]) == ("'none'",) * 3
        assert (policy["connect-src"], policy["style-src"], policy["img-src"]) == ("'self'",) * 3
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Cross-Origin-Opener-Policy" not in answer.headers, "browsers complain of it where there is no https"
        assert "camera=()" in answer.headers["Permissions-Policy"]


@pytest.mark.parametrize("path", ["/rooms/0198", "/nothing", "/a/b/c", "/apiary", "/assetsx", "/healthz/x.html"])
async def test_a_browser_gets_the_page_where_there_is_no_route(site, path):
    status = 404 if path.startswith("/healthz/") else 200
    async with site.get(path, headers=BROWSER) as answer, site.head(path, headers=BROWSER) as head:
        assert (answer.status, head.status) == (status, status)
        assert (answer.content_type == "text/html") == (status == 200)


@pytest.mark.parametrize("path", ["/api", "/api/nothing", "/socket.io/x", "/assets/x", "/assets", "/readyz/"])
async def test_what_is_the_apis_stays_the_apis(site, path):
    async with site.get(path, headers=BROWSER) as answer:
        assert (answer.status, (await answer.json(content_type=None))["code"]) == (404, "route_not_found")


ROOM = "/rooms/0198"


@pytest.mark.parametrize(
    ("accept", "path", "is_page"),
    [
        (BROWSER["Accept"], ROOM, True),
        ("*/*", ROOM, True),
        ("", ROOM, True),
        (" , ", ROOM, True),
        ("text/*", ROOM, True),
        ("TEXT/HTML", ROOM, True),
        ("text/html;q=0.5", ROOM, True),
        ("text/html;q=", ROOM, True),
        ("application/xhtml+xml", ROOM, True),
        ("text/html, application/json;q=0.9", ROOM, True),
        ("application/json;q=0.5, */*", ROOM, True),
        ("*/*;q=0.1", ROOM, True),
        ("*/*;q=0", ROOM, False),
        ("text/html;q=0, */*", ROOM, False),
        ("application/json, text/html;q=0.1", ROOM, False),
        ("application/json", ROOM, False),
        ("application/problem+json", ROOM, False),
        ("application/json, text/plain, */*", ROOM, False),  # axios
        ("image/avif,image/webp,image/apng,*/*;q=0.8", ROOM, False),  # <img>
        ("image/png", ROOM, False),
        ("text/plain", ROOM, False),
        ("*/*", "/invite/abc", True),
        ("", "/account", True),
        ("*/*", "/health", False),
        ("*/*", "//healthz", False),
        ("*/*", "/HEALTHZ", False),
        ("*/*", "/roomsx", False),
        ("", "/metrics", False),
        ("text/html", "/anything/at/all", True),
        ("*/*", "/robots.txt", False),
        ("*/*", "/favicon.ico", False),
        ("*/*", "/index.php", False),
        ("*/*", "/.env", False),
        ("*/*", "/.well-known/security/x", False),
        ("text/html", "/index.php", True),
        ("text/html", "/.well-known/x", True),
    ],
)
def test_page_is_for_whoever_does_not_want_something_else(accept, path, is_page):
    assert wants_page(accept, path) is is_page


async def test_room_link_opens_the_page_for_link_previews(site):
    for headers in ({}, {"Accept": "*/*"}, BROWSER):
        async with site.get(ROOM, headers=headers) as answer, site.head(ROOM, headers=headers) as head:
            assert (answer.status, answer.content_type) == (head.status, head.content_type) == (200, "text/html")
            assert answer.headers["X-Robots-Tag"] == "noindex"
            assert "Accept" in answer.headers["Vary"]
    async with site.get("/") as answer:
        assert "X-Robots-Tag" not in answer.headers


async def test_preview_says_what_kind_of_link_it_is_and_no_more(site):
    previews = {}
    for path in ("/", "/rooms", "/rooms/0198", "/rooms/0199/settings", "/invite/abc", "/reset/abc"):
        said = await text(site, path)
        title = re.search("<title>(.*?)</title>", said)[1]
        described = re.search(r'<meta name="description" content="(.*?)">', said)[1]
        previews[path] = title, described
        assert "{{" not in said
        assert "abc" not in said
        assert "0198" not in said
    assert previews["/"] == previews["/rooms"] == previews["/reset/abc"]
    assert previews["/rooms/0198"] == previews["/rooms/0199/settings"]
    assert len(set(previews.values())) == 3


@pytest.mark.parametrize(
    ("language", "title", "description"),
    [
        ("en", "Study room · Studyhall", "A room to study in together."),
        ("de", "Lernraum · Studyhall", "Ein Raum, um gemeinsam zu lernen."),
    ],
)
async def test_real_page_has_tags_for_previews(language, title, description):
    async with served() as school:
        ada = await school.person()
        room = await ada.opens("Secret plans", visibility="private")
        page = (await school.request("GET", f"/rooms/{room}", headers={"Accept-Language": language})).body
        assert f'<html lang="{language}" dir="ltr"' in page
        assert f'<meta property="og:title" content="{title}">' in page
        assert f'<meta property="og:description" content="{description}' in page
        assert "Secret plans" not in page
        assert "Okafor" not in page


async def test_clients_that_want_json_and_other_methods_are_told_that_there_is_no_route(site):
    for method, headers in (("GET", {"Accept": "application/json"}), ("POST", BROWSER), ("PUT", BROWSER)):
        async with site.request(method, "/rooms/0198", headers=headers) as answer:
            assert answer.status == 404
            assert (await answer.json(content_type=None))["message"] == "Route not found: /rooms/0198"


@pytest.mark.parametrize(
    "name",
    [
        "secret.js", "../secret.js", "../../secret.js", "%2e%2e/%2e%2e/secret.js", "..%2f..%2fsecret.js",
        "x/../../secret.js", "/main-AAAA.js", "main-AAAA.js/", "dist/main-AAAA.js", "x/main-AAAA.js", "notes.txt",
        "manifest.json", "index.en-AAAA.html", "other-AAAA.js", "app/main.js", "../app/main.js", "package.json",
        "index.html", "/etc/passwd", "//etc/passwd", "node_modules/preact/dist/preact.js", "link.js",
        "linked/secret.js", "main-AAAA.js%00", "app\\main.js", "%",
    ],
)  # fmt: skip
async def test_nothing_but_the_files_of_the_page_can_be_read(folder, name):
    (folder / "dist" / "link.js").symlink_to(folder.parent / "secret.js")
    (folder / "dist" / "linked").symlink_to(folder.parent)
    app = application(folder)
    app[CONTENT].assets.load()
    async with TestClient(TestServer(app)) as site:
        path = f"/assets/{name}"
        reader, writer = await asyncio.open_connection(site.host, site.port)  # which leaves the path as it is
        writer.write(f"GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
    assert answer.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 400 "))
    assert not any(
        text in answer for text in (b"the secret", b"never served", b"not for everybody", b"import { h }", b"sources")
    )


async def test_files_of_an_older_bundle_are_not_found(folder):
    app = application(folder)
    app[CONTENT].assets.load()
    async with TestClient(TestServer(app)) as site:
        (folder / "dist" / "page-BBBB.css").write_text("body { color: red }")
        write_manifest(folder, style="page-BBBB.css")
        assert "page-AAAA.css" in await text(site, "/")  # read once, at the start
        app[CONTENT].assets.load()
        assert "page-BBBB.css" in await text(site, "/")
        assert await text(site, "/assets/main-AAAA.js") == MAIN
        async with site.get("/assets/page-AAAA.css") as answer:
            assert answer.status == 404


async def test_developers_see_a_new_bundle_at_the_next_load(folder):
    app = application(folder, watched=True)
    async with TestClient(TestServer(app)) as site:
        before = await text(site, "/")
        assert await text(site, "/") == before
        for added in ("main-BBBB.js", "main-BBBB.js.map"):
            (folder / "dist" / added).write_text("")
        write_manifest(folder, entry="main-BBBB.js")
        assert "main-BBBB.js" in await text(site, "/")
        write_manifest(folder)
        assert await text(site, "/") == before


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE-at, en;q=0.8", "de"),
        ("fr-FR, de;q=0.5, en;q=0.4", "de"),
        ("fr, it;q=0.9", "en"),
        ("en-GB, en;q=0.9, de;q=0.8", "en"),
        ("de;q=0.1, en;q=0.9", "en"),
        ("de, en", "de"),
        ("de;q=0", "en"),
        ("*", "en"),
        ("den, deutsch", "en"),
        (" , ;q=1, de;q=nonsense", "de"),
    ],
)
async def test_page_is_in_the_language_that_the_client_prefers(site, accepted, language):
    async with site.get("/", headers={"Accept-Language": accepted, "Accept-Encoding": "identity"}) as answer:
        said = await answer.text()
        assert answer.headers["Content-Language"] == language
        assert answer.headers["Vary"] == "Accept, Accept-Encoding, Accept-Language"
    assert f'<html lang="{language}">' in said
    assert f"<title>{'Saal' if language == 'de' else 'Hall'}</title>" in said
    assert f"/assets/page.{language}-AAAA.webmanifest" in said
    assert re.findall(r'modulepreload" href="/assets/(..)-AAAA', said) == [language]


async def test_each_language_has_its_own_tag(site):
    german = {"Accept-Language": "de"}
    async with site.get("/") as answer, site.get("/", headers=german) as other:
        english_tag, german_tag = answer.headers["ETag"], other.headers["ETag"]
    assert english_tag != german_tag
    for headers, known, status in (
        ({}, english_tag, 304),
        ({}, german_tag, 200),
        (german, german_tag, 304),
        (german, english_tag, 200),
    ):
        async with site.get("/", headers={**headers, "If-None-Match": known}) as answer:
            assert answer.status == status
            assert answer.headers["Content-Language"] == ("de" if headers else "en")


async def test_without_a_bundle_the_api_is_served_and_the_page_says_what_to_do(folder):
    (folder / "dist").rename(folder / "elsewhere")
    app = application(folder, watched=True)
    with pytest.raises(WebAssetsMissing, match=r"manifest\.json is not there"):
        app[CONTENT].assets.load()
    async with TestClient(TestServer(app)) as site:
        for path in ("/", "/rooms/0198"):
            async with site.get(path, headers=BROWSER) as answer:
                assert (answer.status, answer.content_type) == (503, "text/plain")
                assert "make install" in await answer.text()
        (folder / "elsewhere").rename(folder / "dist")
        assert "main-AAAA.js" in await text(site, "/")


async def test_the_whole_server_serves_it_beside_the_api():
    async with served() as school:
        page = await school.request("GET", "/rooms/0198", headers=BROWSER)
        assert page.status == 200, "`make install` builds the page"
        for path in set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', page.body)):
            assert (await school.request("HEAD", path)).status == 200
        json = {"Accept": "application/json"}
        assert (await school.request("GET", "/rooms/0198", headers=json)).body["code"] == "route_not_found"
        assert (await school.request("GET", "/api/study-rooms", headers=BROWSER)).status == 401


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_first_visit_costs_at_most_90_kb(language):
    page = WebAssets(config.ROOT / "web", auto_reload=False)
    page.load()
    assert language in page.languages
    assert sum(page.compressed_sizes(language=language).values()) <= 90_000

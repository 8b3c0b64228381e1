"""The server below a path of its host, whether the proxy in front removes that path or not."""

import re
from urllib.parse import quote

import pytest
from playwright.async_api import expect

from config.validators import RESERVED_PATHS
from handlers.page import VIEWS
from tests.support import browser, proxies
from tests.support.paths import ROOT
from tests.support.ports import lasting_port
from tests.support.process import SECRET, started
from tests.support.raw_sockets import RawPolling, RawWebSocket
from tests.support.served import served

ROUTER = ROOT / "web" / "app" / "core" / "router.ts"
BROWSER = {"Accept": "text/html"}
PUBLIC = {"STUDYHALL_SERVER_PUBLIC_URL": "https://school.example/study/"}


@pytest.fixture
async def school():
    async with served(environ=PUBLIC) as running:
        yield running


@pytest.mark.parametrize("path", ["/", "/study", "/study/", "/study/rooms/0198", "/rooms/0198", "/study/rooms/0198/"])
async def test_page_names_its_files_below_the_path(school, path):
    page = (await school.request("GET", path, headers=BROWSER)).body
    links = re.findall(r'(?:href|src)="([^"]+)"', page)
    assert len(links) > 4
    assert all(link.startswith("/study/assets/") for link in links)
    for link in links:
        assert (await school.request("HEAD", link)).status == 200
        assert (await school.request("HEAD", link.removeprefix("/study"))).status == 200
    assert ("Study room" in page) == ("rooms" in path)


async def test_api_is_found_with_and_without_the_path(school):
    ada = await school.person()
    for base in ("", "/study"):
        assert (await school.request("GET", f"{base}/healthz")).status == 200
        assert (await school.request("GET", f"{base}/readyz/")).status == 200
        assert (await ada.get(f"{base}/api/study-rooms?limit=1")).status == 200
        assert (await ada.get(f"{base}/api/nothing")).status == 404
    for path in ("/studyx/healthz", "/study/study/healthz", "/Study/healthz", "/x/study/healthz"):
        answer = await school.request("GET", path, headers={"Accept": "application/json"})
        assert answer.status == 404


@pytest.mark.parametrize("transport", [RawPolling, RawWebSocket])
@pytest.mark.parametrize("path", ["/study/socket.io/?EIO=4", "/study/socket.io?EIO=4", "/socket.io/?EIO=4"])
async def test_sockets_are_found_below_the_path(school, transport, path, monkeypatch):
    monkeypatch.setattr("tests.support.raw_sockets.PATH", path)
    ada = await school.person()
    await (await transport.open(school)).join(ada.token)


async def test_links_and_documents_name_the_path(school):
    ada = await school.person()
    link = await school.services.password_resets.links.create(ada.id)
    assert link.startswith("https://school.example/study/reset#")
    documents = await school.request("GET", "/study/api/docs/")
    assert 'href="/study/api/docs/style.css"' in documents.body
    assert not re.search(r'href="/(?!study/)', documents.body)
    assert (await school.request("GET", "/api/openapi.json")).body["servers"] == [{"url": "/study"}]
    described = (await school.request("GET", "/api/asyncapi.json")).body
    assert described["servers"]["here"]["pathname"] == "/study/socket.io"


async def test_page_of_the_public_address_may_open_sockets(school):
    for origin, status in (("https://school.example", 200), ("https://school.example/study", 400)):
        path = "/study/socket.io/?EIO=4&transport=polling"
        assert (await school.request("GET", path, headers={"Origin": origin})).status == status


def test_paths_that_the_page_knows_cannot_be_the_base():
    router = ROUTER.read_text("utf-8")
    known = set(re.findall(r"/\^\\/([a-z-]+)", router))
    known |= set(re.search(r"SECRET = /\^\\/\(([a-z|-]+)\)", router)[1].split("|"))
    assert known == VIEWS
    assert known <= RESERVED_PATHS


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.slow
async def test_page_works_below_a_path_that_the_proxy_removes(chromium, tmp_path):
    port = lasting_port()
    environ = {
        "STUDYHALL_SERVER_ENVIRONMENT": "test",
        "STUDYHALL_SERVER_PUBLIC_URL": f"https://localhost:{port}/study",
        "STUDYHALL_AUTH_SECRET": SECRET,
    }
    async with (
        started("--port", 0, "--storage", "memory://", environ=environ) as server,
        proxies.started("nginx", tmp_path, await server.port(), port=port, base="/study") as proxy,
    ):
        context = await chromium.new_context(base_url=proxy.url, ignore_https_errors=True, **browser.DESKTOP)
        context.set_default_timeout(browser.WITHIN)
        page = await context.new_page()
        asked = []
        context.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda opened: asked.append(opened.url.replace("wss:", "https:")))
        ada = browser.Person("Ada Lovelace", f"{proxy.url}/study", context, page)
        try:
            await page.goto("/study/")
            await page.get_by_role("link", name=re.compile("Create account|Sign up")).first.click()
            await ada.makes_an_account()
            await expect(page).to_have_url(f"{proxy.url}/study/dashboard")
            link = await ada.opens_a_room("Calculus")
            assert re.fullmatch(rf"{proxy.url}/study/rooms/[0-9a-f-]+", link)
            await ada.says(f"see {proxy.url}/wiki and {link}")
            await page.reload()
            await ada.has_sent_everything()
            await expect(page).to_have_url(link)
            await expect(ada.talk.get_by_role("link", name="/wiki")).to_have_attribute("href", f"{proxy.url}/wiki")
            await page.get_by_role("link", name="Rooms", exact=True).first.click()
            await expect(page).to_have_url(f"{proxy.url}/study/rooms")
            await page.go_back()
            await expect(page).to_have_url(link)
            keys = await page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
            assert [key for key in keys if not key.startswith("studyhall/study.")] == []
            assert "studyhall/study.current-room" in keys
            for wanted in ("/\t/x.example", "/wiki", f"{proxy.url}/wiki", "/.//x.example"):
                await page.goto(f"/study/sign-in?next={quote(wanted)}")
                await expect(page).to_have_url(f"{proxy.url}/study/dashboard")
                await expect(page.get_by_role("heading", level=1)).to_contain_text("Ada")
            assert [url for url in asked if not url.startswith(f"{proxy.url}/study")] == []
            assert any("/study/socket.io/?" in url and "websocket" in url for url in asked)

            lost = await context.new_page()
            ada.expects("404")
            await lost.route("**/assets/**", lambda route: route.fulfill(status=404))
            await lost.goto("/study/")
            await expect(lost.get_by_text("Studyhall has not started.")).to_be_visible()
            assert not [said for said in ada.faults if "certificate" not in said]
        finally:
            await context.close()

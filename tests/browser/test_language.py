"""The language of the page: the browser's, or the one that was chosen in it."""

import pytest
from playwright.async_api import expect

from tests.support.browser import NO_CONNECTION
from tests.support.bundle import bundle

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

MAX_REQUESTS = 8
MAX_BYTES = 90_000


def german_words() -> str:
    """Return the name of the module with the German words."""
    [words] = [language["words"] for language in bundle()["languages"] if language["tag"] == "de"]
    return words


async def document_language(page) -> str:
    return await page.evaluate("document.documentElement.lang")


async def german_first_visit(hall) -> tuple[list[tuple[str, str]], list[int]]:
    """Open the front page in German; return the requests with their initiators, and the bytes received."""
    ada = await hall.somebody(locale="de-DE")
    tools = await ada.context.new_cdp_session(ada.page)
    await tools.send("Network.enable")
    asked, received = [], []
    tools.on(
        "Network.requestWillBeSent", lambda event: asked.append((event["request"]["url"], event["initiator"]["type"]))
    )
    tools.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    await ada.page.goto("/", wait_until="networkidle")
    await expect(ada.page.get_by_role("heading", level=1)).to_be_visible()
    assert await document_language(ada.page) == "de"
    return asked, received


async def test_german_first_visit_needs_no_request_after_the_scripts(hall):
    asked, _ = await german_first_visit(hall)
    assert [kind for url, kind in asked if url.endswith(f"/assets/{german_words()}")] == ["parser"]
    assert len(asked) <= MAX_REQUESTS, asked


async def test_german_first_visit_takes_few_bytes(hall):
    _, received = await german_first_visit(hall)
    assert sum(received) <= MAX_BYTES


async def test_english_is_shown_to_readers_of_other_languages(hall):
    ada = await hall.somebody(locale="fr-FR")
    await ada.page.goto("/")
    await expect(ada.page.get_by_role("heading", level=1)).to_be_visible()
    assert await document_language(ada.page) == "en"


async def test_language_that_was_chosen_in_the_browser_wins(hall):
    ada = await hall.somebody()
    await ada.page.goto("/")
    await expect(ada.page.get_by_role("heading", level=1)).to_be_visible()
    await ada.page.evaluate("""localStorage.setItem("studyhall.language", JSON.stringify("de"))""")
    await ada.page.reload()
    await expect(ada.page.get_by_role("heading", level=1)).to_be_visible()
    assert await document_language(ada.page) == "de"


async def test_page_is_shown_in_english_if_the_words_cannot_be_loaded(hall):
    ada = await hall.somebody(locale="de-DE")
    ada.expects(NO_CONNECTION)
    await ada.context.route(f"**/assets/{german_words()}", lambda route: route.abort())
    await ada.page.goto("/")
    await expect(ada.page.get_by_role("heading", level=1)).to_be_visible()
    assert await document_language(ada.page) == "en"


async def test_page_without_any_words_says_that_it_has_not_started(hall):
    ada = await hall.somebody(locale="de-DE")
    ada.expects(NO_CONNECTION, "Failed to fetch dynamically imported module")
    for language in bundle()["languages"]:
        await ada.context.route(f"**/assets/{language['words']}", lambda route: route.abort())
    await ada.page.goto("/")
    await expect(ada.page.get_by_text("Studyhall ist nicht gestartet.")).to_be_visible()


async def test_message_before_the_page_is_in_the_language_of_the_browser(hall):
    ada = await hall.somebody(locale="de-DE")
    ada.expects(NO_CONNECTION)
    await ada.context.route(f"**/assets/{bundle()['entry']}", lambda route: route.abort())
    await ada.page.goto("/")
    await expect(ada.page.get_by_text("Studyhall ist nicht gestartet.")).to_be_visible()

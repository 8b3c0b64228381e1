"""Older browsers, and exceptions in the page: never a blank page, and one fault takes down one part."""

import asyncio
import json
import re

import pytest
from playwright.async_api import expect

from tests.support.browser import NO_CONNECTION
from tests.support.bundle import bundle
from tests.support.paths import ROOT, find_files

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

WEB = ROOT / "web"
# What Chrome 109, Firefox 121 or Safari 16.4 lack, and what only secure origins have: object -> names
NEWER = {
    "URL": ["canParse", "parse"],
    "URLSearchParams.prototype": ["size"],
    "Array": ["fromAsync"],
    "Array.prototype": ["toSorted", "toReversed", "toSpliced", "with"],
    "Uint8Array": ["fromBase64", "fromHex"],
    "Uint8Array.prototype": ["toBase64", "toHex", "toSorted", "toReversed", "with"],
    "ArrayBuffer.prototype": ["transfer", "resize"],
    "Object": ["groupBy"],
    "Map": ["groupBy"],
    "Map.prototype": ["getOrInsert", "getOrInsertComputed"],
    "Set.prototype": [
        "union", "intersection", "difference", "symmetricDifference", "isSubsetOf", "isSupersetOf", "isDisjointFrom",
    ],
    "Promise": ["withResolvers", "try"],
    "RegExp": ["escape"],
    "Math": ["sumPrecise", "f16round"],
    "Error": ["isError"],
    "String.prototype": ["isWellFormed", "toWellFormed"],
    "AbortSignal": ["any"],
    "Intl": ["Segmenter", "DurationFormat"],
    "Iterator.prototype": ["map", "filter", "take", "drop", "flatMap", "reduce", "toArray", "forEach", "some", "every"],
    "crypto": ["randomUUID"],
    "document": ["startViewTransition"],
    "Element.prototype": ["checkVisibility", "setHTMLUnsafe", "getHTML", "moveBefore"],
    "HTMLElement.prototype": ["showPopover", "hidePopover", "togglePopover", "popover"],
    "HTMLDialogElement.prototype": ["requestClose", "closedBy"],
    "window": ["Iterator", "requestIdleCallback", "navigation", "CloseWatcher", "scheduler", "Sanitizer"],
}  # fmt: skip
TAKE_AWAY = f"""
for (const [path, names] of Object.entries({json.dumps(NEWER)})) {{
    const object = path.split(".").reduce((found, name) => found?.[name], window);
    for (const name of names) if (object) {{
        delete object[name];
        delete Object.getPrototypeOf(object)?.[name];
    }}
}}
"""
GUARDED = {
    ("app/core/ids.ts", "crypto.randomUUID"),
    ("app/core/format.ts", "Intl.Segmenter"),
    ("preact/dist/preact.mjs", "Element.prototype.moveBefore"),
}
"""Used only if it is there."""
HAS_CODE = re.compile(r"^(?:export )?(?:async )?(?:const|let|function|class) ", re.MULTILINE)
"""Of modules that have only types nothing is in the bundle."""
NEWER_STYLES = (
    r"^\s*&|[;{]\s*&|@starting-style|@scope|@container style|color-mix\(|light-dark\(|field-sizing|:user-valid"
)
STATIC = {"URL", "Array", "Uint8Array", "Object", "Map", "Promise", "RegExp", "Math", "Error", "AbortSignal", "Intl"}


def sources():
    """Yield the name and text of every script in the bundle, ours and the packages'."""
    for name in bundle()["sources"]:
        if name.endswith((".js", ".mjs", ".ts", ".tsx")):
            yield name.removeprefix("node_modules/"), (WEB / name).read_text("utf-8")


def newer_names():
    """Yield what a use of each newer function looks like."""
    yield "URLSearchParams.prototype.size", r"(?i)\b(query|search|params)\.size\b"
    for path, names in NEWER.items():
        for name in names:
            if path in STATIC or path in {"crypto", "document"}:
                yield f"{path}.{name}", rf"\b{path}\??\.{name}\b"
            elif path.endswith(".prototype") and name not in {
                "size",
                "map",
                "filter",
                "reduce",
                "forEach",
                "some",
                "every",
                "flatMap",
            }:
                yield f"{path}.{name}", rf"\.{name}\("
            elif path == "window" and name != "Iterator":
                yield name, rf"(?<![\w.\"'-]){name}\b(?=[.(])"


async def test_no_script_uses_newer_functions_than_supported():
    texts = dict(sources())
    assert len(texts) > 50
    assert {"preact/dist/preact.mjs", "engine.io-client/build/esm/socket.js"} <= set(texts)
    modules = {file for file in find_files("web/app/*.ts", "web/app/*.tsx") if HAS_CODE.search(file.read_text("utf-8"))}
    assert {file.relative_to(WEB).as_posix() for file in modules} <= set(texts)
    found = [
        (file, name)
        for file, text in texts.items()
        for name, use in newer_names()
        if re.search(use, text) and (file, name) not in GUARDED
    ]
    assert not found


async def test_no_style_uses_newer_syntax_than_supported():
    for file in find_files("web/style/*.css"):
        assert not re.findall(NEWER_STYLES, file.read_text("utf-8"), re.MULTILINE), file.name


async def test_page_works_without_newer_functions(hall):
    ada = await hall.somebody()
    await ada.context.add_init_script(TAKE_AWAY)
    await ada.page.goto("/")
    assert await ada.page.evaluate("URL.canParse ?? [].toSorted ?? window.Iterator ?? null") is None
    await ada.makes_an_account()
    link = await ada.opens_a_room("Calculus")
    room = link.rpartition("/")[2]
    await ada.says("See https://example.org/a.")
    await ada.reads("See https://example.org/a.")
    await expect(ada.words.get_by_role("link")).to_have_attribute("href", "https://example.org/a")
    ben = await hall.api.person("Ben", "Lindqvist")
    await ben.joins(room)
    await expect(ada.page.get_by_role("complementary", name="People")).to_contain_text("Ben Lindqvist")
    await ben.post(f"/api/study-rooms/{room}/messages", {"content": "http://example.net"})
    await ada.reads("See https://example.org/a.", "http://example.net")
    for path, heading in (
        ("/dashboard", "Ada"),
        ("/rooms", "Rooms"),
        ("/tasks", "Tasks"),
        ("/account", "Your account"),
        (f"/rooms/{room}/settings", "Room settings"),
        (f"/rooms/{room}/moderation", "Moderation of Calculus"),
        ("/admin", "Administration"),
    ):
        await ada.page.goto(path)
        await expect(ada.page.get_by_role("heading", level=1)).to_contain_text(heading)
    await ada.page.goto("/account")
    await expect(ada.page.get_by_text("This device")).to_be_visible()


BAD_TEXT = """
    const { exec } = RegExp.prototype;
    RegExp.prototype.exec = function (text) {
        if (this.flags === "gi" && String(text).includes("a bad one")) throw Error("cannot read this one");
        return exec.call(this, text);
    };
"""
"""Makes the search for links in one message fail."""


async def serve(person, pattern, body):
    """Answer a request for a script with another one; without any, with none."""

    async def answer(route):
        await (route.abort() if body is None else route.fulfill(body=body, content_type="text/javascript"))

    await person.context.route(pattern, answer)


async def test_exception_in_one_message_or_view_leaves_the_rest(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ada.expects("cannot read this one", "no such desk", "no account either")

    await ada.context.add_init_script(BAD_TEXT)
    await serve(ada, "**/assets/home-*.js", "export const Home = () => { throw Error('no such desk'); };")
    await serve(ada, "**/assets/account-*.js", "throw Error('no account either');")
    await ada.page.goto(f"/rooms/{room}")
    for text in ("fine", "a bad one", "fine, too"):
        await ada.says(text)

    await ada.reads("fine", "a bad one", "fine, too")
    await ada.hears_complaint("cannot read this one")
    await ada.page.reload()
    await ada.reads("fine", "a bad one", "fine, too")

    ways = ada.page.get_by_role("navigation", name="Main")
    await ways.get_by_role("link", name="Home").click()
    await expect(ada.page.get_by_role("alert")).to_contain_text("Something went wrong here")
    await ada.hears_complaint("no such desk")
    await ada.page.get_by_role("link", name="Account of").click()
    await expect(ada.page.get_by_role("alert")).to_contain_text("could not be loaded")
    await ada.hears_complaint("no account either")
    await ways.get_by_role("link", name="Rooms").click()
    await expect(ada.page.get_by_role("heading", name="Rooms", level=1)).to_be_visible()
    await expect(ada.page.get_by_role("alert")).to_have_count(0)


async def test_page_that_cannot_start_says_so_and_can_be_loaded_again(hall):
    ada = await hall.somebody()
    ada.expects(NO_CONNECTION, "cannot start", "Unexpected token", "does not provide an export")
    said = ada.page.get_by_text("Studyhall has not started")

    await ada.page.goto("/")
    await expect(ada.page.get_by_role("heading", level=1)).to_be_visible()
    await expect(said).to_have_count(0)
    entry = f"**/assets/{bundle()['entry']}"
    for wrong in (
        "throw Error('cannot start');",
        "export const !",
        f"import {{ no }} from './{bundle()['start']}';",
        None,
    ):
        await serve(ada, entry, wrong)
        await ada.page.goto("/rooms")
        await expect(said).to_be_visible()
        await ada.context.unroute(entry)
        await ada.page.get_by_role("link", name="Load the page again").click()
        await expect(ada.page.get_by_role("heading", name="Sign in")).to_be_visible()
        await expect(said).to_have_count(0)


FAILED = "Something went wrong in this page"


async def test_exception_while_parts_start_shows_the_way_out(hall):
    ada = await hall.somebody()
    ada.expects("no pointers today")
    await ada.context.add_init_script("window.matchMedia = () => { throw Error('no pointers today'); };")
    await ada.page.goto("/")
    await expect(ada.page.get_by_text("Studyhall has not started")).to_be_visible()
    await expect(ada.page.get_by_role("link", name="Load the page again")).to_be_visible()
    await ada.hears_complaint("no pointers today")


@pytest.mark.parametrize(
    "failure",
    [
        "document.body.addEventListener('keydown', () => { throw Error('went wrong'); }, { once: true })",
        "document.body.addEventListener('keydown', () => { Promise.reject(Error('went wrong')); }, { once: true })",
    ],
    ids=["exception", "rejection"],
)
async def test_failure_in_an_event_handler_is_reported_with_a_way_out(hall, failure):
    ada = await hall.member("Ada Okafor")
    ada.expects("went wrong")
    await ada.page.goto("/dashboard")
    heading = ada.page.get_by_role("heading", level=1)
    await expect(heading).to_be_visible()
    await ada.page.evaluate(failure)
    await ada.page.keyboard.press("Shift")

    notice = ada.page.get_by_role("alert").filter(has_text=FAILED)
    await expect(notice).to_be_visible()
    await expect(heading).to_be_visible()
    await ada.hears_complaint("went wrong")
    await notice.get_by_role("button", name="Dismiss").click()
    await expect(notice).to_have_count(0)
    await ada.page.evaluate("void Promise.reject(Error('went wrong again'))")
    async with ada.page.expect_navigation():
        await notice.get_by_role("button", name="Load the page again").click()
    await expect(heading).to_be_visible()
    await expect(notice).to_have_count(0)


OLD_BROWSERS = {
    "modules": "delete HTMLScriptElement.prototype.noModule",
    ":has()": "CSS.supports = (tested) => !tested.includes(':has')",
    "CSS.supports": "delete window.CSS",
    "look-behind": """RegExp = new Proxy(RegExp, { apply(target, self, [pattern]) {
        if (pattern.includes("(?<=")) throw SyntaxError("invalid group specifier name");
        return target(pattern);
    } })""",
}


@pytest.mark.parametrize("lack", OLD_BROWSERS)
async def test_older_browser_is_told_which_ones_work(hall, lack):
    ada = await hall.somebody()
    asked = asyncio.Event()

    async def hold(_):
        asked.set()
        await asyncio.Event().wait()

    await ada.context.route(f"**/assets/{bundle()['entry']}", hold)
    await ada.page.goto("/", wait_until="commit")
    await asked.wait()
    await expect(ada.page.locator("html")).not_to_have_attribute("data-failed", "")
    await ada.context.add_init_script(OLD_BROWSERS[lack])

    await ada.page.goto("/", wait_until="commit")

    await expect(ada.page.locator("html")).to_have_attribute("data-failed", "")
    await expect(ada.page.get_by_text("Safari 16.4")).to_be_visible()


async def test_page_that_never_starts_says_so_after_a_while(hall):
    ada = await hall.somebody()
    ada.expects(NO_CONNECTION)
    await serve(ada, "**/assets/start-*.js", None)
    await serve(ada, f"**/assets/{bundle()['entry']}", None)
    await ada.page.goto("/")
    message = ada.page.locator(".not-started")
    await expect(message).to_be_hidden()

    await ada.page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")

    await expect(message).to_be_visible()

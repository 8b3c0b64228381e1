"""Writing: input methods, control characters, touch screens, and files that are pasted or dropped."""

import re

import pytest
from playwright.async_api import expect

from tests.support.browser import PHONE

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

# Safari ends the composition before the keydown that ended it, other browsers after it.
ORDERS = """(field, order) => {
    const composition = (type) => field.dispatchEvent(new CompositionEvent(type, { bubbles: true, data: "にほん" }));
    const enter = (isComposing) => field.dispatchEvent(new KeyboardEvent("keydown", {
        key: "Enter", code: "Enter", keyCode: 229, isComposing, bubbles: true, cancelable: true,
    }));
    composition("compositionstart");
    if (order === "Safari") composition("compositionend"), enter(false);
    else enter(true), composition("compositionend");
    // what a browser does that takes the key for more than it is
    if (!field.form.matches(".composer")) field.form.requestSubmit();
}"""


@pytest.mark.parametrize("order", ["Safari", "others"])
async def test_enter_of_an_input_method_sends_and_submits_nothing(hall, order):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    await ada.composer.fill("half")
    await ada.composer.evaluate(ORDERS, order)
    await expect(ada.composer).to_have_value("half")
    await ada.composer.press("Enter")
    await ada.reads("half")

    asked = []
    ada.page.on("request", lambda request: request.method != "GET" and asked.append(request.url))
    await ada.page.goto("/account")
    name = ada.page.get_by_label("First name")
    await name.fill("Adah")
    await name.evaluate(ORDERS, order)
    await ada.page.goto("/rooms/new")
    name = ada.page.get_by_label("Name")
    await name.fill("Half a name")
    await name.evaluate(ORDERS, order)
    assert not [url for url in asked if "/api/auth/me" in url or "/api/study-rooms" in url]
    await name.press("Enter")
    await expect(ada.page.get_by_role("heading", name="Half a name", level=1)).to_be_visible()


async def test_composition_in_a_browser_is_not_sent_half_way(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    await ada.composer.click()
    devtools = await ada.context.new_cdp_session(ada.page)
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229, "nativeVirtualKeyCode": 229}
    await devtools.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    await devtools.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    await devtools.send("Input.insertText", {"text": "日本"})
    await devtools.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    await devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter})
    await expect(ada.composer).to_have_value("日本")
    await ada.composer.press("Enter")
    await ada.reads("日本")


MANY = "a\vb\x07c\x1bd\u2028e"
IN_A_LINE, IN_A_PARAGRAPH = "a bcd e", "a\nbcd\ne"


async def test_pasted_control_characters_are_removed_in_every_field(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    await ada.composer.fill("before after")
    await ada.composer.evaluate("field => field.setSelectionRange(6, 6)")
    await ada.page.keyboard.insert_text(MANY)
    await expect(ada.composer).to_have_value(f"before{IN_A_PARAGRAPH} after")
    await ada.page.keyboard.insert_text("|")
    await expect(ada.composer).to_have_value(f"before{IN_A_PARAGRAPH}| after")  # the caret stayed where it was
    await ada.composer.press("Enter")
    await ada.reads(f"before{IN_A_PARAGRAPH}| after")

    await ada.page.goto("/rooms/new")
    for label, left in (("Name", IN_A_LINE), ("Subject", IN_A_LINE), ("Description", IN_A_PARAGRAPH)):
        await ada.page.get_by_label(label, exact=True).click()
        await ada.page.keyboard.insert_text(MANY)
        await expect(ada.page.get_by_label(label, exact=True)).to_have_value(left)
    await ada.page.get_by_role("button", name="Create room").click()
    await expect(ada.page.get_by_role("heading", name=IN_A_LINE, level=1)).to_be_visible()


async def test_invalid_message_returns_to_the_composer(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    too_long = "\u2067" + "x" * 3_999  # the server ends what turns the direction, with one more character
    await ada.says(too_long)
    await expect(ada.composer).to_have_value(too_long)
    refused = ada.page.get_by_role("alert")
    await expect(refused).to_contain_text("Not sent. Your message must have at most 4,000 characters.")
    await expect(ada.words).to_have_count(0)
    await ada.composer.fill("shorter")
    await expect(refused).to_have_count(0)
    await ada.composer.press("Enter")
    await ada.reads("shorter")


async def test_enter_begins_a_new_line_on_a_touch_screen(hall):
    ada = await hall.member("Ada Okafor", device=PHONE)
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    assert await ada.composer.get_attribute("enterkeyhint") == "enter"
    await ada.composer.fill("one")
    await ada.composer.press("Enter")
    await ada.page.keyboard.insert_text("two")
    await expect(ada.composer).to_have_value("one\ntwo")
    await expect(ada.page.locator(".composer .keys")).to_have_text("Enter for a new line")
    await ada.page.get_by_role("button", name="Send").click()
    await ada.reads("one\ntwo")
    await ada.composer.fill("from a keyboard")
    await ada.composer.press("Control+Enter")
    await ada.reads("one\ntwo", "from a keyboard")


GIVES = """(target, [type, text, name]) => {
    const given = new DataTransfer();
    if (name) given.items.add(new File(["x"], name, { type: "image/png" }));
    if (text) given.setData("text/plain", text);
    const event = type === "paste"
        ? new ClipboardEvent("paste", { clipboardData: given, bubbles: true, cancelable: true })
        : new DragEvent(type, { dataTransfer: given, bubbles: true, cancelable: true });
    target.dispatchEvent(event);
    return event.defaultPrevented;
}"""


async def test_pasted_or_dropped_file_is_refused_in_words(hall):
    ada = await hall.member("Ada Okafor")
    await ada.page.goto("/dashboard")
    room = await ada.account.opens("Calculus")
    said = ada.page.get_by_role("status").filter(has_text=re.compile("Files and pictures cannot be sent yet"))
    await ada.page.goto(f"/rooms/{room}")
    places = {"composer": ada.composer, "talk": ada.talk, "bar": ada.page.get_by_role("banner")}
    refused = [
        ("composer", "paste", None, "picture.png"),
        ("composer", "paste", "picture.png", "picture.png"),  # as from a folder
        *((place, "drop", None, "picture.png") for place in places),
        ("talk", "drop", "some text", "picture.png"),
    ]
    for place, *given in refused:
        assert await places[place].evaluate(GIVES, given), (place, given)
        await expect(said).to_be_visible()
        await said.get_by_role("button", name="Dismiss").click()
        await expect(said).to_have_count(0)

    assert not await ada.composer.evaluate(GIVES, ["paste", "Text with a picture", "image.png"])
    assert not await ada.composer.evaluate(GIVES, ["paste", "text", None])
    assert not await ada.composer.evaluate(GIVES, ["drop", "text", None])
    for kind in ("dragover", "drop"):
        assert await ada.talk.evaluate(GIVES, [kind, "https://example.org/", None])
        assert await ada.composer.evaluate(GIVES, [kind, None, "picture.png"])
    await said.get_by_role("button", name="Dismiss").click()
    await expect(said).to_have_count(0)

    # a dialog covers the place of notices, and says it itself; and a clipboard that never answers is not waited for
    await ada.page.get_by_role("button", name="Invite").click()
    dialog = ada.page.get_by_role("dialog", name="Invite people")
    await ada.page.evaluate("void (navigator.clipboard.writeText = () => new Promise(() => {}))")
    await dialog.get_by_role("button", name="Copy link").click()
    await expect(dialog.get_by_text(re.compile("Copied|Selected: copy it"))).to_be_visible()
    assert await dialog.get_by_label("Link to this room").evaluate(GIVES, ["paste", None, "picture.png"])
    await dialog.get_by_role("button", name="Dismiss").click()
    await expect(dialog.get_by_text("Files and pictures")).to_have_count(0)

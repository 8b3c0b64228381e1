"""The list of messages in one column, and keys that are typed anywhere in a room."""

import pytest
from playwright.async_api import expect

from tests.support.browser import PHONE

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def in_a_room(hall, device=None):
    """Return Ada in her room, in which Ben and she have sent two messages each."""
    options = {"device": device} if device else {}
    ada, ben = await hall.member("Ada Okafor", **options), await hall.api.person("Ben", "Lindqvist")
    room = await ada.account.opens("Calculus")
    await ben.joins(room)
    for person, texts in ((ben, ("one", "two")), (ada.account, ("three", "four"))):
        for text in texts:
            await person.post(f"/api/study-rooms/{room}/messages", {"content": text})
    await ada.page.goto(f"/rooms/{room}")
    await ada.reads("one", "two", "three", "four")
    return ada, ben, room


async def left_of(locator):
    return (await locator.bounding_box())["x"]


async def test_messages_of_all_users_stand_in_one_column(hall):
    ada, _, _ = await in_a_room(hall)
    rows = ada.talk.locator(".message")
    assert len({await left_of(words) for words in await ada.words.all()}) == 1
    avatars = rows.locator(".avatar")
    await expect(avatars).to_have_count(2)
    assert len({await left_of(avatar) for avatar in await avatars.all()}) == 1
    await expect(rows.nth(2)).to_contain_text("Ada Okafor")
    await expect(rows.nth(2)).to_contain_text("(you)")
    # the later messages of a group show their time when they are pointed at
    time = rows.nth(1).get_by_role("time")
    await expect(time).to_have_css("opacity", "0")
    await rows.nth(1).hover()
    await expect(time).to_have_css("opacity", "1")


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
async def test_compact_density_shows_names_in_the_line_and_no_avatars(hall, direction):
    ada, _, _ = await in_a_room(hall)
    await ada.page.evaluate(
        "direction => Object.assign(document.documentElement, { dir: direction }).dataset.density = 'compact'",
        direction,
    )
    await expect(ada.talk.locator(".avatar").first).to_be_hidden()
    for row in await ada.talk.locator(".message").all():
        name, words = await row.locator(".sender").bounding_box(), await row.locator(".words").bounding_box()
        assert abs(name["y"] - words["y"]) < 6
        assert (name["x"] < words["x"]) == (direction == "ltr")


async def test_scroll_event_after_the_view_was_left_is_ignored(hall):
    ada, _, _ = await in_a_room(hall)
    log = await ada.talk.element_handle()
    await ada.page.get_by_role("link", name="Home").click()
    await expect(ada.talk).to_have_count(0)
    await log.evaluate("log => log.dispatchEvent(new Event('scroll'))")
    await expect(ada.page.get_by_role("alert")).to_have_count(0)


async def test_toolbar_of_a_message_is_shown_when_it_is_pointed_at(hall):
    ada, _, _ = await in_a_room(hall)
    row = ada.talk.locator(".message").first
    tools = row.locator(".message-tools")
    await expect(tools).to_have_css("opacity", "0")
    await row.hover()
    await expect(tools).to_have_css("opacity", "1")
    await ada.page.mouse.move(0, 0)
    await ada.talk.focus()
    await ada.page.keyboard.press("Tab")
    await ada.page.keyboard.press("ArrowUp")
    await expect(tools).to_have_css("opacity", "1")


async def test_toolbar_of_a_message_is_always_shown_on_a_phone(hall):
    ada, _, _ = await in_a_room(hall, PHONE)
    button = ada.talk.get_by_role("button", name="Actions for message from Ben Lindqvist").first
    await expect(button.locator("..")).to_have_css("opacity", "1")
    await button.tap()
    await expect(ada.page.get_by_role("dialog", name="Message from Ben Lindqvist")).to_contain_text("one")


async def test_typed_text_goes_to_the_composer_from_anywhere_in_a_room(hall):
    ada, _, _ = await in_a_room(hall)
    page, keys = ada.page, ada.page.keyboard
    await ada.talk.focus()
    await keys.press("h")
    await expect(ada.composer).to_be_focused()
    await page.get_by_role("heading", level=1).focus()
    await keys.type("ello")
    await expect(ada.composer).to_have_value("hello")

    button = page.get_by_role("button", name="Invite")
    await button.focus()
    for key in ("Control+b", "Alt+x", "Shift", "ArrowDown"):
        await keys.press(key)
    await expect(button).to_be_focused()
    dialog = page.get_by_role("dialog")
    for key in ("?", "Space"):  # shows the keys, and presses the button
        await keys.press(key)
        await expect(dialog).to_be_visible()
        await keys.type("abc")
        await keys.press("Escape")
        await expect(dialog).to_have_count(0)
        await expect(button).to_be_focused()
    await expect(ada.composer).to_have_value("hello")

    await page.get_by_label("Your status").focus()
    await keys.press("d")
    await expect(ada.composer).to_have_value("hello")


async def test_copying_selected_messages_leaves_the_focus_in_the_log(hall):
    ada, _, _ = await in_a_room(hall)
    await ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page, keys = ada.page, ada.page.keyboard
    await ada.talk.focus()
    await ada.words.filter(has_text="two").evaluate("(words) => getSelection().selectAllChildren(words)")
    await keys.press("Control+c")
    await expect(ada.talk).to_be_focused()
    assert await page.evaluate("String(getSelection())") == "two"
    await ada.composer.focus()
    await keys.press("Control+v")
    await expect(ada.composer).to_have_value("two")


async def test_first_key_of_an_accent_a_slash_or_an_input_method_loses_nothing(hall):
    ada, _, _ = await in_a_room(hall)
    page, keys = ada.page, ada.page.keyboard
    await page.get_by_role("heading", level=1).focus()
    # a dead key writes nothing; the key after it is an accented letter
    devtools = await ada.context.new_cdp_session(page)
    await devtools.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Dead", "code": "Quote"})
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await devtools.send(
        "Input.dispatchKeyEvent", {"type": "keyDown", "key": "\u00e9", "code": "KeyE", "text": "\u00e9"}
    )
    await expect(ada.composer).to_have_value("\u00e9")

    await ada.talk.focus()
    await keys.press("/")
    await expect(ada.composer).to_have_value("\u00e9/")

    # keys that an input method takes do not move the focus
    await ada.talk.focus()
    taken = {"type": "rawKeyDown", "key": "Process", "code": "KeyN", "windowsVirtualKeyCode": 229}
    await devtools.send("Input.dispatchKeyEvent", taken)
    await expect(ada.talk).to_be_focused()
    await ada.composer.focus()
    await devtools.send("Input.imeSetComposition", {"text": "\u306b", "selectionStart": 1, "selectionEnd": 1})
    await devtools.send("Input.insertText", {"text": "\u306b"})
    await expect(ada.composer).to_have_value("\u00e9/\u306b")


async def test_hint_about_keys_ends_with_the_first_message_sent_by_enter(hall):
    ada, _, _ = await in_a_room(hall)
    hint = ada.page.get_by_text("Shift + Enter for a new line")
    small = await hint.bounding_box()
    await ada.composer.fill("five")
    assert (await hint.bounding_box())["width"] > small["width"] + 50
    await ada.composer.press("Enter")
    await ada.reads("one", "two", "three", "four", "five")
    await ada.composer.fill("six")
    assert await hint.bounding_box() == small or (await hint.bounding_box())["width"] <= 1


async def test_composer_grows_to_a_part_of_the_window(hall):
    ada, _, _ = await in_a_room(hall)
    height = ada.page.viewport_size["height"]
    assert (await ada.composer.bounding_box())["height"] == 36
    await ada.composer.fill("line\n" * 60)
    grown = (await ada.composer.bounding_box())["height"]
    assert 0.35 * height < grown <= 0.4 * height
    await expect(ada.words.last).to_be_in_viewport()  # the list stays at its end


async def test_composer_leaves_space_for_its_button_from_right_to_left(hall):
    ada, _, _ = await in_a_room(hall)
    await ada.page.evaluate("document.documentElement.dir = 'rtl'")
    button = await ada.page.get_by_role("button", name="Send").bounding_box()
    for text in ("text from left to right", "نص"):
        await ada.composer.fill(text)
        paddings = (
            "field => [getComputedStyle(field).paddingLeft, getComputedStyle(field).paddingRight].map(parseFloat)"
        )
        left, right = await ada.composer.evaluate(paddings)
        assert left >= button["width"] > right

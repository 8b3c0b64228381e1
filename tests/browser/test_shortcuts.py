"""Keys that work on every view: quick switcher, steps between rooms, list of keys."""

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

SWITCHER = "Go to a room or person"
PRESS = """(field, init) => {
    const event = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init });
    field.dispatchEvent(event);
    return event.defaultPrevented;
}"""
"""Dispatch a key to an element, and return whether the page took it."""
BACK_AFTER = f"""async (delay) => {{
    ({PRESS})(document.body, {{ key: "ArrowDown", altKey: true }});
    await new Promise((resolve) => setTimeout(resolve, delay));
    history.back();
    await new Promise((resolve) => addEventListener("popstate", resolve, {{ once: true }}));
}}"""
"""Step to the next room, and back after some milliseconds."""


async def opens_rooms(ada, *names):
    """Open rooms, and return the page of Ada with all of them listed."""
    rooms = [await ada.account.opens(name) for name in names]
    await ada.page.goto(f"/rooms/{rooms[-1]}")
    await expect(ada.page.get_by_role("navigation", name="My rooms").get_by_role("listitem")).to_have_count(len(rooms))
    await expect(ada.composer).to_be_visible()
    return rooms


async def test_quick_switcher_finds_and_opens_a_room_with_the_keyboard(hall):
    ada = await hall.member("Ada Okafor")
    await opens_rooms(ada, "Étude", "Calculus", "Chemistry")
    page, keys = ada.page, ada.page.keyboard
    await ada.composer.focus()
    await keys.press("Control+k")
    dialog = page.get_by_role("dialog", name=SWITCHER)
    search = dialog.get_by_role("combobox")
    await expect(search).to_be_focused()
    options = dialog.get_by_role("option")
    await expect(options).to_have_text(["Calculus", "Étude"])
    await expect(dialog.get_by_role("option", selected=True)).to_have_text(["Calculus"])
    await keys.press("ArrowDown")
    await expect(dialog.get_by_role("option", selected=True)).to_have_text(["Étude"])
    active = await search.get_attribute("aria-activedescendant")
    assert await page.locator(f"[id='{active}']").inner_text() == "Étude"
    await keys.press("ArrowDown")
    await expect(dialog.get_by_role("option", selected=True)).to_have_text(["Calculus"])
    await keys.type("etud")
    await expect(options).to_have_text(["Étude"])
    await keys.press("Enter")
    await expect(page.get_by_role("heading", level=1, name="Étude")).to_be_focused()
    await expect(dialog).to_have_count(0)
    await page.go_back()
    await expect(page.get_by_role("heading", level=1, name="Chemistry")).to_be_visible()


async def test_quick_switcher_closes_by_escape_and_by_its_key(hall):
    ada = await hall.member("Ada Okafor")
    await opens_rooms(ada, "Calculus")
    keys = ada.page.keyboard
    dialog = ada.page.get_by_role("dialog", name=SWITCHER)
    await ada.composer.focus()
    for end in ("Escape", "Control+k"):
        await keys.press("Control+k")
        await expect(dialog).to_be_visible()
        await keys.press(end)
        await expect(dialog).to_have_count(0)
        await expect(ada.composer).to_be_focused()


async def test_quick_switcher_finds_public_rooms_and_people_of_the_room(hall):
    ada = await hall.member("Ada Okafor")
    [room] = await opens_rooms(ada, "Calculus")
    ben = await hall.api.person("Ben", "Lindqvist")
    await ben.opens("Benzene club")
    await ben.joins(room)
    await ada.page.goto(f"/rooms/{room}")
    await expect(ada.page.get_by_role("complementary", name="People")).to_contain_text("Ben Lindqvist")
    page, keys = ada.page, ada.page.keyboard
    await keys.press("Control+k")
    dialog = page.get_by_role("dialog", name=SWITCHER)
    await dialog.get_by_role("combobox").fill("ben")
    people = dialog.get_by_role("group", name="People in this room")
    await expect(people.get_by_role("option")).to_have_text(["Ben Lindqvist"])
    await expect(dialog.get_by_role("group", name="Public rooms").get_by_role("option")).to_have_text(["Benzene club"])
    await keys.press("Enter")
    about = page.get_by_role("dialog", name="Ben Lindqvist")
    await expect(about.get_by_role("button", name="Make moderator")).to_be_visible()
    await keys.press("Escape")
    await keys.press("Control+k")
    await dialog.get_by_role("combobox").fill("benz")
    await dialog.get_by_role("option", name="Benzene club").click()
    await expect(page.get_by_role("button", name="Join room")).to_be_visible()
    await keys.press("Control+k")
    await dialog.get_by_role("combobox").fill("nothing like this")
    await expect(dialog.get_by_text("Nothing found.")).to_be_visible()


async def test_enter_of_an_input_method_opens_no_room(hall):
    ada = await hall.member("Ada Okafor")
    await opens_rooms(ada, "Calculus", "Chemistry")
    await ada.page.keyboard.press("Control+k")
    dialog = ada.page.get_by_role("dialog", name=SWITCHER)
    search = dialog.get_by_role("combobox")
    for init in ({"key": "Enter", "isComposing": True}, {"key": "Enter", "keyCode": 229}):
        assert not await search.evaluate(PRESS, init)
    await expect(dialog).to_be_visible()


async def test_alt_and_arrows_step_through_rooms(hall):
    ada = await hall.member("Ada Okafor")
    first, second, third = await opens_rooms(ada, "One", "Two", "Three")
    ben = await hall.api.person("Ben", "Lindqvist")
    await ben.joins(first)
    await ben.post(f"/api/study-rooms/{first}/messages", {"content": "hello"})
    rooms = ada.page.get_by_role("navigation", name="My rooms").get_by_role("listitem")
    await expect(rooms.filter(has_text="One")).to_contain_text("1 unread message")
    await expect(rooms.first).to_contain_text("One")
    title = ada.page.get_by_role("heading", level=1)
    keys = ada.page.keyboard
    await expect(title).to_have_text("Three")  # listed as One, Three, Two
    await ada.composer.focus()
    for key, name in (("ArrowDown", "Two"), ("ArrowUp", "Three")):
        await keys.press(f"Alt+{key}")
        await expect(title).to_have_text(name)
    await keys.press("Alt+ArrowDown")
    await expect(title).to_have_text("Two")
    await keys.press("Alt+Shift+ArrowUp")
    await expect(title).to_have_text("One")
    await keys.press("Alt+Shift+ArrowUp")
    await expect(title).to_have_text("One")


async def test_arrows_of_text_fields_and_screen_readers_stay_theirs(hall):
    ada = await hall.member("Ada Okafor")
    await opens_rooms(ada, "One", "Two")
    taken = {"key": "ArrowDown", "altKey": True}
    assert await ada.composer.evaluate(PRESS, taken), "an empty composer has no paragraphs"
    await ada.page.go_back()
    await expect(ada.page.get_by_role("heading", level=1)).to_have_text("Two")
    await ada.composer.fill("half a thought")
    assert not await ada.composer.evaluate(PRESS, taken), "Option and an arrow move by a paragraph"
    body = ada.page.locator("body")
    assert not await body.evaluate(PRESS, taken | {"ctrlKey": True}), "VoiceOver moves by Control, Option and arrows"
    assert not await body.evaluate(PRESS, taken | {"isComposing": True})
    status = ada.page.get_by_role("combobox").first
    assert not await status.evaluate(PRESS, taken), "it opens the select box"
    await expect(ada.page.get_by_role("heading", level=1)).to_have_text("Two")


async def test_question_mark_shows_all_keys_unless_it_is_typed_or_turned_off(hall):
    ada = await hall.member("Ada Okafor")
    await opens_rooms(ada, "Calculus")
    page, keys = ada.page, ada.page.keyboard
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    await ada.composer.focus()
    await keys.type("why?")
    await expect(ada.composer).to_have_value("why?")
    await expect(dialog).to_have_count(0)
    await page.get_by_role("heading", level=1).focus()
    await keys.press("Shift+?")
    await expect(dialog).to_contain_text("Previous or next unread room")
    await dialog.get_by_label("The key ? shows this list").uncheck()
    await keys.press("Escape")
    await expect(dialog).to_have_count(0)
    await page.get_by_role("heading", level=1).focus()
    await keys.press("Shift+?")
    await keys.press("Control+/")
    await expect(dialog).to_have_count(1)


async def test_keys_do_nothing_for_guests(hall):
    guest = await hall.somebody()
    await guest.page.goto("/")
    await expect(guest.page.get_by_role("heading", level=1)).to_be_visible()
    body = guest.page.locator("body")
    for init in ({"key": "k", "ctrlKey": True}, {"key": "?"}, {"key": "ArrowDown", "altKey": True}):
        assert not await body.evaluate(PRESS, init)


async def test_command_key_of_apple_devices_replaces_control(hall):
    ada = await hall.member("Ada Okafor")
    await ada.context.add_init_script("Object.defineProperty(navigator, 'platform', { value: 'MacIntel' })")
    await opens_rooms(ada, "Calculus")
    assert not await ada.composer.evaluate(PRESS, {"key": "k", "ctrlKey": True}), "it deletes the rest of the line"
    assert await ada.composer.evaluate(PRESS, {"key": "k", "metaKey": True})
    await expect(ada.page.get_by_role("dialog", name=SWITCHER)).to_be_visible()


async def test_key_that_is_held_down_acts_once(hall):
    ada = await hall.member("Ada Okafor")
    await opens_rooms(ada, *(f"Room {number}" for number in range(4)))
    page = ada.page
    entries = await page.evaluate("history.length")

    await page.keyboard.down("Alt")
    for _ in range(6):
        await page.keyboard.down("ArrowDown")
    await page.keyboard.up("ArrowDown")
    await page.keyboard.up("Alt")
    await page.keyboard.down("Control")
    for _ in range(2):
        await page.keyboard.down("k")
    await page.keyboard.up("k")
    await page.keyboard.up("Control")

    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert await page.evaluate("history.length") == entries + 2, "a room and a dialog"


async def test_room_goes_on_after_quick_steps_to_another_and_back(hall):
    ada = await hall.member("Ada Okafor")
    [_, room] = await opens_rooms(ada, "One", "Two")
    ben = await hall.api.person("Ben", "Lindqvist")
    await ben.joins(room)
    for delay in range(0, 20, 2):
        await ada.page.evaluate(BACK_AFTER, delay)
        await expect(ada.page.get_by_role("heading", level=1)).to_have_text("Two")
        await ben.post(f"/api/study-rooms/{room}/messages", {"content": f"after {delay}"})
        await expect(ada.words.last).to_have_text(f"after {delay}")

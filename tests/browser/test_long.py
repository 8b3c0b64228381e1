"""Text that takes more room than it should: marks above each other, line breaks, tabs, wide letters."""

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

STACKED = ("e" + "\u0301\u0323\u0308\u030a\u0336" * 3) * 200
BREAKS = "x" + "\n" * 3990 + "y"
TALL = {"breaks": BREAKS, "tabs": "\t\t\t\t\t\t\t\t\ta" * 390, "wide letters": "\ufdfd" * 2000, "one word": "w" * 4000}
MOST = 560
"""Pixels of a folded text, with its button."""


async def in_a_room(hall, *contents, description=""):
    """Return Ada in her room, in which Ben has said this."""
    ada, ben = await hall.member("Ada Okafor"), await hall.api.person("Ben", "Lindqvist")
    room = await ada.account.opens(description=description)
    await ben.joins(room)
    for content in contents:
        answer = await ben.post(f"/api/study-rooms/{room}/messages", {"content": content})
        assert answer.status == 201, answer
    await ada.page.goto(f"/rooms/{room}")
    await expect(ada.words).to_have_count(len(contents))
    return ada, room


async def test_marks_paint_over_nothing_that_others_wrote(hall):
    ada, room = await in_a_room(hall, "above", STACKED, "below")
    await ada.account.post(f"/api/study-rooms/{room}/messages/system", {"content": "a notice"})
    await ada.account.post(f"/api/study-rooms/{room}/messages/system", {"content": STACKED})
    words = ada.page.locator("#messages .words")
    await expect(words).to_have_count(5)
    neighbours = [words.nth(0), words.nth(2), words.nth(3)]
    painted = [await one.screenshot() for one in neighbours]

    for marked in (words.nth(1), words.nth(4)):
        await marked.evaluate("words => { words.style.visibility = 'hidden'; }")

    assert [await one.screenshot() for one in neighbours] == painted


@pytest.mark.parametrize("what", TALL)
async def test_tall_message_is_folded_until_it_is_unfolded_with_the_keyboard(hall, what):
    ada, _ = await in_a_room(hall, "above", TALL[what], "below")
    row = ada.page.locator("#messages li.message").nth(1)
    show = row.get_by_role("button", name="Show all")
    await expect(show).to_have_attribute("aria-expanded", "false")
    assert (await row.bounding_box())["height"] < MOST

    await show.press("Enter")

    less = row.get_by_role("button", name="Show less")
    await expect(less).to_be_focused()
    whole = (await row.bounding_box())["height"]
    assert whole > MOST
    assert (await row.bounding_box())["y"] > 0, "the reader stays at its beginning"
    await less.press("Space")
    await expect(show).to_be_focused()
    assert (await row.bounding_box())["height"] < MOST
    await expect(show).to_be_in_viewport()


async def test_text_that_fits_has_no_button(hall):
    ada, _ = await in_a_room(hall, "a\n" * 19 + "b", "fine words " * 120, "short")
    await expect(ada.page.get_by_role("button", name="Show all")).to_have_count(0)
    for row in await ada.page.locator("#messages .words").all():
        assert await row.evaluate("words => words.scrollHeight <= words.clientHeight + 1")


async def test_notice_and_description_are_folded_too(hall):
    description = "x" + "\n" * 900 + "y"
    ada, room = await in_a_room(hall, description=description)
    await ada.account.post(f"/api/study-rooms/{room}/messages/system", {"content": BREAKS})
    notice = ada.page.locator("#messages li.system")
    await expect(notice.get_by_role("button", name="Show all")).to_be_visible()
    assert (await notice.bounding_box())["height"] < MOST
    people = ada.page.get_by_role("complementary", name="People")
    await expect(people.get_by_role("button", name="Show all")).to_be_visible()
    assert (await people.locator(".words").bounding_box())["height"] < MOST
    cleo = await hall.member("Cleo Rossi")
    await cleo.page.goto(f"/rooms/{room}")
    await expect(cleo.page.get_by_role("button", name="Show all")).to_be_visible()
    assert (await cleo.page.locator(".lead.words").bounding_box())["height"] < MOST + 100
    await ada.page.goto("/dashboard")
    await expect(ada.page.locator(".excerpt")).to_have_count(1)
    assert (await ada.page.locator(".excerpt").bounding_box())["height"] < 100

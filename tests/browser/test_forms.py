"""Forms: what is wrong is said in plain words beside its field, and what was typed is kept."""

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_bad_fields_are_named_in_plain_words_all_at_once_without_asking(hall):
    ada = await hall.member("Ada Okafor")
    page, sent = ada.page, []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    await page.goto("/rooms/new")
    limit = page.get_by_label("Member limit")
    for typed in ("0", "2.5", "10001", "-3", "1e9"):
        await limit.fill("")
        await limit.press_sequentially(typed)
        await page.get_by_role("button", name="Create room").click()
        await expect(page.get_by_text("Member limit must be a whole number from 1 to 10,000.")).to_be_visible()
        await expect(page.get_by_text("Name must not be empty.")).to_be_visible()
    await expect(page.get_by_label("Name")).to_be_focused()
    assert sent == []
    # nothing that is pasted is cut off without a word
    long = "x" * 79 + "\U0001f600" * 2
    await page.get_by_label("Name").fill("")
    await page.get_by_label("Name").press("a")
    await page.keyboard.insert_text(long)
    await page.get_by_role("button", name="Create room").click()
    await expect(page.get_by_text("Name must have at most 80 characters.")).to_be_visible()
    await expect(page.get_by_label("Name")).to_have_value(f"a{long}")
    await page.get_by_label("Name").fill("pаypal")  # noqa: RUF001  # with a Cyrillic letter, which the server finds
    await limit.fill("12")
    ada.expects("422")
    await page.get_by_role("button", name="Create room").click()
    await expect(page.get_by_text("Name must not mix")).to_be_visible()

    guest = await hall.somebody()
    await guest.page.goto("/sign-up")
    await guest.page.get_by_label("Email").fill("nobody")
    await guest.page.get_by_label("Password").fill("short")
    await guest.page.get_by_role("button", name="Create account").click()
    for words in ("First name must not be empty.", "Email must be an email address", "Password must have at least 10"):
        await expect(guest.page.get_by_text(words)).to_be_visible()
    await guest.page.get_by_label("First name").fill("Ada")
    await guest.page.get_by_label("Email").fill(ada.email)
    await guest.page.get_by_label("Password").fill("correct horse battery")
    guest.expects("409")
    await guest.page.get_by_role("button", name="Create account").click()
    await expect(guest.page.get_by_label("Email")).to_have_attribute("aria-invalid", "true")


async def test_a_half_filled_form_is_there_again_but_no_password(hall):
    ada = await hall.member("Ada Okafor")
    page = ada.page
    await page.goto("/rooms/new")
    await page.get_by_label("Name").fill("Calculus")
    await page.get_by_label("Private").check()
    await page.get_by_label("Keep messages for").select_option("30 days")
    await page.get_by_role("link", name="Account of").click()
    await page.get_by_label("About you").fill("Numbers, mostly")
    await page.get_by_label("Current password").fill("correct horse battery")
    await page.go_back()
    await expect(page.get_by_label("Name")).to_have_value("Calculus")
    await expect(page.get_by_label("Private")).to_be_checked()
    await expect(page.get_by_label("Keep messages for")).to_have_value("30")
    await expect(page.get_by_text("What you typed before is here again.")).to_be_visible()
    await page.go_forward()
    await expect(page.get_by_label("About you")).to_have_value("Numbers, mostly")
    await expect(page.get_by_label("Current password")).to_have_value("")
    assert "correct horse" not in await page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")

    # what was sent is not offered again, and another person gets none of it
    await page.go_back()
    await page.get_by_role("button", name="Create room").click()
    await expect(page.get_by_role("dialog", name="Invite people")).to_be_visible()
    await page.goto("/rooms/new")
    await expect(page.get_by_label("Name")).to_have_value("")
    await page.get_by_label("Name").fill("Another")

    # the first choice, where another one is stored: that is a change, too
    room = await ada.account.opens("Algebra", retentionDays=30)
    await page.goto(f"/rooms/{room}/settings")
    kept = page.get_by_label("Keep messages for")
    await expect(kept).to_have_value("30")
    await kept.select_option("0")
    await page.get_by_role("link", name="Back to the room").click()
    await expect(ada.composer).to_be_visible()
    await page.go_back()
    await expect(kept).to_have_value("0")
    await page.get_by_role("link", name="Account of").click()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    assert "Another" not in await page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")

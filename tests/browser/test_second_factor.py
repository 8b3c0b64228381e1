"""Two-factor authentication in the page: turn it on, sign in with it, turn it off."""

import re
from datetime import UTC, datetime

import pyotp
import pytest
from playwright.async_api import expect

from tests.support.browser import DESKTOP, NO_CONNECTION, PASSWORD, PHONE
from tests.support.looking import Looking

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


def code(secret, steps=0):
    return pyotp.TOTP(secret).at(datetime.now(UTC), counter_offset=steps)


async def turns_it_on(page, looking):
    """Turn it on, and return the app's secret and the recovery codes."""
    await page.goto("/account")
    await page.get_by_role("button", name="Turn on").click()
    begin = page.get_by_role("dialog", name="Turn on two-factor authentication")
    await begin.get_by_label("Password").fill("a guess at it")
    await begin.get_by_role("button", name="Continue").click()
    await expect(begin.get_by_text("password is wrong")).to_be_visible()
    await begin.get_by_label("Password").fill(PASSWORD)
    await begin.get_by_role("button", name="Continue").click()

    confirm = page.get_by_role("dialog", name="Add Studyhall to your app")
    await expect(confirm.get_by_role("img", name="QR code for your app")).to_be_visible()
    secret = (await confirm.locator(".secret").inner_text()).replace(" ", "")
    assert f"secret={secret}" in await confirm.get_by_role("link", name="open the app").get_attribute("href")
    await looking.here(page, "the QR code")
    await confirm.get_by_label("Code", exact=True).fill(code(secret))
    await confirm.get_by_role("button", name="Turn on").click()

    shown = page.get_by_role("dialog", name="Recovery codes")
    listed = shown.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    await expect(listed).to_have_count(10)
    codes = await listed.all_inner_texts()
    await page.keyboard.press("Escape")
    await page.go_back()
    await expect(shown).to_be_visible()
    await expect(page).to_have_url(re.compile("/account$"))
    await looking.here(page, "the recovery codes")
    await shown.get_by_role("button", name="I have stored them").click()
    await expect(page.get_by_text("10 recovery codes left")).to_be_visible()
    await expect(page.get_by_role("list", name="Sessions").get_by_role("listitem")).to_have_count(1)
    await looking.here(page, "the account")
    return secret, codes


async def signs_in(ada, secret, looking):
    """Sign out, and in again with a code."""
    page = ada.page
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await page.goto("/sign-in")
    await page.get_by_label("Email").fill(ada.email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    field = page.get_by_label("Code from your app")
    await expect(field).to_be_focused()
    await expect(field).to_have_attribute("autocomplete", "one-time-code")
    await looking.here(page, "the code is asked for")
    await field.fill("000000")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("The code is wrong")).to_be_visible()
    await field.fill(code(secret, 1))
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(f"{ada.url}/dashboard")


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_it_is_turned_on_asked_for_and_turned_off_again(hall, device):
    ada = await hall.member("Ada Okafor", device=device)
    ada.expects("401", "403")
    looking = Looking("light", "dark")
    page = ada.page
    secret, codes = await turns_it_on(page, looking)
    await signs_in(ada, secret, looking)
    await page.goto("/account")
    await page.get_by_role("button", name="Turn off").click()
    question = page.get_by_role("dialog", name="Turn off two-factor authentication?")
    await question.get_by_label("Password").fill(PASSWORD)
    await question.get_by_label("Code", exact=True).fill(codes[0])
    await question.get_by_role("button", name="Turn off").click()
    await expect(page.get_by_role("button", name="Turn on")).to_be_visible()
    assert not looking.faults, "\n".join(looking.faults)


async def test_who_has_one_is_asked_over_the_page_too_when_a_sign_in_has_ended(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    begun = (await ada.account.post("/api/auth/second-factor", {"currentPassword": PASSWORD})).data
    ada.expects("401", NO_CONNECTION)
    await ada.page.goto(f"/rooms/{room}")
    await ada.composer.fill("half a thought")

    # which ends the browser's sign-in
    await ada.account.put("/api/auth/second-factor", {"code": code(begun["secret"])})

    again = ada.page.get_by_role("dialog", name="Sign in again")
    await again.get_by_label("Password of").fill(PASSWORD)
    await again.get_by_role("button", name="Sign in").click()
    await again.get_by_label("Code from your app").fill(code(begun["secret"], 1))
    await again.get_by_role("button", name="Sign in").click()
    await expect(again).to_have_count(0)
    await expect(ada.composer).to_have_value("half a thought")


async def test_changing_the_password_and_deleting_the_account_ask_for_a_code(hall):
    ada = await hall.member("Ada Okafor")
    page = ada.page
    ada.expects("401", "403", NO_CONNECTION)
    begun = (await ada.account.post("/api/auth/second-factor", {"currentPassword": PASSWORD})).data
    answer = await ada.account.put("/api/auth/second-factor", {"code": code(begun["secret"], -1)})
    [recovery, *_, last] = answer.data["recoveryCodes"]
    await page.goto("/account")
    again = page.get_by_role("dialog", name="Sign in again")
    await again.get_by_label("Password of").fill(PASSWORD)
    await again.get_by_role("button", name="Sign in").click()
    await again.get_by_label("Code from your app").fill(code(begun["secret"]))
    await again.get_by_role("button", name="Sign in").click()
    await expect(again).to_have_count(0)

    change = page.get_by_role("region", name="Password")
    await change.get_by_label("Current password").fill(PASSWORD)
    await change.get_by_label("New password").fill("another password, much longer")
    await change.get_by_role("button", name="Change password").click()
    field = change.get_by_label("Code from your app")
    await expect(field).to_be_focused()
    await expect(change.get_by_role("alert")).to_have_count(0)
    await field.fill("000000")
    await page.keyboard.press("Enter")
    await expect(change.get_by_text("The code is wrong")).to_be_visible()
    await expect(page.get_by_text("10 recovery codes left")).to_be_visible()
    await field.fill(last)
    await page.keyboard.press("Enter")
    await expect(change.get_by_text("You are signed out on all other devices.")).to_be_visible()
    await expect(page.get_by_text("9 recovery codes left")).to_be_visible()

    await page.get_by_role("button", name="Delete account").click()
    dialog = page.get_by_role("dialog", name="Delete your account?")
    await dialog.get_by_label("Password").fill("another password, much longer")
    await dialog.get_by_role("button", name="Delete account").click()
    await expect(dialog.get_by_label("Code from your app")).to_be_focused()
    await dialog.get_by_label("Code from your app").fill(recovery)
    await dialog.get_by_role("button", name="Delete account").click()
    await expect(page).to_have_url(f"{ada.url}/")

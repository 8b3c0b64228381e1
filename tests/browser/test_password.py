"""Passwords that are lost, and those that are too easily guessed, as people see it."""

import re

import pytest
from playwright.async_api import expect

from tests.support.browser import NO_CONNECTION, PASSWORD, opened
from tests.support.mail_server import mail_server
from tests.support.process import ended

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

NEW = "another password, much longer"
OVER = "This link is no longer valid"


async def a_link(hall, storage, email):
    """Return a link that whoever runs the server has made, at the address of our browsers."""
    left = await ended("reset-password", email, "--storage", storage, environ={"STUDYHALL_SERVER_ENVIRONMENT": "test"})
    assert left.code == 0, left
    return "/reset#" + left.said[-1].rpartition("#")[2]


async def test_a_link_sets_a_new_password_once_and_ends_every_sign_in(chromium, tmp_path):
    storage = f"sqlite:///{tmp_path / 'studyhall.db'}"
    async with opened(chromium, storage) as hall:
        ada = await hall.member("Ada Okafor")
        await ada.page.goto("/dashboard")
        ada.expects("401", NO_CONNECTION)
        link = await a_link(hall, storage, ada.email)
        phone = await hall.somebody("Ada Okafor")
        phone.expects("422", "401", "403", NO_CONNECTION)
        await phone.signs_in()
        await phone.page.goto(link)
        password = phone.page.get_by_label("New password")
        await password.fill("short")
        await phone.page.get_by_role("button", name="Change password").click()
        await expect(password).to_have_attribute("aria-invalid", "true")
        await expect(password).to_be_focused()

        await password.fill(NEW)
        await phone.page.get_by_role("button", name="Change password").click()

        await expect(phone.page.get_by_text("Your password is changed.")).to_be_visible()
        await expect(ada.page.get_by_role("dialog", name="Sign in again")).to_be_visible()
        await phone.page.get_by_label("Email").fill(ada.email)
        await phone.page.get_by_label("Password").fill(NEW)
        await phone.page.get_by_role("button", name="Sign in").click()
        await expect(phone.page.get_by_role("heading", level=1)).to_contain_text("Ada")
        await phone.page.goto(link)
        await phone.page.get_by_label("New password").fill(NEW)
        await phone.page.get_by_role("button", name="Change password").click()
        await expect(phone.page.get_by_role("heading", name=OVER)).to_be_visible()
        await phone.page.goto("/dashboard")
        await expect(phone.page.get_by_role("heading", level=1)).to_contain_text("Ada")


async def test_who_forgot_the_password_gets_a_link_by_mail(chromium):
    async with mail_server() as mail:
        settings = {"mail_host": "127.0.0.1", "mail_port": mail.port, "mail_encryption": "none"}
        async with opened(chromium, **settings, mail_sender="hall@school.example") as hall:
            ada = await hall.somebody("Ada Okafor")
            await hall.api.person("Ada", "Okafor")
            await ada.page.goto("/sign-in")
            await ada.page.get_by_role("link", name="Forgot your password?").click()
            await ada.page.get_by_label("Email").fill(ada.email)
            await ada.page.get_by_role("button", name="Send link").click()
            told = ada.page.get_by_role("status").filter(has_text=f"If there is an account for {ada.email}")
            await expect(told).to_be_visible()
            token = re.search(r"/reset#(\S+)", (await mail.arrived()).get_content())[1]

            await ada.page.goto(f"/reset#{token}")
            await ada.page.get_by_label("New password").fill(NEW)
            await ada.page.get_by_role("button", name="Change password").click()

            await expect(ada.page.get_by_text("Your password is changed.")).to_be_visible()


async def test_a_server_without_mail_says_whom_to_ask(hall):
    ada = await hall.somebody("Ada Okafor")
    await ada.page.goto("/sign-in")
    await ada.page.get_by_role("link", name="Forgot").click()
    await expect(ada.page.get_by_text("Ask the person who runs it")).to_be_visible()
    await expect(ada.page.get_by_label("Email")).to_have_count(0)


async def test_a_password_that_is_easily_guessed_is_refused_at_its_field(hall):
    ada = await hall.somebody("Ada Okafor")
    ada.expects("422")
    await ada.page.goto("/sign-up")
    for label, text in (("First name", "Ada"), ("Last name", "Okafor"), ("Email", ada.email)):
        await ada.page.get_by_label(label).fill(text)
    password = ada.page.get_by_label("Password")
    for guess, why in (("qwertyuiop", "Password is one of the most common passwords"), ("AdaOkafor1", "name")):
        await password.fill(guess)
        await ada.page.get_by_role("button", name="Create account").click()
        await expect(password).to_have_attribute("aria-invalid", "true")
        await expect(password).to_be_focused()
        await expect(password).to_have_accessible_description(re.compile(f"10 characters.*{why}"))
        await expect(password).to_have_value(guess)
        await password.fill("")
    await ada.makes_an_account()
    await expect(ada.page.get_by_role("heading", level=1)).to_contain_text("Ada")
    await ada.page.goto("/account")
    await ada.page.get_by_label("Current password").fill(PASSWORD)
    await ada.page.get_by_label("New password").fill("1234567890")
    await ada.page.get_by_role("button", name="Change password").click()
    await expect(ada.page.get_by_label("New password")).to_have_attribute("aria-invalid", "true")

"""Export and deletion of rooms and accounts in the page; deletion asks for confirmation."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.support.browser import NO_CONNECTION, PASSWORD

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_a_room_is_deleted_after_a_question_and_goes_from_every_page(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    await ada.page.goto(f"/rooms/{room}/settings")
    button = ada.page.get_by_role("button", name="Delete room")
    question = ada.page.get_by_role("dialog", name="Delete this room?")

    await button.click()
    await expect(question).to_contain_text("Calculus has 2 members")
    await question.get_by_role("button", name="Cancel").click()
    await expect(question).to_have_count(0)
    assert (await ada.account.get(f"/api/study-rooms/{room}")).status == 200
    await button.click()
    await question.get_by_role("button", name="Delete room").click()

    await expect(ada.page).to_have_url(f"{ada.url}/rooms")
    await expect(ada.page.get_by_text("You are not in a room yet")).to_be_visible()
    await expect(ben.page.get_by_role("heading", name="This room was deleted")).to_be_visible()
    assert (await ada.account.get(f"/api/study-rooms/{room}")).status == 404


async def test_an_account_is_deleted_after_a_question_and_what_was_said_stays_without_a_name(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    ben = await hall.member("Ben Lindqvist", room)
    await ben.says("Remember me")
    await ben.reads("Remember me")
    await ben.page.goto("/account")
    await ben.page.get_by_role("button", name="Delete account").click()
    question = ben.page.get_by_role("dialog", name="Delete your account?")
    ben.expects("status of 403")
    await question.get_by_label("Password").fill("a guess at it")
    await question.get_by_role("button", name="Delete account").click()
    await expect(question.get_by_text("password is wrong")).to_be_visible()
    await question.get_by_label("Password").fill(PASSWORD)
    await question.get_by_role("button", name="Delete account").click()

    await expect(ben.page).to_have_url(f"{ben.url}/")
    await expect(ben.page.get_by_role("heading", name="Create account")).to_be_visible()
    # nothing about the user: only that someone in this browser knows the keys of the composer
    assert await ben.page.evaluate("Object.keys(localStorage)") == ["studyhall.composer.knows-keys"]
    await ada.page.goto(f"/rooms/{room}")
    await ada.reads("Remember me")
    await expect(ada.talk).to_contain_text("Deleted user")
    credentials = {"email": ben.email, "password": PASSWORD}
    assert (await hall.api.request("POST", "/api/auth/login", credentials)).status == 401


async def test_everything_that_is_kept_about_somebody_is_handed_out_as_a_file(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("Calculus")
    await ada.account.post(f"/api/study-rooms/{room}/messages", {"content": "Remember me"})
    await ada.page.goto("/account")

    async with ada.page.expect_download() as started:
        await ada.page.get_by_role("button", name="Download my data").click()

    download = await started.value
    assert re.fullmatch(r"studyhall-\d{4}-\d\d-\d\d\.json", download.suggested_filename)
    kept = json.loads(await asyncio.to_thread(Path(await download.path()).read_text, "utf-8"))
    assert kept["profile"]["email"] == ada.email
    assert [message["content"] for message in kept["messages"]] == ["Remember me"]


async def test_an_export_that_breaks_off_is_no_file(hall):
    ada = await hall.member("Ada Okafor")
    ada.expects(NO_CONNECTION)
    await ada.page.goto("/account")
    await ada.context.route("**/api/auth/me/export", lambda route: route.abort("connectionreset"))
    await ada.page.get_by_role("button", name="Download my data").click()
    await expect(ada.page.get_by_role("alert")).to_contain_text("cannot be reached")

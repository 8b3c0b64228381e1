"""Sentences of the page with names in them: where a name ends can be seen, and nothing in it acts."""

# ruff: noqa: RUF001 - directions are the subject

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_name_in_the_rooms_sentence_is_set_apart_and_no_link(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens()
    await ada.page.goto(f"/rooms/{room}")
    links = "See https://example.org/task"
    said = ("“Ben https://example.net” joined by invitation", links, "Ben https://example.com joined by invitation")
    for sentence in said:
        answer = await ada.account.post(f"/api/study-rooms/{room}/messages/system", {"content": sentence})
        assert answer.status == 201

    await ada.reads(*said)

    sentences = ada.page.locator("#messages .system .words")
    await expect(sentences.locator("bdi")).to_have_text(["“Ben https://example.net”"])
    await expect(sentences.locator("a")).to_have_text(["https://example.org/task"])


LONG = "Ada " + "o" * 70


async def test_long_name_ends_in_sight_in_every_kind_of_sentence(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens("עברית", visibility="private")
    invite = (await ada.account.post(f"/api/study-rooms/{room}/invites", {})).data["code"]
    await ada.page.goto(f"/rooms/{room}")
    await expect(ada.page).to_have_title("\u2068עברית\u2069 · Studyhall")
    ben = await hall.member(LONG)

    await ben.page.goto(f"/invite/{invite}")
    await expect(ben.page.get_by_text("Ada Okafor invites you to this room.").locator("b")).to_have_text("Ada Okafor")
    await ben.page.get_by_role("button", name="Join room").click()

    bounded = f"“Ada {'o' * 45}…”"
    await ada.reads(f"{bounded} joined by invitation")
    await expect(ada.page.locator(".presence-toast")).to_have_text(f"{bounded} is here now.")
    await ben.says("Here I am")
    name = ada.page.locator("#messages .sender > bdi").last
    box = await name.bounding_box()
    assert box["width"] < await name.evaluate("name => name.scrollWidth"), "it is cut, and shown as cut"

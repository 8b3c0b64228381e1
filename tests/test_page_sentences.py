"""Sentences of the page with names in them: where a name ends can be seen, and nothing in it acts."""

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


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

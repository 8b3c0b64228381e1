"""Clients of the chaos run: a lost connection is lost for the server, too."""

import asyncio
import random

import aiohttp
import pytest

from chaos.clients import TRANSPORTS, Client
from chaos.record import Closed
from chaos.visit import Visit


@pytest.mark.parametrize("transports", TRANSPORTS)
async def test_lost_connection_sends_no_goodbye(school, transports, monkeypatch):
    ada, ben = await school.person(), await school.person("Ben")
    room, foreign = await ada.opens(), await ada.opens("Foreign")
    await ben.joins(room)
    chat = await ada.chat(room)
    seen = []
    client = Client("c00", ben.token, [room], foreign, transports, random.Random(7), 3600, seen.append)
    await client.cable.open(school.port)
    visit = Visit(client)
    living = asyncio.create_task(visit.live())
    await chat.hears("user-joined")
    while not client.is_inside:
        await asyncio.sleep(0.01)

    sessions, session_type = [], aiohttp.ClientSession

    def new_session():
        sessions.append("made by python-engineio")
        return session_type()

    monkeypatch.setattr(aiohttp, "ClientSession", new_session)
    visit.over("torn")  # the network itself is whole: a goodbye would arrive
    await living
    await client.close()
    await chat.settles()

    assert sessions == []
    assert [event.reason for event in seen if isinstance(event, Closed)] == ["torn"]
    assert chat.of("user-left") == []

"""Quiet focus with real clients: messages of members wait for the break."""

import asyncio

import msgspec
import pytest

from tests.support import official
from tests.support.official import Script
from tests.support.official_people import Companion
from tests.support.quiet_focus import start_room_focus, stop_room_focus
from tests.support.served import PATIENCE, served


@pytest.fixture
async def quiet(school):
    """A room of Ada with quiet focus and Ben, in a focus phase; both are present."""
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = (await ada.post("/api/study-rooms", {"name": "Quiet", "quietFocus": "hold"})).data["id"]
    await ben.joins(room)
    hers, his = await ada.chat(room), await ben.chat(room)
    await start_room_focus(room, ada)
    return room, ada, ben, hers, his


def message(room, content, key=None):
    return {"roomId": room, "content": content, "clientMessageId": key}


async def test_held_message_is_acked_and_published_at_the_break(quiet):
    room, ada, _, hers, his = quiet
    first = await his.call("send-message", message(room, "one", "k1"))
    second = await his.call("send-message", message(room, "two", "k2"))
    assert (first["ok"], first["held"], first["message"]["seq"]) == (True, True, 0)
    assert first["message"]["sentAt"] == first["message"]["timestamp"]
    assert first["releaseAt"] == second["releaseAt"] > first["message"]["timestamp"]
    passing = await hers.call("send-message", message(room, "of the owner"))
    assert (passing["message"]["seq"], "held" in passing) == (1, False)

    await stop_room_focus(room, ada)

    await hers.hears("message", lambda said: said["seq"] == 3)
    heard = hers.of("message")
    assert [(said["seq"], said["content"]) for said in heard] == [(1, "of the owner"), (2, "one"), (3, "two")]
    assert [said["id"] for said in heard[1:]] == [first["message"]["id"], second["message"]["id"]]
    assert heard[1]["sentAt"] == first["message"]["sentAt"] <= heard[1]["timestamp"]
    history = (await ada.get(f"/api/study-rooms/{room}/messages")).data["messages"]
    assert history == heard


async def test_retry_answers_held_then_published_message(quiet):
    room, ada, ben, hers, his = quiet
    held = await his.call("send-message", message(room, "one", "k1"))
    again = await ben.post(f"/api/study-rooms/{room}/messages", {"content": "one", "clientMessageId": "k1"})
    assert again.status == 202
    assert again.data == {name: held[name] for name in ("held", "releaseAt", "message")}

    await stop_room_focus(room, ada)
    await hers.hears("message")

    published = await his.call("send-message", message(room, "one", "k1"))
    assert published["message"] == hers.of("message")[0]
    assert "held" not in published
    over_http = await ben.post(f"/api/study-rooms/{room}/messages", {"content": "one", "clientMessageId": "k1"})
    assert (over_http.status, over_http.data) == (201, published["message"])


async def test_sender_sees_held_messages_on_every_device(quiet):
    room, _, ben, hers, his = quiet
    personal = await ben.personal()
    held = await his.call("send-message", message(room, "one", "k1"))
    told = await personal.hears("held-updated")
    assert told == {
        "roomId": room,
        "state": "held",
        "message": held["message"],
        "releaseAt": held["releaseAt"],
    }
    other = await ben.chat()
    answer = await other.call("join-room", room)
    assert answer["held"] == [{name: held[name] for name in ("held", "releaseAt", "message")}]
    assert (await hers.call("join-room", room))["held"] == []


async def test_cancelled_message_is_never_published(quiet):
    room, ada, ben, hers, his = quiet
    personal = await ben.personal()
    held = await his.call("send-message", message(room, "one", "k1"))
    await his.call("send-message", message(room, "two", "k2"))

    assert (await his.call("cancel-held", {"roomId": room, "clientMessageId": "k1"})) == {"ok": True, "cancelled": True}

    cancelled = await personal.hears("held-updated", lambda told: told["state"] == "cancelled")
    assert (cancelled["message"], cancelled["releaseAt"]) == (held["message"], None)
    again = await his.call("cancel-held", {"roomId": room, "clientMessageId": "k1"})
    assert again == {"ok": True, "cancelled": False}
    await stop_room_focus(room, ada)
    await hers.hears("message")
    assert [said["content"] for said in hers.of("message")] == ["two"]
    late = await his.call("cancel-held", {"roomId": room, "clientMessageId": "k2"})
    assert late == {"ok": True, "cancelled": False}


async def test_muted_senders_held_message_is_refused_at_the_break(quiet):
    room, ada, ben, hers, his = quiet
    personal = await ben.personal()
    held = await his.call("send-message", message(room, "rude", "k1"))
    await ada.put(f"/api/study-rooms/{room}/members/{ben.id}/mute", {"seconds": 3600})

    await stop_room_focus(room, ada)

    refused = await personal.hears("held-refused")
    assert refused == {
        "roomId": room,
        "messageId": held["message"]["id"],
        "clientMessageId": "k1",
        "code": "muted",
    }
    assert hers.of("message") == []


async def test_switching_quiet_focus_off_publishes_at_once(quiet):
    room, ada, _, hers, his = quiet
    await his.call("send-message", message(room, "one"))

    changed = await ada.put(f"/api/study-rooms/{room}", {"quietFocus": "off"})

    assert changed.data["quietFocus"] == "off"
    assert (await hers.hears("message"))["content"] == "one"
    assert (await hers.hears("room-updated"))["room"]["quietFocus"] == "off"
    assert (await his.call("send-message", message(room, "two")))["message"]["seq"] == 2


async def test_twenty_first_held_message_is_rejected_until_the_break(quiet):
    room, _, ben, _, his = quiet
    for number in range(20):
        assert (await his.call("send-message", message(room, str(number))))["held"]
    rejected = await his.call("send-message", message(room, "too many"))
    assert rejected["error"]["code"] == "too_many_held"
    assert 1400 < rejected["error"]["retryAfter"] <= 1500
    over_http = await ben.post(f"/api/study-rooms/{room}/messages", {"content": "too many"})
    assert (over_http.status, over_http.body["code"]) == (409, "too_many_held")
    assert 1400 < int(over_http.headers["Retry-After"]) <= 1500


async def test_export_has_own_held_messages_only(quiet):
    room, ada, ben, _, his = quiet
    held = await his.call("send-message", message(room, "one", "k1"))
    mine, hers = [(await one.get("/api/auth/me/export")).body for one in (ben, ada)]
    assert mine["heldMessages"] == [{name: held[name] for name in ("held", "releaseAt", "message")}]
    assert hers["heldMessages"] == []


async def test_unread_counts_follow_the_release(quiet):
    room, ada, ben, hers, his = quiet
    personal = await ada.personal()
    await his.call("send-message", message(room, "one"))
    assert (await ada.get(f"/api/study-rooms/{room}")).data["unread"] == 0

    await stop_room_focus(room, ada)

    assert (await personal.hears("room-activity"))["lastSeq"] == 1
    assert (await ada.get(f"/api/study-rooms/{room}")).data["unread"] == 1
    await hers.hears("message")


async def test_restarted_server_releases_what_became_due(tmp_path):
    url = f"sqlite:///{tmp_path}/a.db"
    async with served(url) as school:
        ada, ben = await school.person("Ada"), await school.person("Ben")
        room = await ada.opens(quietFocus="hold")
        await ben.joins(room)
        await start_room_focus(room, ada)
        for content in ("one", "two"):
            held = await ben.post(f"/api/study-rooms/{room}/messages", {"content": content})
            assert held.status == 202
        storage = school.storage
        timer = await storage.room_timer(room)
        past = msgspec.structs.replace(timer, started_at="2026-01-01T00:00:00.000Z", auto_continue=False)
        await storage.set_room_timer(room, past, timer.version, "2026-01-01T00:00:00.000Z")
    async with served(url) as school:
        path = f"/api/study-rooms/{room}/messages"

        async def contents():
            answer = await school.request("GET", path, headers={"Authorization": f"Bearer {ada.token}"})
            return [said["content"] for said in answer.body["data"]["messages"]]

        async with asyncio.timeout(PATIENCE):
            while await contents() != ["one", "two"]:
                await asyncio.sleep(0)


@pytest.mark.slow
async def test_official_clients_get_held_acks_and_each_message_once(quiet, stack):
    """Clients that do not know `held`, from npm and PyPI, and npm's on the personal namespace."""
    official.look_for_npms()
    room, ada, ben, _, _ = quiet
    url, token = ada.served.url, ben.token
    page = await Script.run(stack, "page.mjs", url=url, namespace="/", auth={"token": token})
    npms = await Script.run(stack, "companion.mjs", url=url, token=token, room=room)
    pypis = await Companion.run(stack, url, token, room, "websocket")
    for client in (page, npms, pypis):
        await client.hears("connected" if client is page else "joined")

    npms.do("say", "from npm")
    first = await npms.hears("acked")
    await pypis.say("from PyPI")
    second = await pypis.hears("acked")
    assert (first["seq"], second["seq"]) == (0, 0)
    [held] = await page.hears("held-updated")
    assert (held["state"], held["message"], held["releaseAt"] > first["sentAt"]) == ("held", first, True)

    await stop_room_focus(room, ada)

    for client in (npms, pypis):
        await client.hears("kept", 2)
        kept = client.of("kept")
        assert [(one["seq"], one["id"]) for one in kept] == [(1, first["id"]), (2, second["id"])]
        assert (client.of("acked"), client.of("surprise")) == ([first if client is npms else second], [])

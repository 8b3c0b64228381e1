"""Everything about one person, for themselves: all of it, nothing of others', and no more memory than a page takes."""

import asyncio
import json
import resource

import aiohttp
import pytest

from domain import clock, ids
from domain.errors.storage import StorageUnavailable
from domain.messages import MessageDraft
from handlers import export
from services.accounts.export import BATCH_SIZE
from tests.support.factories import at
from tests.support.served import served

PATH = "/api/auth/me/export"


async def test_it_is_all_of_mine_and_nothing_of_others(school):
    ada, ben = await school.person("Ada"), await school.person("Ben", "Lindqvist")
    await ada.put(
        "/api/auth/me", {"bio": "Numbers", "avatar": "/ada.png", "language": "de", "timeZone": "Europe/Berlin"}
    )
    mine, theirs, left = await ada.opens("Mine"), await ben.opens("Ben's"), await ben.opens("Left")
    for room in (theirs, left):
        await ada.joins(room)
    said = []
    for room in (mine, theirs, left):
        path = f"/api/study-rooms/{room}/messages"
        said += [(await ada.post(path, {"content": f"mine {number}"})).data for number in range(2)]
        if room != mine:
            await ben.post(path, {"content": "Ben's secret"})
    his = (await ben.get(f"/api/study-rooms/{theirs}/messages")).data["messages"][-1]["id"]
    report = (await ada.post(f"/api/study-rooms/{theirs}/messages/{his}/report", {"reason": "rude"})).data
    await ada.post(f"/api/study-rooms/{left}/leave")
    await ben.put(f"/api/study-rooms/{theirs}/members/{ada.id}/mute", {"seconds": 300})

    answer = await ada.get(PATH)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    day = answer.body["generatedAt"][:10]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="studyhall-export-{day}.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-Id"]
    about_me = ["generatedAt", "profile", "signIns", "secondFactor"]
    of_rooms = ["rooms", "tasks", "messages", "heldMessages", "reports", "storedWithReports", "auditLog"]
    assert list(answer.body) == [
        *about_me,
        *of_rooms,
        "accountInvites",
        "promotions",
        "scheduledSessions",
        "going",
        "timers",
        "focusSessions",
        "focusDays",
    ]
    assert answer.body["profile"] == (await ada.get("/api/auth/me")).data
    assert answer.body["signIns"] == (await ada.get("/api/auth/sessions")).data
    rooms = {room["id"]: room for room in answer.body["rooms"]}
    assert [(rooms[room]["name"], rooms[room]["role"]) for room in (mine, theirs, left)] == [
        ("Mine", "owner"),
        ("Ben's", "member"),
        (None, None),
    ]
    assert rooms[theirs]["lastRead"] == 2
    assert rooms[theirs]["joinedAt"] < rooms[theirs]["mutedUntil"]
    assert answer.body["messages"] == said
    fields = ("id", "roomId", "reason", "status", "createdAt", "resolvedAt")
    assert answer.body["reports"] == [{**{name: report[name] for name in fields}, "kind": "message", "messageId": his}]
    [muted] = answer.body["auditLog"]
    assert (muted["action"], muted["was"], muted["roomId"]) == ("member-muted", "target", theirs)
    written = json.dumps(answer.body)
    for secret in ("Ben's secret", "Lindqvist", ben.id, "argon2", ada.refresh_token, "refreshHash"):
        assert secret not in written


async def test_who_has_nothing_gets_that(school):
    ada = await school.person()
    body = (await ada.get(PATH)).body
    assert [body[name] for name in ("rooms", "messages", "reports", "storedWithReports", "auditLog")] == [[]] * 5


async def test_more_than_a_page_of_everything_is_there_once(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    storage = school.storage
    sender = (await storage.user(ada.id)).summary
    rooms = [await ada.opens(f"Room {number}") for number in range(BATCH_SIZE + 3)]
    for room in rooms[:2]:
        await ben.joins(room)
        drafts = [
            MessageDraft(ids.new_id(), room, sender, str(number), at(number)) for number in range(2 * BATCH_SIZE + 1)
        ]
        await storage.add_messages(drafts)
    body = (await ada.get(PATH)).body
    assert sorted(room["id"] for room in body["rooms"]) == sorted(rooms)
    assert len({room["id"] for room in body["rooms"]}) == len(body["rooms"])
    numbers = list(range(1, 2 * BATCH_SIZE + 2))
    for room in rooms[:2]:
        assert [message["seq"] for message in body["messages"] if message["roomId"] == room] == numbers


async def test_it_is_asked_for_a_few_times_an_hour():
    settings = {"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_EXPORTS": "2/hour"}
    async with served(environ=settings) as school:
        ada, ben = await school.person("Ada"), await school.person("Ben")
        answers = [await ada.get(PATH) for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert answers[2].body["retryAfter"] > 0
        assert (await ben.get(PATH)).status == 200


class Failing:
    """Stands before a storage, and is away after so many pages of messages."""

    def __init__(self, inner, after):
        self._inner, self.left = inner, after

    def __getattr__(self, name):
        return getattr(self._inner, name)

    async def messages_sent(self, *arguments):
        self.left -= 1
        if self.left < 0:
            raise StorageUnavailable
        return await self._inner.messages_sent(*arguments)


async def test_a_storage_that_goes_away_in_the_middle_leaves_the_json_open_and_cuts_the_connection(school, complaints):
    ada = await school.person()
    room = await ada.opens()
    await ada.post(f"/api/study-rooms/{room}/messages", {"content": "hello"})
    exports = school.services.exporter
    exports._storage = Failing(exports._storage, after=0)
    async with school.http.get(school.url + PATH, headers={"Authorization": f"Bearer {ada.token}"}) as response:
        assert response.status == 200
        got = bytearray()
        with pytest.raises(aiohttp.ClientPayloadError):
            await _read_into(got, response.content)
    assert got.startswith(b'{"generatedAt"')
    assert not got.rstrip().endswith(b"}")
    assert [line for line in complaints() if "export" in line]
    exports._storage = exports._storage._inner
    assert (await ada.get(PATH)).status == 200


async def _read_into(got, content):
    async for piece in content.iter_any():
        got += piece


async def test_a_storage_that_is_away_from_the_start_is_told_as_ever(school):
    ada = await school.person()
    exports = school.services.exporter

    async def away(_):
        raise StorageUnavailable

    exports._sessions = type("Away", (), {"list_own": staticmethod(away)})
    answer = await ada.get(PATH)
    assert (answer.status, answer.body["code"]) == (503, "storage_unavailable")


async def _fill(storage, room, sender, count, content):
    for first in range(0, count, 1000):
        await storage.add_messages(
            [
                MessageDraft(ids.new_id(), room, sender, content, clock.format_timestamp(1_800_000_000 + n))
                for n in range(first, first + 1000)
            ]
        )


@pytest.mark.slow
async def test_who_does_not_read_costs_no_memory_and_is_cut_off_in_the_end(tmp_path, monkeypatch, complaints):
    """60,000 messages are 60 MB as JSON; what waits for the client is what the kernel and one page hold."""
    monkeypatch.setattr(export, "STALL_TIMEOUT", 1.0)
    async with served(f"sqlite:///{tmp_path}/a.db") as school:
        ada = await school.person()
        room = await ada.opens()
        storage = school.storage
        await _fill(storage, room, (await storage.user(ada.id)).summary, 60_000, "x" * 750)
        pages = []
        read = storage.messages_sent

        async def counted(*arguments):
            pages.append(arguments)
            return await read(*arguments)

        monkeypatch.setattr(storage, "messages_sent", counted)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        reader, writer = await asyncio.open_connection("127.0.0.1", school.port)
        writer.write(f"GET {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ada.token}\r\n\r\n".encode())
        await reader.readuntil(b"generatedAt")
        reader._transport.pause_reading()
        async with asyncio.timeout(60):
            while not [line for line in complaints() if "export" in line]:
                await asyncio.sleep(0.1)
        assert len(pages) < 60_000 / BATCH_SIZE / 4, "it went on reading for a client that does not"
        writer.close()

        monkeypatch.setattr(export, "STALL_TIMEOUT", 60.0)
        pages.clear()
        seen, tail = 0, b""
        async with school.http.get(school.url + PATH, headers={"Authorization": f"Bearer {ada.token}"}) as response:
            async for piece in response.content.iter_any():
                seen += piece.count(b'"seq":')
                tail = piece[-10:]
        assert tail.endswith(b"}\n")
        assert seen >= 60_000 - 1000  # of those cut in two by a piece some are not counted
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < 30_000, f"{grown} kB more for an export of 60 MB"

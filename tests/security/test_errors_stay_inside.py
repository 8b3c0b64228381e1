"""Internal errors: none grants access, and no response reveals the cause."""

import json
import logging
import re

import pytest

from domain.errors.storage import StorageUnavailable
from handlers import ROUTES
from storage.base import Storage
from tests.cases.authorisation import EVENTS, HTTP
from tests.support.authorisation import ACTORS, OK
from tests.support.scene import Ear, Scene
from tests.support.served import served

INSIDE = "postgresql://studyhall:hunter2@10.0.0.7/studyhall"
WITHOUT_STORAGE = {
    "/healthz",
    "/api/server",
    "/api/openapi.json",
    "/api/asyncapi.json",
    "/api/docs",
    "/api/docs/events",
} | {"/api/docs/style.css"}
LATE = "/api/auth/me/export"
"""Has begun to answer by the time that it reads, and is cut off."""


@pytest.fixture
async def scene():
    """A scene on a server without a cache, because a cache would still answer."""
    async with served(environ={"STUDYHALL_CACHE_URL": "off"}) as school:
        scene = await Scene.set(school, 0, private=False)
        yield scene
        await scene.is_over()


def _breaks(scene, monkeypatch, failure):
    """Make the storage fail at whatever it is asked for."""

    async def fail(*_, **__):
        raise failure

    for name in Storage.__abstractmethods__:
        monkeypatch.setattr(scene.school.storage, name, fail)


def _path(row):
    return row.does.split(" ")[1]


def test_exceptions_name_routes_that_exist():
    assert {*WITHOUT_STORAGE, LATE} - {route.path for route in ROUTES} == set()
    assert len({_path(row) for row in HTTP} - {*WITHOUT_STORAGE, LATE}) > 40
    assert len(EVENTS) > 5


async def test_a_failure_of_ours_is_logged_with_its_traceback_and_told_as_nothing(scene, monkeypatch, caplog):
    caplog.set_level(logging.ERROR)
    ear = await scene.ear("owner")
    _breaks(scene, monkeypatch, RuntimeError(f"cannot reach {INSIDE}"))

    failed = 0
    for row in HTTP:
        if _path(row) in {*WITHOUT_STORAGE, LATE}:
            continue
        said = await scene.asks(row, "owner")
        assert INSIDE not in said.raw
        assert not re.search(r"hunter2|RuntimeError|Traceback|\.py|line \d", said.raw)
        if said.status == 500:
            failed += 1
            assert said.code == "internal_error"
            assert caplog.records[-1].exc_info
            assert INSIDE in str(caplog.records[-1].exc_info[1])
    assert failed > 40
    for row in EVENTS:
        said = await ear.asks(row.does, json.loads(json.dumps(row.body).replace("<room>", scene.values["room"])))
        assert not re.search(r"hunter2|RuntimeError|Traceback|\.py", said.raw)
        assert said.code in {"internal_error", "token_invalid"}
    assert len(caplog.records) >= failed + len(EVENTS) - 1

    monkeypatch.undo()
    assert (await scene.people["owner"].get("/api/auth/me")).status == 200, "it goes on"
    assert (await ear.asks("join-room", scene.values["room"])).code == OK


async def test_while_the_storage_says_nothing_nobody_is_let_in(scene, monkeypatch):
    _breaks(scene, monkeypatch, StorageUnavailable())

    let_in = []
    for row in HTTP:
        if _path(row) not in {*WITHOUT_STORAGE, LATE}:
            for actor in ACTORS:
                said = await scene.asks(row, actor)
                is_open = all(code != "not_signed_in" for code in row.public.values())
                expected = {401} if actor == "nobody" and not is_open else {401, 403, 409, 503}
                if said.status not in expected:
                    let_in.append(f"{actor}: {row.name} is answered {said.status} {said.code}")
    assert let_in == []
    for actor in set(ACTORS) - {"nobody"}:
        ear = await Ear.opened(scene.school)
        for namespace in ("/", "/chat"):
            said = await ear.is_let_in(scene.people[actor].token, namespace)
            assert (said.status, said.code) == (0, "storage_unavailable")
        await ear.close()

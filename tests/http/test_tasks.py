"""Tasks over HTTP, and what the owner's devices and the room are told."""

import pytest

from tests.support.factories import make_room, make_task
from tests.support.served import served
from tests.support.staffed_room import code, staffed


def shown(task):
    """Return a task as other members see it."""
    return {name: task[name] for name in ("id", "title", "dueOn", "done", "estimateRounds", "position")}


async def add(person, title="Sheet 4", **fields):
    answer = await person.post("/api/tasks", {"title": title, **fields})
    assert answer.status == 201, answer
    return answer.data


async def change(person, task, **fields):
    return (await person.put(f"/api/tasks/{task['id']}", fields)).data


async def titles(person):
    return [task["title"] for task in (await person.get("/api/tasks")).data["tasks"]]


async def test_new_task_has_every_field(school):
    ada = await school.person("Ada")
    task = await add(ada, notes="page 3", dueOn="2028-02-29", estimateRounds=2)
    assert task == {
        "id": task["id"],
        "title": "Sheet 4",
        "notes": "page 3",
        "roomId": None,
        "dueOn": "2028-02-29",
        "done": False,
        "doneAt": None,
        "estimateRounds": 2,
        "spentSeconds": 0,
        "position": 0,
        "shared": False,
    }
    assert (await ada.get("/api/tasks")).data == {"tasks": [task], "hasMore": False}


async def test_null_clears_fields_and_absent_ones_stay(school):
    ada = await school.person("Ada")
    room = await ada.opens()
    task = await add(ada, notes="n", dueOn="2026-12-04", estimateRounds=2, roomId=room, shared=True)
    same = await change(ada, task, title=None, notes=None, done=None, shared=None)
    assert same == task, "null counts as absent where it clears nothing"
    cleared = await change(ada, task, dueOn=None, estimateRounds=None, roomId=None)
    assert cleared == task | {"dueOn": None, "estimateRounds": None, "roomId": None, "shared": False}
    assert (await change(ada, task, notes=""))["notes"] == ""


async def test_retry_with_client_id_adds_one_task(school):
    ada = await school.person("Ada")
    first = await add(ada, "One", clientId="key")
    assert await add(ada, "Two", clientId="key") == first
    assert await titles(ada) == ["One"]
    await ada.delete(f"/api/tasks/{first['id']}")
    again = await ada.post("/api/tasks", {"title": "Two", "clientId": "key"})
    assert (again.status, code(again)) == (404, "task_not_found")


async def test_done_tasks_are_paged(school):
    ada = await school.person("Ada")
    for number in range(5):
        await change(ada, await add(ada, str(number)), done=True)
    first = (await ada.get("/api/tasks?status=done&limit=2")).data
    assert ([task["title"] for task in first["tasks"]], first["hasMore"]) == (["4", "3"], True)
    rest = (await ada.get(f"/api/tasks?status=done&before={first['tasks'][1]['id']}")).data
    assert ([task["title"] for task in rest["tasks"]], rest["hasMore"]) == (["2", "1", "0"], False)
    assert await titles(ada) == []


async def test_bound_of_open_tasks_is_in_the_error(school):
    ada = await school.person("Ada")
    owner = await school.storage.user(ada.id)
    for number in range(1000):
        await make_task(school.storage, owner, str(number))
    refused = await ada.post("/api/tasks", {"title": "one more"})
    assert (refused.status, code(refused)) == (409, "too_many_tasks")
    assert "1,000" in refused.body["message"]


async def test_own_devices_are_told_of_every_change(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    tab, other = await ada.personal(), await ben.personal()
    first, second = await add(ada, "One"), await add(ada, "Two")
    moved = await change(ada, second, after=None)
    await ada.delete(f"/api/tasks/{first['id']}")
    await tab.hears("tasks-updated", lambda said: said["deleted"])
    told = [(said["tasks"], said["deleted"], said["reload"]) for said in tab.of("tasks-updated")]
    assert told == [([first], [], False), ([second], [], False), ([moved], [], False), ([], [first["id"]], False)]
    await other.settles()
    assert other.of("tasks-updated") == []


async def test_room_is_told_what_it_sees_of_a_task(school):
    room, path, ada, _, ben = await staffed(school)
    chat = await ada.chat(room)
    task = await add(ben, "Essay", roomId=room, notes="private")
    await change(ben, task, notes="still private")
    seen = await change(ben, task, shared=True)
    await change(ben, task, notes="unseen")
    done = await change(ben, task, done=True)
    await change(ben, task, shared=False)
    await change(ben, task, shared=True)
    await ben.delete(f"/api/tasks/{task['id']}")
    await chat.settles()
    told = [(said["tasks"], said["removed"]) for said in chat.of("room-tasks-updated")]
    gone = ([], [task["id"]])
    assert told == [([shown(seen)], []), ([shown(done)], []), gone, ([shown(done)], []), gone]
    assert {said["user"]["id"] for said in chat.of("room-tasks-updated")} == {ben.id}
    assert (await ada.get(f"{path}/tasks")).data == {"checklists": [], "hasMore": False}


async def test_task_that_goes_to_another_room_leaves_the_first(school):
    room, path, ada, _, ben = await staffed(school)
    other = await ben.opens("Other")
    await ada.joins(other)
    first, second = await ada.chat(room), await ada.chat(other)
    task = await add(ben, roomId=room, shared=True)
    moved = await change(ben, task, roomId=other, shared=True)
    await second.hears("room-tasks-updated", lambda said: said["tasks"] == [shown(moved)])
    await first.hears("room-tasks-updated", lambda said: said["removed"] == [task["id"]])
    assert (await ada.get(f"{path}/tasks")).data["checklists"] == []


async def test_checklists_are_in_the_order_of_names(school):
    room, path, ada, mo, ben = await staffed(school)
    tasks = {person.name: await add(person, roomId=room, shared=True) for person in (ben, ada, mo)}
    await add(ada, "Private", roomId=room)
    lists = (await ben.get(f"{path}/tasks")).data["checklists"]
    assert [(one["user"]["name"], one["tasks"]) for one in lists] == [
        (name, [shown(tasks[name])]) for name in sorted(tasks, key=str.casefold)
    ]


async def test_moderator_clears_a_task_which_its_owner_keeps(school):
    room, path, ada, mo, ben = await staffed(school)
    task = await add(ben, "Rude", roomId=room, shared=True)
    tab, chat = await ben.personal(), await ada.chat(room)
    assert (await ben.delete(f"{path}/tasks/{task['id']}")).status == 403
    assert (await mo.delete(f"{path}/tasks/{task['id']}")).status == 200
    assert (await tab.hears("tasks-updated"))["tasks"] == [task | {"shared": False}]
    notified = await tab.hears("notification")
    assert (notified["type"], notified["roomId"], notified["title"]) == ("task-cleared", room, "Rude")
    assert "user" not in notified, "the room's moderators act as one"
    assert (await chat.hears("room-tasks-updated"))["removed"] == [task["id"]]
    [entry] = [one for one in (await ada.get(f"{path}/audit-log")).data["entries"] if one["action"] == "task-cleared"]
    assert (entry["actor"]["id"], entry["target"]["id"], entry["details"]) == (mo.id, ben.id, {"taskId": task["id"]})
    assert (await mo.delete(f"{path}/tasks/{task['id']}")).status == 404


async def test_muted_member_is_told_until_when(school):
    room, path, ada, _, ben = await staffed(school)
    task = await add(ben, roomId=room, shared=True)
    await ada.put(f"{path}/members/{ben.id}/mute", {"seconds": 60})
    for refused in (
        await ben.put(f"/api/tasks/{task['id']}", {"title": "Other"}),
        await ben.post("/api/tasks", {"title": "Other", "roomId": room, "shared": True}),
    ):
        assert (refused.status, code(refused)) == (403, "muted")
        assert 55 < refused.body["retryAfter"] <= 60
    assert (await ben.delete(f"/api/tasks/{task['id']}")).status == 200


async def test_private_room_of_others_looks_like_a_missing_one(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    private = await ada.opens(visibility="private")
    task = await add(ben)
    for refused in (
        await ben.post("/api/tasks", {"title": "x", "roomId": private}),
        await ben.put(f"/api/tasks/{task['id']}", {"roomId": private}),
    ):
        assert (refused.status, code(refused)) == (404, "room_not_found")


@pytest.mark.parametrize("is_shared", [False, True])
async def test_only_shared_tasks_need_a_verified_email(is_shared):
    settings = {"STUDYHALL_ACCOUNTS_REQUIRE_VERIFIED": "true", "STUDYHALL_MAIL_HOST": "127.0.0.1"}
    settings["STUDYHALL_MAIL_SENDER"] = "hall@example.org"
    async with served("memory://", settings) as school:
        ada = await school.person("Ada")
        task = await add(ada)
        room = await make_room(school.storage, await school.storage.user(ada.id))
        answer = await ada.put(f"/api/tasks/{task['id']}", {"roomId": room.id, "shared": is_shared})
        assert answer.status == (403 if is_shared else 200)
        assert not is_shared or code(answer) == "email_not_verified"


async def test_rate_of_changes_is_limited():
    async with served("memory://", {"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_TASKS": "3/hour"}) as school:
        ada = await school.person("Ada")
        task = await add(ada)
        assert [(await ada.put(f"/api/tasks/{task['id']}", {"done": True})).status for _ in range(3)] == [200, 200, 429]
        assert (await ada.delete(f"/api/tasks/{task['id']}")).status == 200


async def test_old_keys_are_purged(school):
    ada = await school.person("Ada")
    await add(ada, "One", clientId="key")
    service = school.services.tasks
    await service.purge_keys()
    assert [task["title"] for task in [await add(ada, "Two", clientId="key")]] == ["One"]
    assert await school.storage.purge_task_keys("2099-01-01T00:00:00.000Z", 10) == 1
    assert (await add(ada, "Two", clientId="key"))["title"] == "Two"

"""Audit log of a room: actions, pages, and names of deleted accounts."""

from tests.support.staffed_room import code, staffed


async def test_the_log_has_everything_that_was_done_by_virtue_of_a_role(school):
    room, path, ada, mo, ben = await staffed(school)
    cleo = await school.person("Cleo")
    invite = (await ada.post(f"{path}/invites", {"uses": 2})).data
    await cleo.post(f"/api/invites/{invite['code']}")
    await ada.delete(f"{path}/invites/{invite['id']}")
    until = (await mo.put(f"{path}/members/{ben.id}/mute", {"seconds": 60})).data["mutedUntil"]
    await mo.delete(f"{path}/members/{ben.id}/mute")
    await mo.delete(f"{path}/members/{cleo.id}")
    await mo.put(f"{path}/bans/{ben.id}", {"reason": "spam"})
    await mo.delete(f"{path}/bans/{ben.id}")
    await ada.put(path, {"name": "Algebra", "visibility": "private", "description": "Rings"})
    message = (await mo.post(f"{path}/messages/system", {"content": "Break"})).data
    await ada.put(path, {"ownerId": mo.id})

    log = (await mo.get(f"{path}/audit-log")).data

    assert log["hasMore"] is False
    done = [
        (e["action"], e["actor"]["id"], e["target"] and e["target"]["id"], e["details"]) for e in log["entries"][::-1]
    ]
    assert done == [
        ("role-changed", ada.id, mo.id, {"role": "moderator"}),
        (
            "invite-created",
            ada.id,
            None,
            {"inviteId": invite["id"], "expiresAt": invite["expiresAt"], "uses": 2},
        ),
        ("invite-used", cleo.id, None, {"inviteId": invite["id"]}),
        ("invite-revoked", ada.id, None, {"inviteId": invite["id"]}),
        ("member-muted", mo.id, ben.id, {"until": until}),
        ("member-unmuted", mo.id, ben.id, {}),
        ("member-removed", mo.id, cleo.id, {}),
        ("member-banned", mo.id, ben.id, {"reason": "spam"}),
        ("member-unbanned", mo.id, ben.id, {}),
        ("room-changed", ada.id, None, {"fields": ["description", "name", "visibility"], "visibility": "private"}),
        ("system-message-posted", mo.id, None, {"messageId": message["id"]}),
        ("room-handed-over", ada.id, mo.id, {}),
    ]
    assert log["entries"][0]["actor"] == {"id": ada.id, "name": ada.name, "avatar": None}
    assert code(await ada.get(f"{path}/audit-log")) == "forbidden", "a moderator does not read it"


async def test_the_log_is_read_backwards_page_by_page(school):
    ada = await school.person()
    room = await ada.opens()
    path = f"/api/study-rooms/{room}"
    for number in range(5):
        await ada.put(path, {"name": f"{number}"})

    first = (await ada.get(f"{path}/audit-log?limit=3")).data
    rest = (await ada.get(f"{path}/audit-log?limit=3&before={first['entries'][-1]['id']}")).data

    assert (first["hasMore"], rest["hasMore"]) == (True, False)
    ids = [entry["id"] for entry in first["entries"] + rest["entries"]]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 5


async def test_an_account_that_is_deleted_leaves_no_name_in_log_bans_or_messages(school):
    room, path, ada, mo, ben = await staffed(school)
    await mo.put(f"{path}/bans/{ben.id}", {})
    for person in (mo, ben):
        await person.deletes_their_account()

    log = (await ada.get(f"{path}/audit-log")).data["entries"]

    assert {entry["actor"]["name"] for entry in log if entry["action"] == "member-banned"} == {"Deleted user"}
    assert {entry["target"]["name"] for entry in log} == {"Deleted user"}
    [ban] = (await ada.get(f"{path}/bans")).data
    assert (ban["user"]["name"], ban["bannedBy"]["name"]) == ("Deleted user", "Deleted user")
    said = [message["content"] for message in (await ada.get(f"{path}/messages")).data["messages"]]
    assert said == ["“Ada Okafor” made “Deleted user” a moderator", "“Deleted user” removed “Deleted user”"]
    assert room


async def test_a_deleted_room_is_in_the_servers_log(school, caplog):
    caplog.set_level("INFO")
    ada = await school.person()
    room = await ada.opens()
    await ada.delete(f"/api/study-rooms/{room}")
    [fields] = [record.fields for record in caplog.records if record.getMessage() == "room_deleted"]
    assert (fields["room"], fields["user"]) == (room, ada.id)

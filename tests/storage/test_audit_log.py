"""Conformance: reading the audit log, and redacting names in it (storage/base/moderation/audit_log.py)."""

import msgspec

from domain import ids
from domain.accounts import DELETED_NAME
from tests.support.factories import at, draft, make_invite, make_room, make_user, new_act, post


async def test_the_log_is_read_backwards_page_by_page(storage, room, ada):
    acts = [new_act(room, ada, "room-changed") for _ in range(5)]
    for number, act in enumerate(acts):
        await storage.change_room(room.id, {"name": f"{number}"}, act)
    ids_backwards = [act.id for act in acts[::-1]]
    assert [entry.id for entry in await storage.audit_log(room.id, limit=3)] == ids_backwards[:3]
    rest = await storage.audit_log(room.id, before=ids_backwards[2], limit=3)
    assert [entry.id for entry in rest] == ids_backwards[3:]
    assert await storage.audit_log(room.id, before=acts[0].id, limit=3) == []
    assert await storage.audit_log(ids.new_id(), limit=3) == []


async def test_the_log_shows_the_names_of_today_and_none_of_who_is_gone(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await storage.remove_member(room.id, bob.id, new_act(room, ada, "member-removed", bob))
    await storage.change_user(ada.id, {"first_name": "Augusta"})
    [entry] = await storage.audit_log(room.id, limit=1)
    assert (entry.actor.name, entry.target.name) == ("Augusta Lovelace", "Bob Lovelace")
    await storage.delete_user(bob.id)
    [entry] = await storage.audit_log(room.id, limit=1)
    assert (entry.actor.name, entry.target.name) == ("Augusta Lovelace", DELETED_NAME)


async def test_a_name_goes_out_of_what_the_room_said_with_the_account(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    plain = draft(room, None)
    said = "Ada Lovelace removed Bob Lovelace"
    named = type(plain)(plain.id, room.id, None, said, plain.timestamp, mentioned_users=(ada.summary, bob.summary))
    await post(storage, named, draft(room, ada, "Bob Lovelace, come back"))
    await storage.change_user(bob.id, {"first_name": "Robert"})
    await storage.delete_user(bob.id)
    assert [message.content for message in await storage.messages_after(room.id, 0, 10)] == [
        f"Ada Lovelace removed {DELETED_NAME}",
        "Bob Lovelace, come back",
    ]
    late = type(plain)(ids.new_id(), room.id, None, said, plain.timestamp, mentioned_users=(bob.summary,))
    [message] = await post(storage, late)
    assert message.content == f"Ada Lovelace removed {DELETED_NAME}"
    assert (await storage.messages_before(room.id, None, 1)) == [message]


async def test_one_name_is_redacted_as_a_word_and_leaves_longer_names(storage):
    names = {"Ada": "", "Adam": "", "made": "", "Deleted": "", "Mx (K.)": "", "Ada ": "Adamson"}
    people = {
        f"{first}{last}": await make_user(storage, first.strip(), last_name=last) for first, last in names.items()
    }
    room = await make_room(storage, people["Adam"])
    said = "Ada made Ada Adamson & made made Adam & Deleted made Mx (K.)"
    senders = tuple(person.summary for person in people.values())
    await post(storage, msgspec.structs.replace(draft(room, None, said), mentioned_users=senders))
    for gone, left in (
        ("Ada", "- made Ada Adamson & made made Adam & Deleted made Mx (K.)"),
        ("Deleted", "- made Ada Adamson & made made Adam & - made Mx (K.)"),
        ("Ada Adamson", "- made - & made made Adam & - made Mx (K.)"),
        ("Mx (K.)", "- made - & made made Adam & - made -"),
    ):
        await storage.delete_user(people[gone].id)
        [message] = await storage.messages_after(room.id, 0, 10)
        assert message.content == left.replace("-", DELETED_NAME)


async def test_a_deleted_room_takes_all_of_it_along(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    invite = await make_invite(storage, room, ada)
    await storage.mute_member(room.id, bob.id, at(60), new_act(room, ada, "member-muted", bob))
    await storage.add_ban(room.id, bob.id, "", new_act(room, ada, "member-banned", bob))
    await storage.delete_room(room.id)
    assert await storage.invite_by_code(invite.code) is None
    assert await storage.invites(room.id, at(0)) == []
    assert await storage.bans(room.id, 10) == []
    assert await storage.is_banned(room.id, bob.id) is False
    assert await storage.audit_log(room.id, limit=10) == []

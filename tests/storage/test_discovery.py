"""Conformance: discovery and search of public rooms (storage/base/rooms/rooms.py), on every backend."""

from tests.support.alike import ALIKE, DIFFERENT
from tests.support.factories import make_room
from text import normalise


async def test_public_rooms_that_one_is_no_member_of_are_discovered_newest_first(storage, ada, bob):
    rooms = [await make_room(storage, ada, name=f"Room {number}") for number in range(5)]
    await make_room(storage, ada, visibility="private")
    await make_room(storage, ada, bob)
    await make_room(storage, bob)
    newest_first = sorted(rooms, key=lambda room: room.id, reverse=True)
    assert await storage.discover(bob.id, limit=10) == newest_first
    assert await storage.discover(bob.id, limit=2) == newest_first[:2]
    assert await storage.discover(bob.id, before=newest_first[1].id, limit=2) == newest_first[2:4]
    assert await storage.discover(bob.id, before=newest_first[-1].id, limit=2) == []


SOUGHT = [
    ({"name": "Linear Algebra"}, "algebra"),
    ({"subject": "Mathematics"}, "MATH"),
    ({"description": "We read Évariste Galois"}, "évariste"),
    ({"name": "Straße"}, "STRASSE"),
    ({"name": "100 % sure"}, "0 % s"),
    ({"name": "snake_case"}, "e_c"),
    ({"name": "back\\slash"}, "k\\s"),
    ({"name": "'; DROP TABLE rooms; --"}, "'; DROP TABLE rooms; --"),
    ({"name": "(a+)+$ [b]*"}, "(a+)+$ [b]*"),
    ({"name": "😀 smile 👩‍🚀"}, "👩‍🚀"),
    ({"name": "مرحبا بالعالم"}, "بالعالم"),
    ({"name": "replaced \ufffd"}, "\ufffd"),
    ({"description": "two\nlines"}, "o\nl"),
    ({"name": "\U0001d4b3" * 80}, "\U0001d4b3" * 80),
]


async def test_what_is_sought_is_found_without_case_and_literally(storage, ada, bob):
    for decoy in ("plain", "snakeXcase", "100 Xsure", "backslash", "aaa b"):
        await make_room(storage, ada, name=decoy)
    for found, sought in SOUGHT:
        room, key = await make_room(storage, ada, **found), normalise.search_key(sought)
        assert await storage.discover(bob.id, search=key, limit=10) == [room], sought
        assert await storage.discover(bob.id, search=key, limit=10, before=room.id) == [], sought


async def test_discover_search_ignores_case_and_accents(storage, ada, bob):
    for number, (_, name) in enumerate(ALIKE):
        await make_room(storage, ada, name=f"{number:02} {name}")
    changed = await make_room(storage, ada, name="plain")
    for number, pair in enumerate(ALIKE):
        await storage.change_room(changed.id, {"description": f"{number:02} {pair[0]}"})
        for words in pair:
            found = await storage.discover(bob.id, search=normalise.search(f"{number:02} {words}"), limit=10)
            assert len(found) == 2, pair


async def test_discover_search_tells_letters_apart(storage, ada, bob):
    for number, (_, name) in enumerate(DIFFERENT):
        await make_room(storage, ada, name=f"{number:02}{name}")
    for number, pair in enumerate(DIFFERENT):
        assert await storage.discover(bob.id, search=normalise.search(f"{number:02}{pair[0]}"), limit=10) == [], pair
    assert await storage.discover(bob.id, search=normalise.search("\u0301"), limit=10) == []


async def test_what_is_not_there_is_not_found(storage, ada, bob):
    await make_room(storage, ada, name="Algebra", subject="Maths", description="Rings")
    for sought in ("%", "_", "\\", "*", "zebra", "'"):
        assert await storage.discover(bob.id, search=sought, limit=10) == [], sought


async def test_a_changed_room_is_found_by_what_it_is_now(storage, ada, bob):
    room = await make_room(storage, ada, name="Algebra", description="Rings")
    changed = await storage.change_room(room.id, {"name": "Geometry"})
    assert await storage.discover(bob.id, search="algebra", limit=10) == []
    assert await storage.discover(bob.id, search="geometry", limit=10) == [changed]
    assert await storage.discover(bob.id, search="rings", limit=10) == [changed]

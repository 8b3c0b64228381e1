"""runtime/bounded_dict.py"""

from runtime.bounded_dict import BoundedDict


def _filled(size, *keys):
    entries = BoundedDict(size)
    for key in keys:
        entries[key] = key.upper()
    return entries


def test_store_beyond_maximum_evicts_the_oldest_entry():
    assert list(_filled(3, *"abcd").items()) == [("b", "B"), ("c", "C"), ("d", "D")]


def test_store_of_a_present_key_replaces_it_and_makes_it_the_newest():
    entries = _filled(2, "a", "b")
    entries["a"] = "again"
    assert list(entries.items()) == [("b", "B"), ("a", "again")]
    entries["c"] = "C"
    assert list(entries) == ["a", "c"]


def test_reading_does_not_delay_eviction():
    entries = _filled(2, "a", "b")
    assert entries["a"] == entries.get("a") == "A"
    assert "a" in entries
    entries["c"] = "C"
    assert list(entries) == ["b", "c"]


def test_every_way_of_storing_is_bounded():
    entries = _filled(2, "a", "b")
    assert entries.setdefault("c", "C") == "C"
    assert list(entries) == ["b", "c"]
    entries.update(d="D", e="E")
    assert list(entries) == ["d", "e"]
    entries |= {"f": "F"}
    assert list(entries) == ["e", "f"]


def test_setdefault_of_a_present_key_stores_nothing():
    entries = _filled(2, "a", "b")
    assert entries.setdefault("a", "other") == "A"
    assert list(entries) == ["a", "b"]


def test_maximum_of_one_holds_the_latest_entry():
    assert list(_filled(1, *"abc")) == ["c"]


def test_deleted_entries_leave_room():
    entries = _filled(2, "a", "b")
    del entries["a"]
    entries["c"] = "C"
    assert list(entries) == ["b", "c"]

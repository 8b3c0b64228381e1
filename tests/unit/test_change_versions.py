"""Versions of tags: a value is current as long as none of its tags has changed since it was read."""

from hypothesis import given, strategies as st

from runtime.change_versions import ChangeVersions


def test_value_is_current_until_one_of_its_tags_changes():
    versions = ChangeVersions()
    versions.change(["room:1"])
    since = versions.now
    versions.change(["room:2"])
    assert not versions.has_changed(["room:1", "names"], since)
    versions.change(["names"])
    assert versions.has_changed(["room:1", "names"], since)


def test_value_read_before_changes_that_were_forgotten_counts_as_changed():
    versions = ChangeVersions(max_tags=4)  # the last two to four
    versions.change(["a"])
    since = versions.now
    for tag in "bcd":
        versions.change([tag])
    assert not versions.has_changed(["z"], since)
    versions.change(["e"])  # forgets "a" and "b"
    assert versions.has_changed(["z"], since)
    assert versions.has_changed(["c"], since)
    assert not versions.has_changed(["z"], versions.now)
    assert not versions.has_changed(["d"], versions.now)


def test_held_tag_counts_as_changed_until_each_of_its_holds_has_ended():
    versions = ChangeVersions()
    first, second = versions.hold(["a", "b"]), versions.hold(["a"])
    assert versions.has_changed(["a"], versions.now)
    first()
    assert versions.has_changed(["a"], versions.now)
    assert not versions.has_changed(["b"], versions.now)
    second()
    assert not versions.has_changed(["a"], versions.now)


def test_too_many_held_tags_hold_all():
    versions = ChangeVersions(max_held=2)
    few, many = versions.hold(["a", "b"]), versions.hold(["c"])
    assert versions.has_changed(["z"], versions.now)
    many()
    assert not versions.has_changed(["z"], versions.now)
    few()
    assert not versions.has_changed(["a"], versions.now)


TAGS = st.sampled_from("abcde")


@given(st.lists(st.lists(TAGS, max_size=3), max_size=30), st.integers(1, 5), st.integers(0, 30), st.lists(TAGS))
def test_change_is_never_missed(changes, max_tags, since, tags):
    versions = ChangeVersions(max_tags=max_tags)
    for changed in changes:
        versions.change(changed)
    if any(set(tags) & set(changed) for changed in changes[since:]):
        assert versions.has_changed(tags, since)
    assert not versions.has_changed(tags, versions.now)

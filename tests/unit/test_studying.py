"""Choice of the members who study now in a user's rooms."""

from domain.study.studying import Place, studying_places


def place(room, user, activity=None, *, status="active", focusing=False):
    return Place(room, user, status, activity, focusing)


def test_studying_members_are_ordered_by_focus_then_activity():
    here, working, focusing = place("a", "bob"), place("a", "cy", "Sheet 4"), place("b", "dee", focusing=True)
    assert studying_places([here, working, focusing], "ada", 9) == [focusing, working, here]
    assert studying_places([here, working, focusing], "ada", 2) == [focusing, working]


def test_member_in_several_rooms_is_listed_once_where_they_study():
    quiet, working, focusing = place("a", "bob"), place("b", "bob", "Essay"), place("c", "bob", focusing=True)
    assert studying_places([quiet, working, focusing], "ada", 9) == [focusing]
    assert studying_places([quiet, working], "ada", 9) == [working]
    assert studying_places([quiet, place("d", "bob")], "ada", 9) == [quiet]


def test_viewer_and_members_who_are_away_are_left_out():
    away, paper = place("a", "bob", status="away"), place("a", "cy", status="away", focusing=True)
    assert studying_places([place("a", "ada", focusing=True), away, paper], "ada", 9) == [paper]

"""The roster by example: the cases that somebody would ask about."""

import pytest

from domain.clock import Instant
from domain.presence import PresenceRecord
from services.presence.changes import Joined, Left, StatusChanged
from services.presence.tracker import PresenceTracker

GRACE, AWAY_AFTER = 10.0, 300.0


@pytest.fixture
def roster():
    return PresenceTracker(GRACE, AWAY_AFTER)


def at(second):
    return Instant(float(second), f"t{second}")


def choose(roster, status, now):
    return roster.set_choice("r", "ada", status, None, now, is_input=True)


def test_the_second_tab_of_a_person_is_not_announced(roster):
    assert roster.join("r", "ada", "a1", at(0)) == [Joined("r", "ada", "active", "t0", None, 1, 1)]
    assert roster.join("r", "ada", "a2", at(1)) == []
    assert roster.leave("r", "a1", at(2)) == []
    assert roster.leave("r", "a2", at(3)) == [Left("r", "ada", 0, 2)]


def test_joining_twice_with_one_connection_is_no_change(roster):
    roster.join("r", "ada", "a1", at(0))
    assert roster.join("r", "ada", "a1", at(1)) == []
    assert roster.leave("r", "a1", at(2)) == [Left("r", "ada", 0, 2)]


def test_a_connection_belongs_to_one_person(roster):
    roster.join("r", "ada", "a1", at(0))
    with pytest.raises(ValueError, match="a1 belongs to another user"):
        roster.join("r", "bob", "a1", at(1))
    assert roster.rooms_of("bob") == []


def test_leaving_a_room_one_is_not_in_says_nothing(roster):
    roster.join("r", "ada", "a1", at(0))
    assert roster.leave("other", "a1", at(1)) == []
    assert roster.leave("r", "b1", at(1)) == []
    assert roster.remove("r", "bob") == []


def test_coming_back_within_the_grace_is_silent_and_keeps_the_status(roster):
    roster.join("r", "ada", "a1", at(0))
    choose(roster, "busy", at(1))
    roster.connection_lost("a1", at(2))
    assert roster.tick(at(11.9)) == []
    assert roster.join("r", "ada", "a2", at(11.9)) == []
    assert roster.tick(at(12)) == []
    assert roster.present("r") == [PresenceRecord("ada", "busy", "t1")]


def test_who_does_not_come_back_has_left_when_the_grace_ends(roster):
    roster.join("r", "ada", "a1", at(0))
    roster.connection_lost("a1", at(2))
    assert roster.next_deadline() == 12
    assert roster.tick(at(12)) == [Left("r", "ada", 0, 2)]
    assert roster.next_deadline() is None


def test_a_lost_connection_is_lost_in_every_room_it_was_in(roster):
    for room in ("r", "s"):
        roster.join(room, "ada", "a1", at(0))
    assert roster.rooms_of_connection("a1") == ["r", "s"]
    roster.connection_lost("a1", at(1))
    assert roster.rooms_of_connection("a1") == []
    assert roster.rooms_of("ada") == ["r", "s"]
    assert roster.tick(at(11)) == [Left("r", "ada", 0, 2), Left("s", "ada", 0, 2)]


def test_depart_leaves_every_room_without_a_grace(roster):
    roster.join("r", "ada", "a1", at(0))
    roster.join("s", "ada", "a1", at(0))
    assert roster.disconnect("a1", at(1)) == [Left("r", "ada", 0, 2), Left("s", "ada", 0, 2)]
    assert roster.disconnect("a1", at(1)) == []


def test_depart_on_one_device_keeps_the_others_seat(roster):
    roster.join("r", "ada", "laptop", at(0))
    roster.join("r", "ada", "phone", at(0))
    assert roster.disconnect("phone", at(1)) == []
    roster.connection_lost("laptop", at(2))
    roster.join("r", "ada", "tablet", at(3))
    assert roster.disconnect("tablet", at(4)) == [Left("r", "ada", 0, 2)]


def test_depart_waits_for_a_device_inside_its_grace(roster):
    roster.join("r", "ada", "laptop", at(0))
    roster.join("r", "ada", "phone", at(0))
    roster.connection_lost("phone", at(5))
    assert roster.disconnect("laptop", at(6)) == []
    assert roster.tick(at(15)) == [Left("r", "ada", 0, 2)]


def test_a_tab_inside_its_grace_keeps_the_person_there_when_the_other_one_leaves(roster):
    roster.join("r", "ada", "phone", at(0))
    roster.join("r", "ada", "laptop", at(0))
    roster.connection_lost("phone", at(5))
    assert roster.leave("r", "laptop", at(6)) == []
    assert roster.next_deadline() == 15
    assert roster.tick(at(15)) == [Left("r", "ada", 0, 2)]


def test_a_tab_whose_grace_is_over_does_not_hold_the_person_even_before_the_tick(roster):
    roster.join("r", "ada", "phone", at(0))
    roster.join("r", "ada", "laptop", at(0))
    roster.connection_lost("phone", at(5))
    assert roster.leave("r", "laptop", at(15)) == [Left("r", "ada", 0, 2)]


def test_leaving_from_a_tab_that_was_reconnected_acts_at_once(roster):
    roster.join("r", "ada", "a1", at(0))
    roster.connection_lost("a1", at(1))
    roster.join("r", "ada", "a2", at(2))
    assert roster.leave("r", "a2", at(3)) == [Left("r", "ada", 0, 2)]


def test_each_lost_tab_may_come_back_silently(roster):
    for tab in ("a1", "a2"):
        roster.join("r", "ada", tab, at(0))
    roster.connection_lost("a1", at(1))
    roster.connection_lost("a2", at(2))
    assert roster.join("r", "ada", "a3", at(3)) == []
    assert roster.leave("r", "a3", at(4)) == []
    assert roster.join("r", "ada", "a4", at(5)) == []
    assert roster.leave("r", "a4", at(6)) == [Left("r", "ada", 0, 2)]


def test_who_comes_back_answers_for_the_earliest_loss(roster):
    for tab in ("a1", "a2"):
        roster.join("r", "ada", tab, at(0))
    roster.connection_lost("a1", at(0))
    roster.connection_lost("a2", at(5))
    roster.join("r", "ada", "a3", at(6))
    roster.leave("r", "a3", at(7))
    assert roster.tick(at(10)) == []
    assert roster.tick(at(15)) == [Left("r", "ada", 0, 2)]


def test_a_later_loss_of_one_does_not_hold_up_the_grace_of_another(roster):
    for user, tab in (("ada", "a1"), ("ada", "a2"), ("bob", "b1")):
        roster.join("r", user, tab, at(0))
    roster.connection_lost("a1", at(0))
    roster.connection_lost("b1", at(5))
    roster.connection_lost("a2", at(6))
    assert roster.next_deadline() == 15
    assert roster.tick(at(15)) == [Left("r", "bob", 1, 3)]
    assert roster.tick(at(16)) == [Left("r", "ada", 0, 4)]


def test_an_act_of_one_does_not_hold_up_that_another_is_away(roster):
    roster.join("r", "ada", "a1", at(0))
    roster.join("r", "bob", "b1", at(0))
    roster.touch("r", "ada", at(10))
    assert roster.tick(at(300)) == [StatusChanged("r", "bob", "away", "t0", None, 3)]


def test_without_a_grace_who_is_lost_has_left_at_the_next_tick():
    roster = PresenceTracker(0, AWAY_AFTER)
    roster.join("r", "ada", "a1", at(0))
    roster.connection_lost("a1", at(1))
    assert roster.next_deadline() == 1
    assert roster.tick(at(1)) == [Left("r", "ada", 0, 2)]


def test_removing_takes_every_device_and_every_grace(roster):
    for device in ("phone", "laptop", "tablet"):
        roster.join("r", "ada", device, at(0))
    roster.connection_lost("tablet", at(1))
    assert roster.remove("r", "ada") == [Left("r", "ada", 0, 2)]
    assert roster.leave("r", "phone", at(2)) == []
    assert roster.tick(at(100)) == []


def test_a_closed_room_is_forgotten_without_a_word(roster):
    roster.join("r", "ada", "a1", at(0))
    roster.join("s", "ada", "a1", at(0))
    roster.join("r", "bob", "b1", at(0))
    roster.connection_lost("b1", at(1))
    roster.close_room("r")
    assert roster.present("r") == []
    assert roster.rooms_of("ada") == roster.rooms_of_connection("a1") == ["s"]
    assert roster.take_dirty() == ["s"]
    assert roster.tick(at(20)) == []


def test_somebody_idle_is_away_until_they_act(roster):
    roster.join("r", "ada", "a1", at(0))
    assert roster.tick(at(299)) == []
    assert roster.tick(at(300)) == [StatusChanged("r", "ada", "away", "t0", None, 2)]
    assert roster.touch("r", "ada", at(400)) == [StatusChanged("r", "ada", "active", "t400", None, 3)]
    assert roster.next_deadline() == 700


def test_an_act_puts_off_being_away(roster):
    roster.join("r", "ada", "a1", at(0))
    assert roster.touch("r", "ada", at(200)) == []
    assert roster.tick(at(300)) == []
    assert roster.present("r") == [PresenceRecord("ada", "active", "t200")]
    assert roster.tick(at(500)) == [StatusChanged("r", "ada", "away", "t200", None, 2)]


@pytest.mark.parametrize("status", ["away", "busy"])
def test_chosen_status_stands_through_acts_and_idling(roster, status):
    roster.join("r", "ada", "a1", at(0))
    choose(roster, status, at(1))
    assert roster.touch("r", "ada", at(2)) == []
    assert roster.tick(at(1000)) == []
    roster.connection_lost("a1", at(1001))
    roster.join("r", "ada", "a2", at(1002))
    assert roster.touch("r", "ada", at(1003)) == roster.tick(at(9000)) == []
    assert roster.present("r") == [PresenceRecord("ada", status, "t1003")]
    assert roster.chosen_status("r", "ada") == status


def test_join_with_stored_choice_shows_it_at_once(roster):
    notices = roster.join("r", "ada", "a1", at(3), chosen="busy", activity="Sheet 4")
    assert notices == [Joined("r", "ada", "busy", "t3", "Sheet 4", 1, 1)]
    assert roster.tick(at(303)) == roster.touch("r", "ada", at(304)) == []
    assert roster.chosen_status("r", "ada") == "busy"
    assert roster.join("r", "ada", "a2", at(305), chosen=None, activity="Other") == []
    assert (roster.chosen_status("r", "ada"), roster.activity("r", "ada")) == ("busy", "Sheet 4")


def test_tick_with_a_limit_leaves_the_rest_due(roster):
    for number in range(7):
        roster.join("r", f"u{number}", f"c{number}", at(0))
    for number in range(2):
        roster.connection_lost(f"c{number}", at(290))
    changed = [[notice.user for notice in roster.tick(at(300), limit=3)] for _ in range(4)]
    assert changed == [["u0", "u1", "u2"], ["u3", "u4", "u5"], ["u6"], []]
    assert roster.next_deadline() is None
    assert roster.active_members("r") == 5


def test_activity_changes_without_input_leave_user_away(roster):
    roster.join("r", "ada", "a1", at(0), activity="Rude words")
    assert roster.tick(at(300)) == [StatusChanged("r", "ada", "away", "t0", "Rude words", 2)]
    cleared = roster.set_choice("r", "ada", None, None, at(301), is_input=False)
    assert cleared == [StatusChanged("r", "ada", "away", "t0", None, 3)]
    typed = roster.set_choice("r", "ada", None, "Sheet 4", at(302), is_input=True)
    assert typed == [StatusChanged("r", "ada", "active", "t302", "Sheet 4", 4)]


def test_user_with_focus_session_is_not_away_before_it_ends():
    focusing = {"ada"}
    roster = PresenceTracker(GRACE, AWAY_AFTER, focusing.__contains__)
    roster.join("r", "ada", "a1", at(0))
    assert roster.tick(at(300)) == roster.tick(at(600)) == []
    assert roster.present("r") == [PresenceRecord("ada", "active", "t0")]
    assert roster.next_deadline() == 900
    focusing.clear()
    assert roster.tick(at(900)) == [StatusChanged("r", "ada", "away", "t0", None, 2)]


def test_automatic_status_follows_acts_again(roster):
    roster.join("r", "ada", "a1", at(0))
    choose(roster, "busy", at(1))
    assert choose(roster, None, at(1001)) == [StatusChanged("r", "ada", "active", "t1001", None, 3)]
    assert roster.tick(at(1301)) == [StatusChanged("r", "ada", "away", "t1001", None, 4)]
    assert roster.touch("r", "ada", at(1302)) == [StatusChanged("r", "ada", "active", "t1302", None, 5)]


def test_the_status_one_has_is_not_announced_again(roster):
    roster.join("r", "ada", "a1", at(0))
    assert choose(roster, None, at(1)) == []
    assert roster.version("r") == 1


def test_choice_applies_inside_the_grace_period(roster):
    assert choose(roster, "busy", at(0)) == []
    roster.join("r", "ada", "a1", at(0))
    roster.connection_lost("a1", at(1))
    assert not roster.is_connected("r", "ada")
    assert choose(roster, "busy", at(2)) == [StatusChanged("r", "ada", "busy", "t2", None, 2)]
    assert roster.present("r") == [PresenceRecord("ada", "busy", "t2")]


def test_acting_in_a_room_one_is_not_in_says_nothing(roster):
    assert roster.touch("r", "ada", at(0)) == []
    assert roster.take_dirty() == []


def test_people_are_shown_in_the_order_of_joining(roster):
    for user in ("zoe", "ada", "mia"):
        roster.join("r", user, f"{user}1", at(0))
    roster.remove("r", "zoe")
    roster.join("r", "zoe", "zoe2", at(1))
    assert [person.user_id for person in roster.present("r")] == ["ada", "mia", "zoe"]


def test_storage_is_told_of_each_changed_room_once_and_of_one_that_emptied(roster):
    roster.join("r", "ada", "a1", at(0))
    roster.join("s", "ada", "a1", at(0))
    assert roster.take_dirty() == ["r", "s"]
    assert roster.take_dirty() == []
    roster.leave("r", "a1", at(1))
    roster.touch("s", "ada", at(1))
    assert roster.take_dirty() == ["r", "s"]
    assert roster.active_members("r") == 0


def test_rooms_that_storage_did_not_take_are_given_back(roster):
    roster.join("r", "ada", "a1", at(0))
    taken = roster.take_dirty()
    roster.mark_dirty(taken)
    assert roster.take_dirty() == ["r"]


def test_a_room_that_emptied_counts_its_versions_afresh(roster):
    roster.join("r", "ada", "a1", at(0))
    roster.leave("r", "a1", at(1))
    assert roster.version("r") == 0
    assert roster.join("r", "bob", "b1", at(2)) == [Joined("r", "bob", "active", "t2", None, 1, 1)]


def test_repeated_acts_and_reconnects_cost_no_memory(roster):
    roster.join("r", "ada", "a1", at(0))
    for second in range(10_000):
        roster.touch("r", "ada", at(second))
        roster.connection_lost("a1", at(second))
        roster.join("r", "ada", "a1", at(second))
    assert len(roster._by_activity) == 1
    assert len(roster._in_grace) == 0

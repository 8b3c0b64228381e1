"""Rules of tasks: the order of a list under any moves."""

import pytest
from hypothesis import given, strategies as st

from domain.errors.study import TaskNotFound
from storage.rules.tasks import STEP, Place, place_after, place_last

MOVES = st.lists(st.tuples(st.integers(0, 7), st.integers(-1, 7)), max_size=60)


def ordered(positions):
    return sorted(positions, key=lambda name: (positions[name], name))


def places(positions):
    return [Place(name, positions[name]) for name in ordered(positions)]


@given(count=st.integers(1, 8), moves=MOVES)
def test_any_moves_give_the_order_of_a_list(count, moves):
    """Moves behind another task, or to the top, are those of a list; positions stay distinct and safe integers."""
    positions: dict[str, int] = {}
    for number in range(count):
        positions[str(number)] = place_last(places(positions))
    expected = [str(number) for number in range(count)]
    for moved, behind in moves:
        name, after = str(moved % count), None if behind < 0 else str(behind % count)
        found = place_after(places(positions), name, after)
        assert name not in found.moved
        positions |= found.moved | {name: found.position}
        if after != name:
            expected.remove(name)
            expected.insert(0 if after is None else expected.index(after) + 1, name)
        assert ordered(positions) == expected
        assert len({*positions.values()}) == count
        assert all(abs(position) < 2**53 for position in positions.values())


def test_unknown_neighbour_is_refused():
    for places_now in ([], [Place("a", 0)]):
        with pytest.raises(TaskNotFound):
            place_after(places_now, "a", "b")


def test_move_into_a_wide_gap_writes_one_task():
    found = place_after([Place("a", 0), Place("b", STEP), Place("c", 2 * STEP)], "c", "a")
    assert (found.position, found.moved) == (STEP // 2, {})


def test_move_into_a_full_gap_numbers_the_others_again():
    found = place_after([Place("a", 0), Place("b", 1), Place("c", 5)], "c", "a")
    assert (found.position, found.moved) == (STEP, {"b": 2 * STEP})

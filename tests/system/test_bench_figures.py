"""Tables of the bench."""

import asyncio

import pytest

from bench import growth, report
from bench.hostile import Result, Visit
from bench.load.websocket import Refused
from bench.outcome import outcome
from bench.population import nobody_known
from bench.size import Size


async def fail_in_a_group(error):
    async def fail():
        raise error

    async with asyncio.TaskGroup() as group:
        group.create_task(fail())
        group.create_task(asyncio.sleep(3600))


def visits(*after):
    return [Visit(peak=90_000_000, after=mb * 1_000_000, came=300, stayed=2, connections=0) for mb in after]


async def test_what_ends_well_is_what_comes_of_it():
    assert await outcome(asyncio.sleep(0, "all of it"), 10) == "all of it"


async def test_what_takes_too_long_says_so():
    assert await outcome(asyncio.Event().wait(), 0.01) == "not within 0.01 s"


@pytest.mark.parametrize("error", [Refused("no room for you"), ConnectionResetError("no room for you")])
async def test_a_server_that_goes_under_is_a_reason_and_not_the_end(error):
    assert await outcome(fail_in_a_group(error), 10) == "no room for you"


async def test_a_fault_of_the_bench_is_not_taken_for_a_server_s():
    with pytest.raises(ExceptionGroup) as raised:
        await outcome(fail_in_a_group(KeyError("row")), 10)
    assert raised.group_contains(KeyError)


def test_ten_thousand_seats_are_ten_rooms_for_each_of_a_thousand_people():
    people = nobody_known(1000, 1000, 10)
    seats = [(token, people.room_of(seat)) for seat, token in enumerate(people.sockets(10_000))]
    assert len(set(seats)) == 10_000
    assert all(sum(room == name for _, room in seats) == 10 for name in ("room-0", "room-999"))
    assert len({room for token, room in seats if token == "user-7"}) == 10


def test_what_only_one_visit_left_is_no_leak():
    assert Result(64_000_000, visits(70, 74, 74, 75)).leaked == 0


def test_what_every_visit_left_is_one():
    assert Result(64_000_000, visits(70, 74, 77, 80)).leaked == 3_000_000
    said = report.hostility({"leaky": Result(64_000_000, visits(70, 74, 77, 80)), "deadly": "the server is gone"})
    assert "| leaky | 64.0 | 90.0 | 70.0 | 74.0 | 77.0 | 80.0 | **+3.0** | 298 of 300 | 0 |" in said
    assert "| deadly | **the server is gone** |" in said
    assert len({line.count("|") for line in said.splitlines()}) == 1


def test_a_point_that_was_not_reached_has_its_reason_in_the_table():
    panel = growth.PANELS[0]
    *reached, last = panel.sizes
    series = {"seed": {**{size: {"deliveries": 1234.5} for size in reached}, last: "not within 45 s"}}
    assert report.growing(panel, series).splitlines()[-1] == "| seed | 1,234 | 1,234 | 1,234 | not within 45 s |"


def test_titles_say_the_sizes_of_the_run():
    trials = {name: {"messages": [1000.0]} for name in ("Studyhall", "seed", "bare Socket.IO")}
    said = report.comparison(trials, Size(pairs=1, seconds=1, rooms=7, room_size=3, spread_senders=21))
    assert "7 rooms of 3, 21 senders flat out" in said

"""Calendars for calendar programs: the file as another reader understands it, and the ends of its link."""

from datetime import UTC, datetime, timedelta

import msgspec
import vobject

from domain import ids
from domain.clock import from_milliseconds, to_milliseconds
from domain.study import scheduling
from domain.study.schedule import NewScheduledSession, dates_of, starts_on
from services.study.ics import Entry, calendar_of
from tests.support.served import PASSWORD, served

TOMORROW = datetime.now(UTC).date() + timedelta(days=1)
DATE = {"title": "Exam preparation", "startsAt": f"{TOMORROW}T17:00", "minutes": 90, "timeZone": "Europe/Berlin"}
NOW = to_milliseconds("2027-01-15T08:00:00.000Z")


def planned(**fields):
    base = {"startsAt": "2027-01-18T17:00", "minutes": 90, "timeZone": "Europe/Berlin"}
    new = msgspec.convert(base | fields, NewScheduledSession)
    return scheduling.plan(new, ids.new_id(), ids.new_id(), ids.new_id(), NOW)


def read(*sessions):
    """Return the events of a file about these sessions, as the other reader finds them, in their order."""
    content = calendar_of(
        [Entry(session, "Algebra", "https://example.org/rooms/1") for session in sessions], "Studyhall"
    )
    return vobject.readOne(content.decode()).vevent_list


def starts(event):
    """Return the starts of an event in UTC, calculated with the time zones in the file."""
    found = list(event.getrruleset(addRDate=True)) if hasattr(event, "rrule") else [event.dtstart.value]
    return [f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}" for start in found]


def expected(session):
    return [from_milliseconds(starts_on(session, day)) for day in dates_of(session)]


def test_weekly_dates_keep_their_local_time_over_both_changes_of_clocks():
    berlin = planned(startsAt="2027-03-21T17:00", repeat="weekly", until="2027-11-14")
    new_york = planned(startsAt="2027-03-07T17:00", timeZone="America/New_York", repeat="weekly", until="2027-11-14")
    for session, event in zip((berlin, new_york), read(berlin, new_york), strict=True):
        assert starts(event) == expected(session)
        assert len({start[11:13] for start in starts(event)}) == 2, "two hours in UTC are one local time"
        assert {start.hour for start in event.getrruleset(addRDate=True)} == {17}


def test_hours_around_the_change_of_clocks_are_those_of_the_server():
    for zone, first in (
        ("Europe/Berlin", "2027-03-26"),
        ("America/New_York", "2027-03-12"),
        ("Europe/Berlin", "2027-10-29"),
    ):
        for hour in ("00:30", "01:30", "03:30", "04:30"):
            until = f"{datetime.fromisoformat(first).date() + timedelta(days=5)}"
            days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
            session = planned(startsAt=f"{first}T{hour}", timeZone=zone, repeat="weekly", days=days, until=until)
            [event] = read(session)
            assert starts(event) == expected(session), (zone, first, hour)


def test_date_in_gap_and_in_other_zones_is_the_same_moment():
    for fields in (
        {"startsAt": "2027-03-28T02:30"},
        {"startsAt": "2027-07-01T09:00", "timeZone": "Asia/Kathmandu"},
        {"startsAt": "2027-07-01T09:00", "timeZone": "UTC"},
        {"startsAt": "2027-07-01T09:00", "timeZone": "Etc/UTC"},
        {"startsAt": "2027-02-15T09:00", "timeZone": "Africa/Casablanca"},
    ):
        session = planned(**fields)
        [event] = read(session)
        assert starts(event) == expected(session), fields


def test_exceptions_and_weekdays_are_left_out():
    excluded = {"except": ["2027-01-19", "2027-01-26"]}
    session = planned(repeat="weekly", days=["tue", "thu"], until="2027-02-04", **excluded)
    [event] = read(session)
    assert starts(event) == expected(session)
    assert len(starts(event)) == 4, "neither the day of the start, nor the exceptions"


def test_event_has_title_room_time_reminder_and_nothing_else():
    event, untitled = read(planned(title="Exam, part 1; hard\\"), planned())
    assert (event.summary.value, event.location.value) == ("Exam, part 1; hard\\", "Algebra")
    assert untitled.summary.value == "Algebra"
    assert event.duration.value == timedelta(minutes=90)
    assert event.valarm.trigger.value == timedelta(minutes=-10)
    assert event.valarm.action.value == "DISPLAY"
    names = {child.name for child in event.getChildren()}
    assert names == {"UID", "DTSTAMP", "SEQUENCE", "SUMMARY", "LOCATION", "URL", "DTSTART", "DURATION", "VALARM"}


async def _calendar(school):
    """Return Ada, the path of the schedule of her room, and the path of her calendar."""
    ada = await school.person("Ada")
    room = await ada.opens("Algebra")
    answer = await ada.post("/api/calendar")
    assert answer.status == 201
    link = answer.data["link"]
    assert link.startswith("http://localhost:5000/calendar/")
    return ada, f"/api/study-rooms/{room}/schedule", link.removeprefix("http://localhost:5000")


async def _titles(school, path):
    """Return the titles in a calendar; None if there is none."""
    async with school.http.get(school.url + path) as answer:
        text = await answer.text()
        if answer.status != 200:
            assert (answer.status, (await answer.json())["code"]) == (404, "calendar_not_found")
            return None
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-store"
    return [event.summary.value for event in getattr(vobject.readOne(text), "vevent_list", [])]


async def test_calendar_has_dates_to_which_its_user_is_going(school):
    ada, path, calendar = await _calendar(school)
    ben = await school.person("Ben")
    await ben.joins(path.split("/")[3])
    assert await _titles(school, calendar) == []
    await ada.post(path, DATE)
    his = (await ben.post(path, DATE | {"title": "His"})).data["id"]
    assert await _titles(school, calendar) == ["Exam preparation"]
    await ada.put(f"{path}/{his}/going")
    assert await _titles(school, calendar) == ["Exam preparation", "His"]
    await ben.delete(f"{path}/{his}")
    assert await _titles(school, calendar) == ["Exam preparation"]
    async with school.http.get(school.url + calendar) as answer:
        text = await answer.text()
    assert "Ada" not in text
    assert ada.id not in text


async def test_link_is_shown_once_and_replaced_by_the_next(school):
    ada, _, first = await _calendar(school)
    created = (await ada.get("/api/calendar")).data
    assert created.keys() == {"createdAt"}
    second = (await ada.post("/api/calendar")).data["link"].removeprefix("http://localhost:5000")
    assert await _titles(school, first) is None
    assert await _titles(school, second) == []
    for _ in range(2):
        assert (await ada.delete("/api/calendar")).status == 200
    assert await _titles(school, second) is None
    assert (await ada.get("/api/calendar")).data == {"createdAt": None}


async def test_wrong_links_have_one_answer(school):
    _, _, calendar = await _calendar(school)
    for wrong in (
        calendar[:-5] + ".ics",
        calendar.swapcase(),
        "/calendar/x.ics",
        "/calendar/%00.ics",
        "/calendar/.ics.ics",
    ):
        if wrong.startswith("/calendar/"):
            assert await _titles(school, wrong) is None, wrong


async def test_change_and_reset_of_password_end_the_link(school):
    ada, _, calendar = await _calendar(school)
    change = {"currentPassword": PASSWORD, "newPassword": "another horse battery"}
    assert (await ada.put("/api/auth/password", change)).status == 200
    assert await _titles(school, calendar) is None
    ben = await school.person("Ben")
    calendar = (await ben.post("/api/calendar")).data["link"].removeprefix("http://localhost:5000")
    token = (await school.services.password_resets.links.create(ben.id)).rpartition("#")[2]
    reset = {"token": token, "newPassword": "another horse battery"}
    assert (await school.request("POST", "/api/auth/reset-password", reset)).status == 200
    assert await _titles(school, calendar) is None


async def test_disabled_and_deleted_accounts_have_no_calendar(school):
    ada, _, calendar = await _calendar(school)
    await school.storage.set_access(ada.id, disabled=True)
    assert await _titles(school, calendar) is None
    await school.storage.set_access(ada.id, disabled=False)
    assert await _titles(school, calendar) is None, "it ended"
    ben = await school.person("Ben")
    calendar = (await ben.post("/api/calendar")).data["link"].removeprefix("http://localhost:5000")
    await ben.deletes_their_account()
    assert await _titles(school, calendar) is None


async def test_calendar_is_read_sixty_times_an_hour():
    async with served(environ={"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_CALENDARS": "2/hour"}) as school:
        ada, _, calendar = await _calendar(school)
        ben = await school.person("Ben")
        his = (await ben.post("/api/calendar")).data["link"].removeprefix("http://localhost:5000")
        assert [await _titles(school, calendar) for _ in range(2)] == [[], []]
        answer = await school.request("GET", calendar)
        assert (answer.status, answer.body["code"]) == (429, "rate_limited")
        assert await _titles(school, his) == []

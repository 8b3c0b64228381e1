"""The leaderboard of a room: members who show their study time, by time."""

import pytest

from tests.http.test_progress import noon, study

PATH = "/api/study-rooms/{}/leaderboard"


async def show(user, room):
    """Show a user's study time to the others in a room."""
    answer = await user.put(f"/api/study-rooms/{room}/membership", {"showOnLeaderboard": True})
    assert answer.data == {"roomId": room, "followTimer": True, "showOnLeaderboard": True}


def shown(board):
    return [(one["rank"], one["user"]["name"], one["seconds"]) for one in board["entries"]]


async def test_leaderboard_lists_members_who_show_their_time(school):
    ada, ben, cem = [await school.person(name, timeZone="Europe/Berlin") for name in ("Ada", "Ben", "Cem")]
    room = await ada.opens("Maths")
    for user, minutes in ((ada, 30), (ben, 50), (cem, 40)):
        await user.joins(room)
        await study(school, user, noon(1), minutes, room_id=room)
    await study(school, ada, noon(2), 90)
    for user in (ada, ben):
        await show(user, room)
    off = (await ada.get(PATH.format(room) + "?period=all")).data
    assert (off["entries"], off["me"]["rank"], off["me"]["seconds"]) == ([], None, 1800)
    changed = await ada.put(f"/api/study-rooms/{room}", {"leaderboard": "on"})
    assert (changed.data["leaderboard"], changed.data["timeZone"]) == ("on", "Europe/Berlin")
    board = (await ada.get(PATH.format(room) + "?period=all")).data
    assert (board["period"], board["from"], board["me"]) == ("all", None, board["entries"][1])
    assert shown(board) == [(1, ben.name, 3000), (2, ada.name, 1800)]
    hidden = (await cem.get(PATH.format(room) + "?period=all")).data
    assert (shown(hidden), hidden["me"]["rank"], hidden["me"]["seconds"]) == (shown(board), None, 2400)
    today = (await ada.get(PATH.format(room) + "?period=day")).data
    assert (today["entries"], today["from"]) == ([], today["serverTime"][:10])
    await ben.post(f"/api/study-rooms/{room}/leave")
    assert shown((await ada.get(PATH.format(room) + "?period=all")).data) == [(1, ada.name, 1800)]


@pytest.mark.parametrize("zone", ["Europe/Atlantis", ""])
async def test_unknown_zone_of_room_is_refused(school, zone):
    ada = await school.person("Ada")
    refused = await ada.post("/api/study-rooms", {"name": "Maths", "timeZone": zone})
    assert (refused.status, refused.body["code"]) == (422, "invalid_input")

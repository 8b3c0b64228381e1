"""Views of a room that depend on one's role there: they follow when it changes."""

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_moderation_and_settings_follow_ones_role(hall):
    ada = await hall.api.person("Ada", "Okafor")
    room = await ada.opens("Calculus")
    ben, cleo = await hall.member("Ben Lindqvist", room), await hall.member("Cleo Rossi", room)
    role = f"/api/study-rooms/{room}/members/{ben.account.id}"
    await ada.put(role, {"role": "moderator"})
    await ben.page.goto(f"/rooms/{room}/moderation")
    reports = ben.page.get_by_role("heading", name="Reports", exact=True)
    await expect(reports).to_be_visible()
    rooms = ben.page.get_by_role("navigation", name="My rooms")
    await expect(rooms.get_by_role("link", name="Calculus")).to_have_attribute("aria-current", "page")

    await ada.put(role, {"role": "member"})
    await expect(ben.page.get_by_text("This page is for the owner and the moderators of the room.")).to_be_visible()
    await expect(reports).to_have_count(0)
    await ada.put(role, {"role": "moderator"})
    await expect(reports).to_be_visible()
    ben.expects("403")
    await ada.delete(role)
    await expect(reports).to_have_count(0)  # its lists may be refused for a moment before
    await expect(ben.page.get_by_role("alert")).to_be_visible()

    await cleo.page.goto(f"/rooms/{room}/settings")
    leave, save = (cleo.page.get_by_role("button", name=name) for name in ("Leave", "Save changes"))
    await expect(leave).to_be_visible()
    await ada.put(f"/api/study-rooms/{room}", {"ownerId": cleo.account.id})
    await expect(save).to_be_visible()
    await expect(leave).to_have_count(0)

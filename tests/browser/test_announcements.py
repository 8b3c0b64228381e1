"""An announcement in the page: written by an admin, shown on every view, dismissed in one browser."""

import pytest
from playwright.async_api import expect

from tests.browser.test_account_invites import an_admin
from tests.support.browser import opened
from tests.support.looking import Looking

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]
WORDS = "The server restarts at six"


async def test_an_announcement_is_shown_on_every_view_until_it_is_dismissed_or_ends(chromium):
    async with opened(chromium) as hall:
        head, ben = await an_admin(hall), await hall.member("Ben Lindqvist")
        await ben.page.goto("/dashboard")
        await head.page.goto("/admin/announcements")
        await head.page.get_by_label("Text for all users").fill(WORDS)
        await head.page.get_by_role("button", name="Announce").click()
        await expect(ben.page.get_by_text(WORDS)).to_be_visible()
        await ben.page.goto("/rooms")
        await expect(ben.page.get_by_text(WORDS)).to_be_visible()
        looking = Looking("light", "dark")
        await looking.here(ben.page, "announcement")
        await head.page.reload()
        running = head.page.get_by_role("list", name="Announcements").get_by_role("listitem")
        await expect(running).to_contain_text([WORDS])
        await looking.here(head.page, "announcing")
        assert not looking.faults, "\n".join(looking.faults)
        late = await hall.member("Late Comer")
        await late.page.goto("/dashboard")
        await expect(late.page.get_by_text(WORDS)).to_be_visible()
        await ben.page.get_by_role("button", name="Dismiss").click()
        await expect(ben.page.get_by_text(WORDS)).to_have_count(0)
        await ben.page.reload()
        await expect(ben.page.get_by_role("heading", name="Rooms").first).to_be_visible()
        await expect(ben.page.get_by_text(WORDS)).to_have_count(0)
        await running.get_by_role("button", name="End").click()
        await head.page.get_by_role("button", name="End announcement").click()
        await expect(running).to_have_count(0)
        await expect(late.page.get_by_text(WORDS)).to_have_count(0)

"""A walk through all views of the page, in a school with rooms, messages, tasks, reports and study time."""

from datetime import UTC, datetime, timedelta

from playwright.async_api import expect

from tests.support.browser import PHONE
from tests.support.looking import LOOKS, Looking
from tests.support.served import signs_in

SECTIONS = ("", "/users", "/rooms", "/reports", "/invitations", "/announcements")
PRIMARY_BUTTONS = """() => {
    const place = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.querySelector("main");
    const isShown = (button) => button.checkVisibility() && button.closest("dialog, main") === place;
    const buttons = [...place.querySelectorAll(".button:is(.primary, .filled)")];
    return buttons.filter(isShown).map((button) => button.textContent);
}"""


class LookingOnce(Looking):
    """Findings of axe; also, views with several primary buttons."""

    async def here(self, page, name):
        await super().here(page, name)
        buttons = await page.evaluate(PRIMARY_BUTTONS)
        if len(buttons) > 1:
            self.faults.append(f"{name}: it has several primary buttons: {buttons}")


class Walk:
    """An admin and a guest who open one view after another.

    Args:
        hall: server.
        account: the admin, who has nothing yet.
        device: device of both.
        looks: looks in which each view is checked.
    """

    def __init__(self, hall, account, device, looks):
        self.hall, self.account, self.device = hall, account, device
        self.is_narrow = device is PHONE
        self.looking, self.beside = LookingOnce(*looks), LookingOnce(*(look for look in looks if not LOOKS[look].size))
        self.beside.faults = self.faults = self.looking.faults

    async def begins(self):
        """Sign the admin in."""
        options = {"device": self.device, "reduced_motion": "reduce"}
        self.guest = await self.hall.somebody("Guest Okafor", locale=self.account.user["language"], **options)
        self.ada = await self.hall.somebody("Ada Okafor", **options)
        self.page = self.ada.page
        self.ada.account = await signs_in(self.hall.api, self.account)
        self.ada.expects("404")
        await self.ada.continues(self.ada.account, "/nowhere")

    async def through(self, *paths):
        """Open views and check them."""
        await self.looking.through(self.page, *paths)

    async def opens(self, path):
        """Open a view that is checked later."""
        await self.looking.follow(self.page, path)

    async def here(self, name):
        """Check the open view."""
        await self.looking.here(self.page, name)

    async def dialog(self, name, *, is_beside=False):
        """Wait for a dialog and check it. One beside the conversation is not there in other sizes of a large window."""
        dialog = self.page.get_by_role("dialog", name=name).last
        await dialog.wait_for()
        looking = self.beside if is_beside and not self.is_narrow else self.looking
        await looking.here(self.page, f"dialog {name}")
        await expect(dialog).to_be_visible()

    async def closes(self):
        """Close the dialog above the others."""
        dialogs = self.page.locator("dialog[open]")
        count = await dialogs.count()
        await self.page.keyboard.press("Escape")
        await expect(dialogs).to_have_count(count - 1)

    async def fills(self):
        """Fill the school: rooms, messages, a report, tasks, study time, dates, and people who study."""
        ada = self.ada.account
        ben, chiara = [await self.hall.api.person(*name) for name in (("Ben", "Lindqvist"), ("Chiara", "Rossi"))]
        self.ben = ben
        self.room = await ada.opens(
            "Calculus", subject="Mathematics", description="Tuesdays and Thursdays.", leaderboard="on"
        )
        self.path = f"/api/study-rooms/{self.room}"
        for person in (ben, chiara):
            await person.joins(self.room)
        self.other = await ben.opens(
            "Organic chemistry", subject="Chemistry", description="Sheets, and what is on them."
        )
        self.private = await ada.opens("Private tuition", visibility="private", retentionDays=30)
        self.door = await ben.opens("Statistics", visibility="private")
        self.code = (await ben.post(f"/api/study-rooms/{self.door}/invites", {})).data["code"]
        await ada.post(f"{self.path}/messages", {"content": "Hello"})
        await ada.post(f"{self.path}/messages/system", {"content": "The exam is on Friday"})
        said = (await ben.post(f"{self.path}/messages", {"content": "Hello, see https://example.org"})).data
        await chiara.post(f"{self.path}/messages/{said['id']}/report", {"reason": "Rude"})
        await ada.put(f"{self.path}/bans/{chiara.id}", {"reason": "Spam"})
        for person in (ada, ben):
            task = {"title": "Sheet 4", "roomId": self.room, "shared": True, "dueOn": "2026-01-01", "estimateRounds": 2}
            assert (await person.post("/api/tasks", task)).status == 201
        await self._studies()
        await ada.put(f"{self.path}/members/{ben.id}/mute", {"seconds": 600})

    async def _studies(self):
        now = datetime.now(UTC)
        times = {name: f"{now - timedelta(minutes=ago):%FT%TZ}" for name, ago in (("startedAt", 90), ("endedAt", 30))}
        session = {**times, "activity": "Sheet 4", "roomId": self.room}
        assert (await self.ada.account.post("/api/focus/manual", session)).status == 201
        await self.ada.account.put(f"{self.path}/membership", {"showOnLeaderboard": True})
        date = {"startsAt": f"{now + timedelta(days=2):%F}T17:00", "minutes": 90, "timeZone": "UTC"}
        planned = (await self.ben.post(f"/api/study-rooms/{self.room}/schedule", date)).data
        await self.ada.account.put(f"{self.path}/schedule/{planned['id']}/going")
        chat = await self.ben.chat(self.room)
        await chat.call("update-status", {"roomId": self.room, "activity": "W" * 80})
        await chat.call("start-focus", {"roomId": self.room})

    async def views(self):
        """Check all views of the school."""
        await self.through(f"/rooms/{self.other}", "/dashboard", "/rooms", "/tasks", "/account", "/progress")
        await self.through(*(f"/rooms/{self.room}{view}" for view in ("/settings", "/moderation", "")))
        await self.through(*(f"/admin{section}" for section in SECTIONS))
        await self.through(f"/invite/{self.code}")

"""Calendars for calendar programs."""

from typing import Annotated

from aiohttp import hdrs, web

from domain.accounts import Caller, ClientInfo
from domain.errors.study import CalendarNotFound
from domain.study.calendar import CalendarLink, CalendarState
from handlers.routing import InPath, Media
from services.container import Services
from text import normalise

SecretInPath = Annotated[str, InPath("secret", normalise.invite_code, CalendarNotFound)]
CalendarFile = Annotated[web.Response, Media("text/calendar", str)]


async def show(services: Services, client: ClientInfo, secret: SecretInPath) -> CalendarFile:
    """Get the dates to which a user is going, as an iCalendar file, for the holder of the link."""
    content = await services.calendars.file(secret, client.address)
    headers = {hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(body=content, content_type="text/calendar", charset="utf-8", headers=headers)


async def state(services: Services, caller: Caller) -> CalendarState:
    """Get whether the caller has a link of their calendar."""
    return await services.calendars.state(caller.user)


async def create(services: Services, caller: Caller) -> CalendarLink:
    """Create the link of the caller's calendar, which is shown once. An earlier link ends."""
    return await services.calendars.create(caller.user)


async def revoke(services: Services, caller: Caller) -> None:
    """Revoke the link of the caller's calendar. Idempotent."""
    await services.calendars.revoke(caller.user.id)

"""Study time: the caller's totals, streaks and table of sessions, and leaderboards of rooms."""

from typing import Annotated

from aiohttp import web

from domain.accounts import Caller
from domain.study.leaderboard import Leaderboard, LeaderboardQuery
from domain.study.progress import FocusStats, FocusStatsQuery
from handlers.export import send_chunks
from handlers.routing import Media, RoomInPath
from services.container import Services

Csv = Annotated[web.StreamResponse, Media("text/csv", str)]


async def stats(services: Services, caller: Caller, query: FocusStatsQuery) -> FocusStats:
    """Get the caller's study time by day, room, task and hour, and their streaks."""
    return await services.progress.stats(query, caller.user)


async def leaderboard(services: Services, caller: Caller, room_id: RoomInPath, query: LeaderboardQuery) -> Leaderboard:
    """Get the members with the most study time in a room, and the caller's."""
    return await services.leaderboards.show(room_id, query.period, caller.user)


async def export_csv(services: Services, caller: Caller, request: web.Request) -> Csv:
    """Download the caller's focus sessions as a table, the latest first.

    If the export fails midway, the connection is aborted and the table stays incomplete.
    """
    chunks = await services.progress.export_csv(caller.user)
    return await send_chunks(
        request, chunks, "text/csv; charset=utf-8", f"studyhall-focus-{services.exporter.today()}.csv"
    )

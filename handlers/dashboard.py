"""Dashboard."""

from domain.accounts import Caller
from services.container import Services
from services.study.dashboard import Dashboard


async def show(services: Services, caller: Caller) -> Dashboard:
    """Get the caller's dashboard."""
    return await services.dashboards.for_user(caller.user)

"""User accounts, for admins."""

from typing import Annotated

from aiohttp import web

from domain.accounts import User
from domain.admin import ListedPromotion, UserChange, UsersQuery
from domain.base import Record, UserId
from domain.errors.accounts import UserNotFound
from domain.errors.admin import PromotionNotFound
from handlers.keys import CALLER, SERVICES
from handlers.routing import InPath
from services.admin.dashboard import AdminDashboard
from text import normalise

TAG = "people"
"""Tag in the API documents; operationIds begin with it."""

UserInPath = Annotated[UserId, InPath("id", normalise.uuid, UserNotFound)]
"""The user in a path."""


PromotionInPath = Annotated[UserId, InPath("id", normalise.uuid, PromotionNotFound)]
"""The proposed user in the path of a promotion."""


class UserList(Record, frozen=True):
    """A page of users; `next_cursor` is the cursor of the next page."""

    users: list[User]
    next_cursor: UserId | None


async def dashboard(request: web.Request) -> AdminDashboard:
    """Get the counts of the server."""
    return await request.app[SERVICES].admin_dashboards.show(request[CALLER].user)


async def search(request: web.Request, query: UsersQuery) -> UserList:
    """List users, newest first."""
    return UserList(*await request.app[SERVICES].user_admin.search(query, request[CALLER].user))


async def show(request: web.Request, user_id: UserInPath) -> User:
    """Get a user."""
    return await request.app[SERVICES].user_admin.user(user_id, request[CALLER].user)


async def change(request: web.Request, user_id: UserInPath, payload: UserChange) -> User:
    """Revoke the admin role, disable or enable an account."""
    return await request.app[SERVICES].user_admin.change(user_id, payload, request[CALLER].user)


async def approve(request: web.Request, user_id: UserInPath) -> User:
    """Approve a pending account."""
    return await request.app[SERVICES].approvals.approve(user_id, request[CALLER].user)


async def refuse(request: web.Request, user_id: UserInPath) -> None:
    """Delete a pending account."""
    await request.app[SERVICES].approvals.reject(user_id, request[CALLER].user)


async def promotions(request: web.Request) -> list[ListedPromotion]:
    """List the proposals of new admins that wait for a second admin."""
    return await request.app[SERVICES].promotions.list(request[CALLER].user)


async def propose(request: web.Request, user_id: UserInPath) -> ListedPromotion:
    """Propose a user as an admin."""
    return await request.app[SERVICES].promotions.propose(user_id, request[CALLER].user)


async def confirm_promotion(request: web.Request, user_id: PromotionInPath) -> User:
    """Confirm the proposal of another admin: make the user an admin."""
    return await request.app[SERVICES].promotions.confirm(user_id, request[CALLER].user)


async def refuse_promotion(request: web.Request, user_id: PromotionInPath) -> None:
    """Withdraw or reject the proposal of a user as an admin."""
    await request.app[SERVICES].promotions.reject(user_id, request[CALLER].user)

"""Everybody with an account, for admins."""

from typing import Annotated

from aiohttp import web

from domain.accounts import User
from domain.admin import ListedPromotion, UserChange, UsersQuery
from domain.base import Record, UserId
from domain.errors.accounts import UserNotFound
from domain.errors.admin import PromotionNotFound
from handlers.keys import CALLER, PROMOTIONS, USER_ADMIN
from handlers.routing import InPath
from services.admin.users import AdminDashboard
from text import normalise

TAG = "people"
"""In the API documents; operationIds begin with it."""

UserInPath = Annotated[UserId, InPath("id", normalise.uuid, UserNotFound)]
"""The user that a path names."""


PromotionInPath = Annotated[UserId, InPath("id", normalise.uuid, PromotionNotFound)]
"""The user whose promotion a path names."""


class UserList(Record, frozen=True):
    """Some users; `next_cursor` is where more of them begin."""

    users: list[User]
    next_cursor: UserId | None


async def dashboard(request: web.Request) -> AdminDashboard:
    """Show how much there is of everything."""
    return await request.app[USER_ADMIN].dashboard(request[CALLER].user)


async def search(request: web.Request, query: UsersQuery) -> UserList:
    """Show users, newest first."""
    return UserList(*await request.app[USER_ADMIN].search(query, request[CALLER].user))


async def show(request: web.Request, user_id: UserInPath) -> User:
    """Show a user."""
    return await request.app[USER_ADMIN].user(user_id, request[CALLER].user)


async def change(request: web.Request, user_id: UserInPath, payload: UserChange) -> User:
    """Take the role of admin away, disable or enable."""
    return await request.app[USER_ADMIN].change(user_id, payload, request[CALLER].user)


async def approve(request: web.Request, user_id: UserInPath) -> User:
    """Approve an account that waits for it."""
    return await request.app[USER_ADMIN].approve(user_id, request[CALLER].user)


async def refuse(request: web.Request, user_id: UserInPath) -> None:
    """Delete an account that waits for approval."""
    await request.app[USER_ADMIN].reject(user_id, request[CALLER].user)


async def promotions(request: web.Request) -> list[ListedPromotion]:
    """Show the proposals of new admins that wait for a second admin."""
    return await request.app[PROMOTIONS].list(request[CALLER].user)


async def propose(request: web.Request, user_id: UserInPath) -> ListedPromotion:
    """Propose a user as an admin."""
    return await request.app[PROMOTIONS].propose(user_id, request[CALLER].user)


async def confirm_promotion(request: web.Request, user_id: PromotionInPath) -> User:
    """Make a user an admin whom another admin proposed."""
    return await request.app[PROMOTIONS].confirm(user_id, request[CALLER].user)


async def refuse_promotion(request: web.Request, user_id: PromotionInPath) -> None:
    """Withdraw or refuse the proposal of a user as an admin."""
    await request.app[PROMOTIONS].reject(user_id, request[CALLER].user)

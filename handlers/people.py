"""Everybody with an account, for admins."""

from typing import Annotated

from aiohttp import web

import text
from app_keys import CALLER, PEOPLE
from bodies import UserChange, UsersQuery
from errors import UserNotFound
from handlers.routes import InPath
from models import Record, User, UserId
from services.people import AdminDashboard

UserInPath = Annotated[UserId, InPath("id", text.uuid, UserNotFound)]
"""The user that a path names."""


class UserList(Record, frozen=True):
    """Some users; `next_cursor` is where more of them begin."""

    users: list[User]
    next_cursor: UserId | None


async def dashboard(request: web.Request) -> AdminDashboard:
    """Show how much there is of everything."""
    return await request.app[PEOPLE].dashboard(request[CALLER].user)


async def search(request: web.Request, query: UsersQuery) -> UserList:
    """Show users, newest first."""
    return UserList(*await request.app[PEOPLE].search(query, request[CALLER].user))


async def show(request: web.Request, user_id: UserInPath) -> User:
    """Show a user."""
    return await request.app[PEOPLE].user(user_id, request[CALLER].user)


async def change(request: web.Request, user_id: UserInPath, wanted: UserChange) -> User:
    """Take the role of admin away, disable or enable."""
    return await request.app[PEOPLE].change(user_id, wanted, request[CALLER].user)


async def approve(request: web.Request, user_id: UserInPath) -> User:
    """Approve an account that waits for it."""
    return await request.app[PEOPLE].approve(user_id, request[CALLER].user)


async def refuse(request: web.Request, user_id: UserInPath) -> None:
    """Delete an account that waits for approval."""
    await request.app[PEOPLE].refuse(user_id, request[CALLER].user)

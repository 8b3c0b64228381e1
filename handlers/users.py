"""User accounts, for admins."""

from typing import Annotated

from domain.accounts import Caller, ListedUser
from domain.admin import ListedPromotion, UserChange, UsersQuery
from domain.base import Record, UserId
from domain.errors.accounts import UserNotFound
from domain.errors.admin import PromotionNotFound
from handlers.routing import InPath
from services.admin.dashboard import AdminDashboard
from services.container import Services
from text import normalise

TAG = "people"
"""Tag in the API documents; operationIds begin with it."""

UserInPath = Annotated[UserId, InPath("id", normalise.uuid, UserNotFound)]
"""The user in a path."""


PromotionInPath = Annotated[UserId, InPath("id", normalise.uuid, PromotionNotFound)]
"""The proposed user in the path of a promotion."""


class UserList(Record, frozen=True):
    """A page of users; `next_cursor` is the cursor of the next page."""

    users: list[ListedUser]
    next_cursor: UserId | None


async def dashboard(services: Services, caller: Caller) -> AdminDashboard:
    """Get the counts of the server (admins only)."""
    return await services.admin_dashboards.show(caller.user)


async def search(services: Services, caller: Caller, query: UsersQuery) -> UserList:
    """List users, newest first (admins only)."""
    return UserList(*await services.user_admin.search(query, caller.user))


async def show(services: Services, caller: Caller, user_id: UserInPath) -> ListedUser:
    """Get a user (admins only)."""
    return await services.user_admin.user(user_id, caller.user)


async def change(services: Services, caller: Caller, user_id: UserInPath, payload: UserChange) -> ListedUser:
    """Disable or enable an account, or revoke the admin role (admins only)."""
    return await services.user_admin.change(user_id, payload, caller.user)


async def approve(services: Services, caller: Caller, user_id: UserInPath) -> ListedUser:
    """Approve a pending account (admins only)."""
    return await services.approvals.approve(user_id, caller.user)


async def refuse(services: Services, caller: Caller, user_id: UserInPath) -> None:
    """Delete a pending account (admins only)."""
    await services.approvals.reject(user_id, caller.user)


async def promotions(services: Services, caller: Caller) -> list[ListedPromotion]:
    """List the proposals of new admins that wait for a second admin (admins only)."""
    return await services.promotions.list(caller.user)


async def propose(services: Services, caller: Caller, user_id: UserInPath) -> ListedPromotion:
    """Propose a user as an admin (admins only)."""
    return await services.promotions.propose(user_id, caller.user)


async def confirm_promotion(services: Services, caller: Caller, user_id: PromotionInPath) -> ListedUser:
    """Confirm the proposal of another admin: the user becomes an admin (admins only)."""
    return await services.promotions.confirm(user_id, caller.user)


async def refuse_promotion(services: Services, caller: Caller, user_id: PromotionInPath) -> None:
    """Withdraw or reject the proposal of a user as an admin (admins only)."""
    await services.promotions.reject(user_id, caller.user)

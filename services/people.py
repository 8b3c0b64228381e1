"""The people of a server, as its admins see them."""

from errors import CannotMakeAdmin, Forbidden, UserNotFound
from models import User, UserId, UserRole
from services.accounts import Accounts
from storage.base import Storage


class People:
    """Who has an account, and what they may be. For admins alone."""

    def __init__(self, storage: Storage, accounts: Accounts) -> None:
        self._storage = storage
        self._accounts = accounts

    async def change(
        self, user_id: UserId, admin: User, *, role: UserRole | None = None, disabled: bool | None = None
    ) -> User:
        """Take the role of admin away, disable or enable, and return the user.

        Who is disabled is signed out everywhere, at once.

        Raises:
            Forbidden: `admin` is none.
            CannotMakeAdmin: nobody becomes one over the network.
            UserNotFound: there is no such user.
            LastAdmin: there would be no admin left who is not disabled.
        """
        _check(admin)
        if role == "admin":
            raise CannotMakeAdmin
        user = await self._storage.set_standing(user_id, role=role, disabled=disabled)
        if user is None:
            raise UserNotFound
        if user.disabled:
            await self._accounts.end_sign_ins(user_id)
        return user


def _check(admin: User) -> None:
    if not admin.is_admin:
        raise Forbidden("This is for admins.")

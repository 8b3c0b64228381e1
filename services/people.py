"""The people of a server, as its admins see them."""

from errors import CannotMakeAdmin, Forbidden, StorageUnavailable, UserNotFound
from logs import security
from models import User, UserId, UserRole
from services.sign_ins import SignIns
from storage.base import Storage


class People:
    """Who has an account, and what they may be. For admins alone."""

    def __init__(self, storage: Storage, sign_ins: SignIns) -> None:
        self._storage = storage
        self._sign_ins = sign_ins

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
        try:
            user = await self._storage.set_standing(user_id, role=role, disabled=disabled)
        except StorageUnavailable:  # it may have been kept: who is still signed in comes back
            self._put_out(user_id, disabled)
            raise
        if user is None:
            raise UserNotFound
        self._put_out(user_id, disabled)
        standing = {True: "disabled", False: "enabled", None: None}[disabled]
        security("standing_changed", user=admin.id, target=user_id, role=role, standing=standing)
        return user

    def _put_out(self, user_id: UserId, disabled: bool | None) -> None:
        if disabled:
            self._sign_ins.put_out(user_id)


def _check(admin: User) -> None:
    if not admin.is_admin:
        raise Forbidden("This is for admins.")

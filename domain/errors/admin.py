"""Errors of the routes for admins."""

from domain.errors.base import AppError


class CannotMakeAdmin(AppError):
    """Two admins make an admin: propose the user, and another admin confirms."""

    status, code = 403, "cannot_make_admin"


class AlreadyAdmin(AppError):
    """This user is an admin already."""

    status, code = 409, "already_admin"


class SecondAdminNeeded(AppError):
    """There is no second admin who could confirm: `python server.py create-admin EMAIL`, on the server, makes one."""

    status, code = 409, "second_admin_needed"


class UserNotVerified(AppError):
    """The email of this user is not verified, so they cannot become an admin."""

    status, code = 409, "user_not_verified"


class PromotionExists(AppError):
    """Another admin has proposed this user already: confirm that, or refuse it."""

    status, code = 409, "promotion_exists"


class PromotionNotFound(AppError):
    """There is no such proposal any more."""

    status, code = 404, "promotion_not_found"


class OwnPromotion(AppError):
    """You proposed this user, so another admin has to confirm."""

    status, code = 403, "own_promotion"


class AnnouncementNotFound(AppError):
    """There is no such announcement, or it has ended."""

    status, code = 404, "announcement_not_found"


class TooManyAnnouncements(AppError):
    """There are as many announcements as there may be: end one first."""

    status, code = 409, "too_many_announcements"


class LastAdmin(AppError):
    """There would be no admin left: make another one first, with `python server.py create-admin EMAIL`."""

    status, code = 409, "last_admin"

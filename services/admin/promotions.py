"""Promotion of admins over the network: an admin proposes a user, another admin confirms."""

from domain.accounts import ListedUser, User
from domain.admin import ListedPromotion, Promotion
from domain.base import UserId
from domain.errors.accounts import UserNotFound
from domain.errors.admin import PromotionNotFound
from runtime.logs import log_security_event
from runtime.mail_queue import Email, MailQueue
from services.access import RoomAccess
from services.accounts.profiles import Profiles
from services.context import ServiceContext
from text import normalise

LIFETIME = 7 * 24 * 3600.0
"""Seconds after which a proposal expires."""
MAX_LISTED = 200
MAX_ADMINS = 100
"""Limit of mailed admins, oldest accounts first."""
_PROPOSED = (
    "A new admin of Studyhall?",
    """\
{by} proposes to make {of} an admin at {address}. Another admin has to confirm it until {day} (UTC):

{address}/admin

If you do not know why, ask before you confirm. You can refuse it there, too.
""",
)
_CONFIRMED = (
    "A new admin of Studyhall",
    """\
{of} is an admin at {address} now: {by} confirmed it.

If that is wrong, take the role away:

{address}/admin
""",
)
_PROMOTED = (
    "You are an admin of Studyhall",
    """\
The account with this address at {address} is an admin now. An admin sees everybody who has an account, and looks after
rooms and reports:

{address}/admin

Turn on two-factor authentication on the page of your account: an admin's password is worth more than others.
""",
)


class Promotions:
    """Proposals to make users admins.

    Args:
        verified_only: True if only users with a verified email become admins, which requires mail.
        address: public address of the server, without a trailing slash.
    """

    def __init__(self, ctx: ServiceContext, access: RoomAccess, profiles: Profiles, mail_queue: MailQueue) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._access = access
        self._profiles = profiles
        self._mail_queue = mail_queue
        self._limiter = ctx.limiter
        self._clock = ctx.clock
        self._address = ctx.config.server.base_url
        self._verified_only = mail_queue.is_enabled

    async def list(self, admin: User) -> list[ListedPromotion]:
        """Return up to `MAX_LISTED` open proposals, newest first. Raises `Forbidden` if `admin` is not an admin."""
        await self._access.require_admin(admin, "promotions")
        return await self._storage.promotions(self._clock.now(), MAX_LISTED)

    async def propose(self, user_id: UserId, admin: User) -> ListedPromotion:
        """Propose a user as an admin, and mail the other admins.

        Raises:
            Forbidden: `admin` is not an admin, checked again when it is stored.
            UserNotFound: the account is deleted or disabled.
            AlreadyAdmin: the user is an admin.
            UserNotVerified: the email of the user is not verified.
            SecondAdminNeeded: there is no other admin who could confirm.
            PromotionExists: another admin's proposal is open.
            RateLimited: too many by this admin.
        """
        await self._access.require_admin(admin, "account", user_id)
        # Each proposal is a mail to every admin.
        await self._limiter.hit_each(("moderation", admin.id), ("invites", admin.id))
        promotion = Promotion(user_id, admin.id, self._clock.now(), self._clock.later(LIFETIME))
        adding = self._storage.add_promotion(promotion, verified_only=self._verified_only)
        await self._access.run_authorized_admin(admin, adding)
        log_security_event("promotion_proposed", user=admin.id, target=user_id)
        user = await self._lookups.user(user_id)
        if user is None:
            raise UserNotFound
        for other in await self._storage.admins(MAX_ADMINS):
            if other.id != admin.id:
                self._send_email(
                    other, "promotion-proposed", _PROPOSED, user, admin, bulk=True, day=promotion.expires_at[:10]
                )
        return ListedPromotion(user.listed, admin.summary, promotion.created_at, promotion.expires_at)

    async def confirm(self, user_id: UserId, admin: User) -> ListedUser:
        """Confirm a proposal: promote the user to admin, mail them and all admins, and return them.

        Raises:
            Forbidden: `admin` is not an admin, checked again when it is stored.
            PromotionNotFound: there is no open proposal, or its proposer is no longer an admin.
            OwnPromotion: `admin` proposed the user.
            AlreadyAdmin: the user is an admin.
            UserNotVerified: the email of the user is not verified.
            RateLimited: too many by this admin.
        """
        await self._access.require_admin(admin, "account", user_id)
        await self._limiter.hit("moderation", admin.id)
        now = self._clock.now()
        confirming = self._storage.confirm_promotion(user_id, admin.id, now, verified_only=self._verified_only)
        promoted = await self._access.run_authorized_admin(admin, confirming)
        log_security_event("promotion_confirmed", user=admin.id, target=user_id)
        log_security_event("user_access_changed", user=admin.id, target=user_id, role="admin")
        self._profiles.account_changed(promoted)
        self._send_email(promoted, "promoted", _PROMOTED, promoted, admin)
        for other in await self._storage.admins(MAX_ADMINS):
            if other.id != promoted.id:
                self._send_email(other, "promotion-confirmed", _CONFIRMED, promoted, admin, bulk=True)
        return promoted.listed

    async def reject(self, user_id: UserId, admin: User) -> None:
        """Delete a proposal: its proposer withdraws it, another admin rejects it.

        Raises:
            Forbidden: `admin` is not an admin.
            PromotionNotFound: there is no open proposal.
        """
        await self._access.require_admin(admin, "account", user_id)
        deleting = self._storage.delete_promotion(user_id, admin.id)
        if not await self._access.run_authorized_admin(admin, deleting):
            raise PromotionNotFound
        log_security_event("promotion_refused", user=admin.id, target=user_id)

    def _send_email(
        self, to: User, kind: str, what: tuple[str, str], of: User, by: User, *, bulk: bool = False, **more: str
    ) -> None:
        subject, template = what
        content = template.format(address=self._address, of=of.email, by=by.email, **more)
        letter = Email(to.email, subject, content, user=to.id)

        async def write() -> Email:
            return letter

        place = f"{normalise.email_key(to.email)} {of.id}"  # two proposals at once are two mails
        self._mail_queue.enqueue(write, kind=kind, to=place, user=to.id, bulk=bulk)

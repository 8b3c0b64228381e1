"""Account invitations: admins invite people to create an account."""

import msgspec

from domain.account_requests import NewAccountInvite
from domain.accounts import AccountInvite, ListedAccountInvite, User, UserSummary
from domain.base import InviteId, Record, Timestamp
from domain.errors.base import InvalidInput
from domain.errors.fields import FieldError
from domain.errors.rooms import InviteNotFound, TooManyInvites
from domain.ids import new_link_secret
from runtime.logs import log_security_event
from runtime.mail_queue import Email, MailQueue
from services.access import RoomAccess
from services.accounts.registration_rules import RegistrationRules
from services.accounts.secret_links import secret_link
from services.accounts.tokens import secret_hash
from services.context import ServiceContext
from text import normalise

PAGE = "join"
"""View of the page that takes the code."""
LIFETIME = 7 * 24 * 3600
"""Default lifetime of an invitation in seconds."""
MAX_OPEN = 500
"""Limit of invitations of the server that are neither expired nor revoked."""
MAX_LISTED = 200
_CODE_BYTES = 24
_EMAIL_TEMPLATE = (
    "An invitation to Studyhall",
    """\
{name} invites you to make an account for this address at {address}.

Open this until {day} (UTC); it works once:

{link}

If you do not want an account, do nothing.
""",
)


class AccountInviteView(Record, kw_only=True, frozen=True):
    """An account invitation as shown to admins. `works` is false if it expired or its creator is no longer an admin.

    `code`, the end of the link `/join#<code>`, is only in the answer that creates it: only its hash is stored. `mailed`
    is true if the link was queued for `email`.
    """

    id: InviteId
    created_by: UserSummary
    created_at: Timestamp
    expires_at: Timestamp
    uses: int | None
    used: int
    email: str | None
    revoked: bool
    works: bool
    used_by: list[UserSummary]
    code: str | msgspec.UnsetType = msgspec.UNSET
    mailed: bool | msgspec.UnsetType = msgspec.UNSET


class AccountInvitePreview(Record, frozen=True):
    """An account invitation as shown to its recipient. With an `email`, it is for that address only."""

    invited_by: UserSummary
    email: str | None
    expires_at: Timestamp


class AccountInvites:
    """Account invitations: created, listed and revoked by admins, used by clients without an account.

    Args:
        address: public address of the server, without a trailing slash.
    """

    def __init__(
        self, ctx: ServiceContext, access: RoomAccess, rules: RegistrationRules, mail_queue: MailQueue
    ) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._access = access
        self.rules = rules
        self._mail_queue = mail_queue
        self._address = ctx.config.server.base_url
        self._limiter = ctx.limiter
        self._clock = ctx.clock
        self._new_id = ctx.new_id

    async def create(self, new: NewAccountInvite, admin: User) -> AccountInviteView:
        """Create an invitation, and mail the link if it is for one address and the server sends mail.

        Raises:
            Forbidden: `admin` is not an admin.
            RegistrationClosed: accounts can only be created on the command line.
            TooManyInvites: the server has `MAX_OPEN` open invitations.
            RateLimited: too many invitations by this admin.
        """
        await self._access.require_admin(admin, "account-invites")
        self.rules.check_open()
        await self._limiter.hit("invites", admin.id)
        code = new_link_secret(_CODE_BYTES)
        invite = AccountInvite(
            id=self._new_id(),
            code_hash=secret_hash(code),
            created_by=admin.id,
            created_at=self._clock.now(),
            expires_at=self._clock.later(new.expires_in or LIFETIME),
            uses=1 if new.email else new.uses,
            email=new.email,
        )
        try:
            await self._access.run_authorized_admin(admin, self._storage.add_account_invite(invite, MAX_OPEN))
        except TooManyInvites:
            raise TooManyInvites("The server has as many invitations as it may have: revoke one first.") from None
        log_security_event("account_invite_created", user=admin.id, invite=invite.id)
        mailed = new.email is not None and self._send_email(new.email, invite, code, admin)
        shown = _view(ListedAccountInvite(invite, admin.summary, True, ()), invite.created_at)
        return msgspec.structs.replace(shown, code=code, mailed=mailed)

    async def list(self, admin: User) -> list[AccountInviteView]:
        """Return the newest `MAX_LISTED` invitations, newest first. Raises `Forbidden` if `admin` is not an admin."""
        await self._access.require_admin(admin, "account-invites")
        now = self._clock.now()
        return [_view(listed, now) for listed in await self._storage.account_invites(MAX_LISTED)]

    async def revoke(self, invite_id: InviteId, admin: User) -> None:
        """Revoke an invitation; accounts created with it remain.

        Raises:
            Forbidden: `admin` is not an admin.
            InviteNotFound: there is no such invitation.
        """
        await self._access.require_admin(admin, "account-invites")
        revoking = self._storage.revoke_account_invite(invite_id, admin.id)
        if not await self._access.run_authorized_admin(admin, revoking):
            raise InviteNotFound
        log_security_event("account_invite_revoked", user=admin.id, invite=invite_id)

    async def look_up(self, code: str, address: str) -> AccountInvitePreview:
        """Return the invitation with this code.

        Args:
            code: code of the link; it is the permission to see the invitation.
            address: address of the client.

        Raises:
            RegistrationClosed: accounts can only be created on the command line.
            InviteNotFound: the code is unknown, expired, used up or revoked.
            RateLimited: too many attempts from this address.
        """
        invite = await self._find_valid(code, address)
        creator = await self._lookups.user(invite.created_by)
        if creator is None:
            raise InviteNotFound
        return AccountInvitePreview(creator.summary, invite.email, invite.expires_at)

    async def validate(self, code: str, email: str, address: str) -> str:
        """Check an invitation for a new account with this email, and return the hash of its code.

        An invitation for one address overrides the list of allowed domains.

        Raises:
            RegistrationClosed, InviteNotFound, RateLimited: as for `look_up`.
            InvalidInput: it is for another address, or the domain of `email` is not allowed.
        """
        invite = await self._find_valid(code, address)
        if invite.email is None:
            self.rules.check_domain(email)
        elif normalise.email_key(invite.email) != normalise.email_key(email):
            message = "must be the address that the invitation is for"
            raise InvalidInput([FieldError("email", "not_invited_email", message)])
        return invite.code_hash

    async def _find_valid(self, code: str, address: str) -> AccountInvite:
        self.rules.check_open()
        await self._limiter.hit_address("invite_tries", address)
        invite = await self._storage.account_invite(secret_hash(code), self._clock.now())
        if invite is None:
            raise InviteNotFound
        return invite

    def _send_email(self, email: str, invite: AccountInvite, code: str, admin: User) -> bool:
        subject, words = _EMAIL_TEMPLATE
        link = secret_link(self._address, PAGE, code)
        day = invite.expires_at[:10]
        letter = Email(email, subject, words.format(name=admin.name, address=self._address, day=day, link=link))

        async def write() -> Email:
            return letter

        return self._mail_queue.enqueue(write, kind="account-invite", to=normalise.email_key(email), bulk=True)


def _view(listed: ListedAccountInvite, now: Timestamp) -> AccountInviteView:
    invite = listed.invite
    return AccountInviteView(
        id=invite.id,
        created_by=listed.creator,
        created_at=invite.created_at,
        expires_at=invite.expires_at,
        uses=invite.uses,
        used=invite.used,
        email=invite.email,
        revoked=invite.revoked,
        works=listed.creator_is_admin and invite.is_usable(now),
        used_by=list(listed.used_by),
    )

"""Columns and mappers of accounts."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from collections.abc import Iterable

from domain.accounts import (
    Account,
    AccountInvite,
    ListedAccountInvite,
    PasswordResetToken,
    SecondFactor,
    Session,
    User,
    UserSummary,
)
from storage.rows import Row, columns

IS_ACTIVE = "(NOT u.disabled AND NOT u.deleted)"
"""Condition: the account of `users u` is neither disabled nor deleted."""

IS_ADMIN = f"(u.role = 'admin' AND {IS_ACTIVE})"
"""Condition: the user of `users u` is an admin of the server now."""


def user_summary(table: str) -> str:
    """Return the three columns for `user_summary_of`, of the table `users` with the alias `table`."""
    return f"{table}.id, rtrim({table}.first_name || ' ' || {table}.last_name), {table}.avatar"


def user_summary_of(row: Row) -> UserSummary:
    """Return the user summary from a row of `user_summary`."""
    user_id, name, avatar = row
    return UserSummary(user_id, name, avatar)


def optional_user_summary_of(row: Row) -> UserSummary | None:
    """Return the user summary from a row of `user_summary`; None if an outer join found no user."""
    user_id, name, avatar = row
    return None if user_id is None else UserSummary(user_id, name, avatar)


USER = (
    "id, first_name, last_name, email, role, avatar, bio, language,"
    " time_zone, day_starts_at, daily_goal, week_starts_on,"
    " created_at, last_login, verified_at, disabled, pending"
)
"""Columns for `user_of`."""


def user_of(row: Row) -> User:
    """Return the user from a row of `USER`."""
    user_id, first_name, last_name, email, role, avatar, bio, language, *rest = row
    time_zone, day_starts_at, daily_goal, week_starts_on, created_at, last_login, verified_at, disabled, pending = rest
    return User(
        id=user_id,
        first_name=first_name,
        last_name=last_name,
        email=email,
        role=role,
        disabled=bool(disabled),
        pending=bool(pending),
        avatar=avatar,
        bio=bio,
        language=language,
        time_zone=time_zone,
        day_starts_at=day_starts_at,
        daily_goal=daily_goal,
        week_starts_on=week_starts_on,
        created_at=created_at,
        last_login=last_login,
        verified_at=verified_at,
    )


CHANGEABLE_OF_USER = frozenset(
    {
        "first_name",
        "last_name",
        "avatar",
        "bio",
        "language",
        "time_zone",
        "day_starts_at",
        "daily_goal",
        "week_starts_on",
    }
)
"""Columns that `UserStore.change_user` may set."""

ACCOUNT = f"{USER}, password_hash"
"""Columns for `account_of`."""


def account_of(row: Row) -> Account:
    """Return the account from a row of `ACCOUNT`."""
    return Account(user_of(row[:-1]), row[-1])


NEW_ACCOUNT = f"{ACCOUNT}, search_text, email_key"
"""Columns of the table `users` for `new_account_row`."""


def new_account_row(user: User, password_hash: str) -> tuple[object, ...]:
    """Return the row of `NEW_ACCOUNT` to store for a new user."""
    names = user.id, user.first_name, user.last_name, user.email, user.role, user.avatar, user.bio, user.language
    days = user.time_zone, user.day_starts_at, user.daily_goal, user.week_starts_on
    times = user.created_at, user.last_login, user.verified_at
    return *names, *days, *times, user.disabled, user.pending, password_hash, user.search_key, user.email_key


SESSION = "id, user_id, created_at, refresh_hash, expires_at, last_used, client, address, previous_hash, revoked"
"""Columns of the table `sign_ins` for `session_of`."""


def session_of(row: Row) -> Session:
    """Return the session from a row of `SESSION`."""
    session_id, user_id, created_at, refresh_hash, expires_at, last_used, client, address, previous_hash, revoked = row
    return Session(
        id=session_id,
        user_id=user_id,
        created_at=created_at,
        refresh_hash=refresh_hash,
        expires_at=expires_at,
        last_used=last_used,
        client=client,
        address=address,
        previous_hash=previous_hash,
        revoked=bool(revoked),
    )


PASSWORD_RESET = columns(PasswordResetToken.__struct_fields__)
"""Columns of the table `resets` for `password_reset_of`."""


def password_reset_of(row: Row) -> PasswordResetToken:
    """Return the token from a row of `PASSWORD_RESET`."""
    user_id, token_hash, expires_at, mailed = row
    return PasswordResetToken(user_id, token_hash, expires_at, bool(mailed))


SECOND_FACTOR = columns(SecondFactor.__struct_fields__)
"""Columns of the table `second_factors` for `second_factor_of`."""


def second_factor_of(row: Row) -> SecondFactor:
    """Return the second factor from a row of `SECOND_FACTOR`. The hashes of recovery codes are one text."""
    user_id, version, secret, confirmed, last_step, recovery = row
    return SecondFactor(user_id, version, secret, bool(confirmed), last_step, tuple(recovery.split()))


ACCOUNT_INVITE = columns(AccountInvite.__struct_fields__, "i")
"""Columns of `account_invites i` for `account_invite_of`."""


def account_invite_of(row: Row) -> AccountInvite:
    """Return the invitation from a row of `ACCOUNT_INVITE`."""
    invite_id, code_hash, created_by, created_at, expires_at, uses, used, email, revoked = row
    return AccountInvite(
        id=invite_id,
        code_hash=code_hash,
        created_by=created_by,
        created_at=created_at,
        expires_at=expires_at,
        uses=uses,
        used=used,
        email=email,
        revoked=bool(revoked),
    )


ACCOUNT_INVITES = f"SELECT {ACCOUNT_INVITE} FROM account_invites i JOIN users u ON u.id = i.created_by"
"""Query of `account_invites i` and the creator, `users u`; its rows are read by `account_invite_of`."""


def open_account_invite(at: str) -> str:
    """Return the condition that an invitation of `account_invites i` may be used at a time, given in SQL."""
    return f"NOT i.revoked AND i.expires_at > {at} AND i.used < coalesce(i.uses, i.used + 1)"


LISTED_ACCOUNT_INVITES = (
    f"SELECT {ACCOUNT_INVITE}, {user_summary('u')}, {IS_ADMIN}"
    " FROM account_invites i JOIN users u ON u.id = i.created_by"
)
INVITED_USERS = (
    f"SELECT used.invite_id, {user_summary('u')} FROM account_invite_uses used JOIN users u ON u.id = used.user_id"
)
"""Queries of `account_invites i` and of the users invited with them, `users u`, for `listed_account_invites_of`."""


def listed_account_invites_of(invites: Iterable[Row], users: Iterable[Row]) -> list[ListedAccountInvite]:
    """Return the listed invitations from rows of `LISTED_ACCOUNT_INVITES` and of `INVITED_USERS`, in their orders."""
    invited: dict[str, list[UserSummary]] = {}
    for invite_id, *user in users:
        invited.setdefault(invite_id, []).append(user_summary_of(user))
    listed = []
    for *row, creator_id, creator_name, creator_avatar, creator_is_admin in invites:
        invite = account_invite_of(row)
        creator = UserSummary(creator_id, creator_name, creator_avatar)
        listed.append(ListedAccountInvite(invite, creator, bool(creator_is_admin), tuple(invited.get(invite.id, ()))))
    return listed

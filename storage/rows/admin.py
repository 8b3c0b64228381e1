"""Columns and mappers of announcements, promotions and totals."""

from collections.abc import Iterable

from domain.accounts import User
from domain.admin import Announcement, ListedPromotion, Promotion, Totals
from storage.rows import Row, columns
from storage.rows.accounts import IS_ADMIN, user_summary, user_summary_of

ANNOUNCEMENT = columns(Announcement.__struct_fields__)
"""Columns of the table `public_notices` for `announcement_of`."""


def announcement_of(row: Row) -> Announcement:
    """Return the announcement from a row of `ANNOUNCEMENT`."""
    return Announcement(*row)


PROMOTION = columns(Promotion.__struct_fields__)
"""Columns of the table `promotions` for `promotion_of`."""


def promotion_of(row: Row) -> Promotion:
    """Return the promotion from a row of `PROMOTION`."""
    return Promotion(*row)


LISTED_PROMOTIONS = (
    f"SELECT p.user_id, p.created_at, p.expires_at, {user_summary('u')}"  # noqa: S608 - only constants
    " FROM promotions p JOIN users u ON u.id = p.proposed_by JOIN users c ON c.id = p.user_id"
    f" WHERE {IS_ADMIN} AND c.role <> 'admin' AND NOT c.disabled AND NOT c.deleted"
)
"""Query of `promotions p` that can be confirmed, with the proposing admins; read by `listed_promotion_of`."""


def listed_promotion_of(row: Row, user: User) -> ListedPromotion:
    """Return the promotion as shown from a row of `LISTED_PROMOTIONS` and its user, whose id is the first column."""
    _, created_at, expires_at, *proposer = row
    return ListedPromotion(user.listed, user_summary_of(proposer), created_at, expires_at)


def totals_of(rows: Iterable[Row]) -> Totals:
    """Return the totals from rows of a name and a number: `users`, `rooms`, `messages`, and days with new accounts."""
    counts = {str(name): int(count) for name, count in rows}
    return Totals(counts.pop("users"), counts.pop("rooms"), counts.pop("messages"), counts)

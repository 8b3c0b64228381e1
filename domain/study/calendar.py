"""Records of calendar links."""

from domain.base import Record, Timestamp


class CalendarState(Record, frozen=True):
    """The link of a user's calendar: since when there is one, null if there is none. The link itself is not stored."""

    created_at: Timestamp | None


class CalendarLink(Record, frozen=True):
    """A new link of a user's calendar. It is shown only now."""

    created_at: Timestamp
    link: str

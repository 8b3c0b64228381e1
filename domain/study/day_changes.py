"""Effects of a changed profile on a user's days."""

from datetime import timedelta

from domain.study.days import DayRule, day_of, skipped_days
from domain.study.progress import DayChanges


def day_changes(before: DayRule, after: DayRule, *, registered_at: int, now: int) -> DayChanges:
    """Return the effects of a changed rule of days, or a changed goal, at a moment.

    A new goal is in force from the next day on: the goal of a day is the one at its first second. On the day of the
    registration it is in force at once, because at the first second of that day there was no account.

    Args:
        before, after: rules of days.
        registered_at, now: Unix time in milliseconds.
    """
    today = day_of(now, after)
    is_first_day = day_of(registered_at, after) >= today
    since = today if is_first_day else today + timedelta(days=1)
    return DayChanges(since, tuple(skipped_days(now, before, after)))

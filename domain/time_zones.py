"""Time zones of the IANA database, from the package tzdata: the same rules on every machine and node."""

from datetime import tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import tzdata

from text.normalise import json_schema
from text.violations import InvalidText

UTC = "Etc/UTC"
"""Zone of a user without a choice."""

_DATA = files(tzdata)

TIME_ZONES = frozenset(_DATA.joinpath("zones").read_text("utf-8").split()) - {"Factory"}
"""Names of all zones, including older spellings like `Asia/Calcutta`, which some browsers send."""

_MAX_NAME = max(map(len, TIME_ZONES))


@json_schema(maxLength=_MAX_NAME)
def time_zone(raw: str) -> str:
    """Name of a time zone, as it is spelled in `TIME_ZONES`."""
    if raw not in TIME_ZONES:
        raise InvalidText("unknown_time_zone", "must be a time zone of the IANA database, like Europe/Berlin")
    return raw


@cache  # at most one for each of TIME_ZONES, and UTC for a name that is not one
def load_zone(name: str) -> tzinfo:
    """Return the rules of a zone.

    A name that tzdata does not have is read as UTC: an older server reads the database of a newer one.
    """
    known = name if name in TIME_ZONES else UTC
    with _DATA.joinpath("zoneinfo", *known.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=known)

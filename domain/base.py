"""Base types of records and request bodies, and the types of ids and timestamps.

Field names become camelCase on the wire. Records are frozen: the cache returns the same object to all callers.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, NewType, TypeAlias

import msgspec

from domain.errors.base import InvalidInput
from domain.errors.fields import FieldError
from text.violations import InvalidText

Timestamp = NewType("Timestamp", Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})])
"""RFC 3339 in UTC with milliseconds, `2026-11-22T09:30:00.123Z`: text order is time order."""

_Id: TypeAlias = Annotated[str, msgspec.Meta(extra_json_schema={"format": "uuid"})]
UserId: TypeAlias = _Id
RoomId: TypeAlias = _Id
MessageId: TypeAlias = _Id
SessionId: TypeAlias = _Id
InviteId: TypeAlias = _Id
AuditEntryId: TypeAlias = _Id
AnnouncementId: TypeAlias = _Id
ReportId: TypeAlias = _Id
ScheduledSessionId: TypeAlias = _Id
FocusSessionId: TypeAlias = _Id
TaskId: TypeAlias = _Id


EXAMPLE_ROOM = "01890a5d-ac96-774b-bcce-b302099a8057"
"""Id in examples of the API documents."""

Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""Number of a message. The upper bound is the largest integer that JavaScript represents exactly."""


def _join_lines(*parts: str | None) -> str:
    """Join the parts that are not empty, one a line."""
    return "\n".join(filter(None, parts))


class Record(msgspec.Struct, frozen=True, rename="camel"):
    """Base of everything that is stored or sent."""


Rule = Callable[[str], str]
"""A rule for text. It raises `InvalidText`."""


class Payload(msgspec.Struct, frozen=True, rename="camel"):
    """Base of every request body and event argument, validated at construction.

    `RULES` maps each text field to its rule of text/normalise.py. `EXAMPLE` is a valid instance as JSON, shown in the
    API documents. A field that null clears has the type `… | UnsetType | None`; in all other fields null counts as
    absent.
    """

    RULES: ClassVar[dict[str, Rule]] = {}
    EXAMPLE: ClassVar[Mapping[str, Any]] = {}

    def __post_init__(self) -> None:
        refused: list[FieldError] = []
        for name, rule in self.RULES.items():
            value = getattr(self, name)
            if value is None or value is msgspec.UNSET:
                continue
            try:
                msgspec.structs.force_setattr(self, name, rule(value))
            except InvalidText as error:
                refused.append(FieldError.from_text(self._wire_name(name), error))
        if refused:
            raise InvalidInput(refused)

    def _wire_name(self, name: str) -> str:
        return dict(zip(self.__struct_fields__, self.__struct_encode_fields__, strict=True))[name]

    def provided(self) -> dict[str, Any]:
        """Return the fields that have a value: the changes of a partial update."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}


class QueryParams(Payload, frozen=True):
    """Base of query strings: numbers are sent as text, and an empty value counts as absent."""

"""Outcomes of the bad-input matrix: refusals with status, code and fields, and successes."""

from typing import NamedTuple

UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"
DIGITS = b"7" * 5_000
LIMIT = 64 * 1024


class Refused(NamedTuple):
    """A failure: its status and code, and the fields that `errors` names, which only 422 has."""

    status: int
    code: str
    fields: tuple[str, ...] = ()


class Accepted(NamedTuple):
    """A success. `kept` is the value of the field in the answer, if the answer has it."""

    kept: str | None = None


Outcome = Refused | Accepted

ACCEPTED = Accepted()
NO_JSON = Refused(400, "invalid_json")
NOT_SIGNED_IN = Refused(401, "not_signed_in")
ROOM_NOT_FOUND = Refused(404, "room_not_found")
ROUTE_NOT_FOUND = Refused(404, "route_not_found")
NOT_A_MEMBER = Refused(403, "not_a_member")
FORBIDDEN = Refused(403, "forbidden")
MESSAGE_NOT_FOUND = Refused(404, "message_not_found")
REPORT_NOT_FOUND = Refused(404, "report_not_found")
TOO_LARGE = Refused(413, "payload_too_large")
WRONG_TYPE = Refused(415, "unsupported_media_type")
METHOD_NOT_ALLOWED = Refused(405, "method_not_allowed")
WRONG_CREDENTIALS = Refused(401, "wrong_credentials")
WRONG_PASSWORD = Refused(403, "wrong_password")
WRONG_CODE = Refused(403, "wrong_code")
CANNOT_MAKE_ADMIN = Refused(403, "cannot_make_admin")
INVITE_NOT_FOUND = Refused(404, "invite_not_found")
NO_ADMIN_LINK = Refused(403, "invalid_admin_link")
NO_RESET_TOKEN = Refused(403, "invalid_reset_token")
NO_VERIFICATION_TOKEN = Refused(403, "invalid_verification_token")
NO_REFRESH_TOKEN = Refused(401, "invalid_refresh_token")
NO_TOKEN = Refused(401, "token_invalid")
NOT_PRESENT = Refused(409, "not_present")
SESSION_NOT_FOUND = Refused(404, "session_not_found")
PROMOTION_NOT_FOUND = Refused(404, "promotion_not_found")
TASK_NOT_FOUND = Refused(404, "task_not_found")
FOCUS_SESSION_NOT_FOUND = Refused(404, "focus_session_not_found")
USER_NOT_FOUND = Refused(404, "user_not_found")
OWNER_CANNOT_LEAVE = Refused(409, "owner_cannot_leave")
UNKNOWN_EVENT = Refused(404, "unknown_event")


def invalid(*fields: str) -> Refused:
    """Return the refusal of input that names these fields."""
    return Refused(422, "invalid_input", fields)


INVALID = invalid("?")
"""The field at hand is refused."""

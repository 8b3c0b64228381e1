"""Rules of the storage contract that need no database: authorisation, admission, transfer, numbering, reports.

A backend reads the facts in the transaction that writes, and passes them to one function here. The function returns the
result or raises the error of the contract (storage/base/); it reads and changes nothing. Rules of permissions that also
apply before the transaction are in domain/permissions.py.

For speed, backends apply some of these rules in SQL. Comments there name the rule, and
tests/storage/test_rules_in_sql.py compares both.
"""

from storage.rules.messages import (
    DraftFacts,
    IdempotencyKey,
    NumberedDrafts,
    has_repeats,
    idempotency_key,
    number_drafts,
    numbered,
    with_current_names,
)
from storage.rules.moderation import (
    GONE,
    ReportTarget,
    audience_of_report,
    authorize_once,
    report_of_message,
    report_of_room,
    report_of_user,
)
from storage.rules.rooms import (
    AdmissionFacts,
    InviteFacts,
    admit,
    check_end_of_membership,
    check_invite,
    check_transfer,
    effective_member,
    mute_at,
    mute_in_force,
    was_removed_since,
)

__all__ = [
    "GONE",
    "AdmissionFacts",
    "DraftFacts",
    "IdempotencyKey",
    "InviteFacts",
    "NumberedDrafts",
    "ReportTarget",
    "admit",
    "audience_of_report",
    "authorize_once",
    "check_end_of_membership",
    "check_invite",
    "check_transfer",
    "effective_member",
    "has_repeats",
    "idempotency_key",
    "mute_at",
    "mute_in_force",
    "number_drafts",
    "numbered",
    "report_of_message",
    "report_of_room",
    "report_of_user",
    "was_removed_since",
    "with_current_names",
]

"""Rules for new accounts: registration mode and allowed email domains."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from domain.base import Record
from domain.errors.accounts import InvitationNeeded, RegistrationClosed
from domain.errors.base import InvalidInput
from domain.errors.fields import FieldError
from text import normalise
from text.violations import ErrorParams

RegistrationMode: TypeAlias = Literal["open", "invited", "closed"]
_ANY_SUBDOMAIN = "*."
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")


class ServerRules(Record, frozen=True):
    """Rules of this server that a client needs before it signs in.

    `allowedDomains` lists the email domains that may register: `school.example` is only that domain, `*.school.example`
    all of its subdomains; empty is every domain. `approval` is true if an admin approves new accounts, except accounts
    created with an invitation. `mail` is true if the server sends mail. `verifiedOnly` is true if only users with a
    verified email may create and join rooms, and write there.
    """

    registration: RegistrationMode
    allowed_domains: list[str]
    approval: bool
    mail: bool
    verified_only: bool


class RegistrationRules:
    """Decides if a new account may be created.

    Args:
        mode: "open", "invited" (an invitation is required) or "closed".
        domains: allowed email domains, as in `ServerRules`; empty for every domain.
        approval: True if an admin approves accounts that are created without an invitation.
        mail: True if the server sends mail.
        verified_only: True if rooms are for users with a verified email.
    """

    def __init__(
        self,
        mode: RegistrationMode = "open",
        domains: Sequence[str] = (),
        *,
        approval: bool = False,
        mail: bool = False,
        verified_only: bool = False,
    ) -> None:
        self.public_rules = ServerRules(mode, list(domains), approval, mail, verified_only)
        self._hosts = frozenset(
            normalise.host_key(domain) for domain in domains if not domain.startswith(_ANY_SUBDOMAIN)
        )
        self._parents = frozenset(
            normalise.host_key(domain.removeprefix(_ANY_SUBDOMAIN))
            for domain in domains
            if domain.startswith(_ANY_SUBDOMAIN)
        )

    def check(self, email: str) -> None:
        """Reject a registration that the rules do not allow. The answer does not depend on existing accounts.

        Raises:
            RegistrationClosed: registration is closed.
            InvitationNeeded: registration requires an invitation.
            InvalidInput: the domain of `email` is not allowed.
        """
        self.check_open()
        if self.public_rules.registration == "invited":
            raise InvitationNeeded
        self.check_domain(email)

    def check_open(self) -> None:
        """Raise `RegistrationClosed` if clients cannot register, with or without an invitation."""
        if self.public_rules.registration == "closed":
            raise RegistrationClosed

    def check_domain(self, email: str) -> None:
        """Raise `InvalidInput` if the domain of `email` is not allowed."""
        if not self.public_rules.allowed_domains:
            return
        local, _, host = normalise.email_key(email).rpartition("@")
        # The key has plain characters in place of compatibility characters.
        is_address = "@" not in local and _HOST.fullmatch(host)
        if is_address and (host in self._hosts or not self._parents.isdisjoint(_parents_of(host))):
            return
        domains = self.public_rules.allowed_domains
        message, params = f"must be an address of {format_domains(domains)}", ErrorParams(domains=tuple(domains))
        raise InvalidInput([FieldError("email", "email_domain_not_allowed", message, params)])


def format_domains(domains: Sequence[str]) -> str:
    """Return domains as text: "a.example, b.example or *.c.example"."""
    *others, last = domains
    return f"{', '.join(others)} or {last}" if others else last


def _parents_of(host: str) -> Iterable[str]:
    labels = host.split(".")
    return (".".join(labels[start:]) for start in range(1, len(labels)))

"""Accounts changed on the command line while the server runs: their sign-ins end here, too."""

from domain.errors.storage import StorageUnavailable
from services.accounts.sessions import SignIns
from services.presence.presence import Presence
from storage.base import Storage

INTERVAL = 1.0
"""Seconds between two lookups: a sign-in that a command revoked outlives it by about as much."""


class CommandChanges:
    """Disconnects the users whose sign-ins a command has revoked in the database."""

    def __init__(self, storage: Storage, sign_ins: SignIns, presence: Presence) -> None:
        self._storage = storage
        self._sign_ins = sign_ins
        self._presence = presence
        self._seen: int | None = None

    async def follow(self) -> None:
        """Apply the changes since the last call; the first call only notes where they begin.

        A storage that does not answer is asked again by the next call: other parts log it.
        """
        try:
            self._seen, changed = await self._storage.command_changes(self._seen)
        except StorageUnavailable:
            return
        for user_id in changed:
            self._sign_ins.put_out(user_id)
            self._presence.remove_everywhere(user_id)

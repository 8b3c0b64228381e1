"""Accounts changed on the command line while the server runs: their sign-ins end here, too."""

from domain.errors.storage import StorageUnavailable
from services.accounts.sessions import Sessions
from services.presence.presence import Presence
from storage.base import Storage

POLL_INTERVAL = 1.0
"""Seconds between two lookups: a sign-in that a command revoked outlives it by about as much."""


class RevocationPoller:
    """Disconnects the users whose sign-ins a command has revoked in the database."""

    def __init__(self, storage: Storage, sessions: Sessions, presence: Presence) -> None:
        self._storage = storage
        self._sessions = sessions
        self._presence = presence
        self._position: int | None = None

    async def poll(self) -> None:
        """Apply the changes since the last call; the first call only notes where they begin.

        A storage that does not answer is asked again by the next call: other parts log it.
        """
        try:
            self._position, changed = await self._storage.command_changes(self._position)
        except StorageUnavailable:
            return
        for user_id in changed:
            self._sessions.disconnect_user(user_id)
            self._presence.remove_everywhere(user_id)

"""Accounts changed on the command line while the server runs: disconnects their revoked sessions."""

from domain.errors.storage import StorageUnavailable
from services.accounts.sessions import Sessions
from services.context import ServiceContext
from services.presence.presence import Presence

POLL_INTERVAL = 1.0
"""Seconds between two lookups: connections outlive a revocation on the command line by about this."""


class RevocationPoller:
    """Disconnects users after a command has revoked their sessions in the database."""

    def __init__(self, ctx: ServiceContext, sessions: Sessions, presence: Presence) -> None:
        self._storage = ctx.storage
        self._sessions = sessions
        self._presence = presence
        self._position: int | None = None

    async def poll(self) -> None:
        """Apply the changes since the last call; the first call only reads the current position.

        If the storage does not answer, the next call tries again; other components log it.
        """
        try:
            self._position, changed = await self._storage.command_changes(self._position)
        except StorageUnavailable:
            return
        for user_id in changed:
            self._sessions.disconnect_user(user_id)
            self._presence.remove_everywhere(user_id)

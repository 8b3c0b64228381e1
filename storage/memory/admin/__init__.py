"""Admin in memory."""

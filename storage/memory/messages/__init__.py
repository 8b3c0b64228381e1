"""Messages in memory."""

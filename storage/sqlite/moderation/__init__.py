"""SQLite storage: moderation."""

"""SQLite storage: messages."""

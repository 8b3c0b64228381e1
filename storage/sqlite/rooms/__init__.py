"""SQLite storage: rooms."""

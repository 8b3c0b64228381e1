"""SQLite storage: presence."""

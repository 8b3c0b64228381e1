"""SQLite storage: accounts."""

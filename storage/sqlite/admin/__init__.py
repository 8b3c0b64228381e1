"""Admin in SQLite."""

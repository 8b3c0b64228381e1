"""SQLite storage: study."""

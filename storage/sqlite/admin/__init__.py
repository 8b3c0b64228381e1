"""SQLite storage: admin."""

"""Admin in PostgreSQL."""

"""Presence in SQLite."""

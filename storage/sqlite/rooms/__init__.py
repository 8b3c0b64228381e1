"""Rooms in SQLite."""

"""Moderation in SQLite."""

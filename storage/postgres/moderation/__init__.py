"""Moderation in PostgreSQL."""

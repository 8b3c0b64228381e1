"""Presence in PostgreSQL."""

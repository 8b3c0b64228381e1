"""Rooms in PostgreSQL."""

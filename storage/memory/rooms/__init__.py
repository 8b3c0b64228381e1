"""Rooms in memory."""

"""Presence in memory."""

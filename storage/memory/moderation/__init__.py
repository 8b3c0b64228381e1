"""Moderation in memory."""

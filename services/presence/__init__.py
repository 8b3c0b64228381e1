"""Presence: members in rooms, their status, and activity in other rooms."""

"""Rooms: discovery, membership, invitations, and the views that clients get."""

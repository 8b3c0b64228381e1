"""Moderation: roles, removals, mutes, bans, the audit log, reports."""

"""Chaos tests: break the real server while clients chat, then compare their observations with the stored history."""

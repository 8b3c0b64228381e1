"""Faults on purpose: the real server is broken while people talk, and what they saw is held against the history."""

"""Errors of timers, focus sessions, tasks and the schedule."""

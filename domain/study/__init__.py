"""Study: timers, focus sessions, days, tasks. Records and pure functions; no I/O."""

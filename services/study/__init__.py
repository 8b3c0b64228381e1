"""Study: timers of rooms, focus sessions, days and streaks, tasks."""

-- Totals of study time by day, which follow from focus_sessions. Days are dates like 2026-12-01. The goal, in minutes, is
-- the one that was in force at the first second of the day.
CREATE TABLE focus_days (
    user_id TEXT NOT NULL REFERENCES users (id),
    day TEXT NOT NULL,
    seconds INTEGER NOT NULL,
    streak_seconds INTEGER NOT NULL,
    goal INTEGER NOT NULL,
    PRIMARY KEY (user_id, day)
) WITHOUT ROWID;
CREATE TABLE focus_room_days (
    user_id TEXT NOT NULL REFERENCES users (id),
    day TEXT NOT NULL,
    room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    seconds INTEGER NOT NULL,
    PRIMARY KEY (user_id, day, room_id)
) WITHOUT ROWID;
CREATE INDEX focus_room_days_room ON focus_room_days (room_id);
CREATE TABLE focus_task_days (
    user_id TEXT NOT NULL REFERENCES users (id),
    day TEXT NOT NULL,
    task_id TEXT NOT NULL,
    seconds INTEGER NOT NULL,
    PRIMARY KEY (user_id, day, task_id)
) WITHOUT ROWID;
CREATE TABLE focus_hours (
    user_id TEXT NOT NULL REFERENCES users (id),
    day TEXT NOT NULL,
    hour INTEGER NOT NULL,
    seconds INTEGER NOT NULL,
    PRIMARY KEY (user_id, day, hour)
) WITHOUT ROWID;
-- Daily goals of a user who has changed theirs, by the first day on which each is in force; '' is before the first change.
CREATE TABLE daily_goals (
    user_id TEXT NOT NULL REFERENCES users (id),
    since TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    PRIMARY KEY (user_id, since)
) WITHOUT ROWID;
-- Dates that a user skipped by changing their time zone, which break no streak.
CREATE TABLE skipped_days (
    user_id TEXT NOT NULL REFERENCES users (id),
    day TEXT NOT NULL,
    PRIMARY KEY (user_id, day)
) WITHOUT ROWID;

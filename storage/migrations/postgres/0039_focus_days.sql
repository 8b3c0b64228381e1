-- Totals of study time by day, which follow from focus_sessions. Days are dates like 2026-12-01. The goal, in minutes, is
-- the one that was in force at the first second of the day.
CREATE TABLE focus_days (
    user_id uuid NOT NULL REFERENCES users (id),
    day text COLLATE "C" NOT NULL,
    seconds integer NOT NULL,
    streak_seconds integer NOT NULL,
    goal smallint NOT NULL,
    PRIMARY KEY (user_id, day)
);
CREATE TABLE focus_room_days (
    user_id uuid NOT NULL REFERENCES users (id),
    day text COLLATE "C" NOT NULL,
    room_id uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    seconds integer NOT NULL,
    PRIMARY KEY (user_id, day, room_id)
);
CREATE INDEX focus_room_days_room ON focus_room_days (room_id);
CREATE TABLE focus_task_days (
    user_id uuid NOT NULL REFERENCES users (id),
    day text COLLATE "C" NOT NULL,
    task_id uuid NOT NULL,
    seconds integer NOT NULL,
    PRIMARY KEY (user_id, day, task_id)
);
CREATE TABLE focus_hours (
    user_id uuid NOT NULL REFERENCES users (id),
    day text COLLATE "C" NOT NULL,
    hour smallint NOT NULL,
    seconds integer NOT NULL,
    PRIMARY KEY (user_id, day, hour)
);
-- Daily goals of a user who has changed theirs, by the first day on which each is in force; '' is before the first change.
CREATE TABLE daily_goals (
    user_id uuid NOT NULL REFERENCES users (id),
    since text COLLATE "C" NOT NULL,
    minutes smallint NOT NULL,
    PRIMARY KEY (user_id, since)
);
-- Dates that a user skipped by changing their time zone, which break no streak.
CREATE TABLE skipped_days (
    user_id uuid NOT NULL REFERENCES users (id),
    day text COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, day)
);

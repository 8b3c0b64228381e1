-- The user's days: their time zone (NULL until a client has sent it), the hour at which they start, the goal in minutes.
ALTER TABLE users ADD COLUMN time_zone text;
ALTER TABLE users ADD COLUMN day_starts_at smallint NOT NULL DEFAULT 4;
ALTER TABLE users ADD COLUMN daily_goal smallint NOT NULL DEFAULT 60;
ALTER TABLE users ADD COLUMN week_starts_on text NOT NULL DEFAULT 'monday';

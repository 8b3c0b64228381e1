-- Leaderboards of rooms. Days of a room are those of its time zone; a session stores the zone as of its start.
ALTER TABLE rooms ADD COLUMN leaderboard TEXT NOT NULL DEFAULT 'off' CHECK (leaderboard IN ('off', 'on'));
ALTER TABLE rooms ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'Etc/UTC';
UPDATE rooms SET time_zone = coalesce((SELECT u.time_zone FROM users u WHERE u.id = rooms.created_by), 'Etc/UTC')
WHERE NOT deleted;
-- Whether the others in the room see the member's study time there.
ALTER TABLE members ADD COLUMN show_on_leaderboard INTEGER NOT NULL DEFAULT 0;
ALTER TABLE focus_sessions ADD COLUMN room_time_zone TEXT;
UPDATE focus_sessions SET room_time_zone = (SELECT r.time_zone FROM rooms r WHERE r.id = focus_sessions.room_id)
WHERE room_id IS NOT NULL;
-- Counted study time in a room, without manual sessions. Periods: 2026-12-01, 2026-W49, 2026-12, all.
CREATE TABLE room_totals (
    room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    period TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    seconds INTEGER NOT NULL,
    PRIMARY KEY (room_id, period, user_id)
) WITHOUT ROWID;
CREATE INDEX room_totals_user ON room_totals (user_id);

-- Attendance reads the sessions of a room that began at some time.
DROP INDEX focus_sessions_room;
CREATE INDEX focus_sessions_room ON focus_sessions (room_id, started_at) WHERE room_id IS NOT NULL;

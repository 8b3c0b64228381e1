-- Plan with which a scheduled session starts the timer of its room, and the session that started a timer.
ALTER TABLE scheduled_sessions ADD COLUMN plan TEXT;
ALTER TABLE room_timers ADD COLUMN scheduled_session_id TEXT;

-- Focus sessions: counted study time. At most one of a user is open (without ended_at).
CREATE TABLE focus_sessions (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    room_id TEXT REFERENCES rooms (id) ON DELETE SET NULL,
    task_id TEXT,
    activity TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('timer', 'stopwatch', 'manual')),
    started_at TEXT NOT NULL,
    ended_at TEXT,
    seconds INTEGER NOT NULL CHECK (seconds >= 0),
    time_zone TEXT NOT NULL,
    day_starts_at INTEGER NOT NULL,
    client_id TEXT,
    created_at TEXT NOT NULL,
    lost_at TEXT,
    ends_at TEXT,
    acted_at TEXT,
    checked_at TEXT,
    is_piece INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE UNIQUE INDEX focus_sessions_open ON focus_sessions (user_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX focus_sessions_client_id ON focus_sessions (user_id, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX focus_sessions_user ON focus_sessions (user_id, started_at);
CREATE INDEX focus_sessions_room ON focus_sessions (room_id) WHERE room_id IS NOT NULL;
CREATE INDEX focus_sessions_keys ON focus_sessions (created_at) WHERE client_id IS NOT NULL;
-- The last time at which each server process was known to run, on the clock of the study area.
CREATE TABLE study_checkpoints (
    node TEXT PRIMARY KEY,
    alive_at TEXT NOT NULL
) WITHOUT ROWID;

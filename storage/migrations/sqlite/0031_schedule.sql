-- Dates for studying together. Lists and local dates are text; due_at is the time of the next reminder, start or end.
CREATE TABLE scheduled_sessions (
    id TEXT PRIMARY KEY,
    room_id TEXT NOT NULL REFERENCES rooms (id),
    title TEXT NOT NULL,
    local_start TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    time_zone TEXT NOT NULL,
    days TEXT NOT NULL,
    until TEXT,
    excluded TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL,
    client_id TEXT,
    ends_at TEXT NOT NULL,
    due_at TEXT,
    version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX scheduled_sessions_by_room ON scheduled_sessions (room_id, due_at);
CREATE INDEX scheduled_sessions_by_creator ON scheduled_sessions (created_by, client_id);
CREATE INDEX scheduled_sessions_by_due ON scheduled_sessions (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX scheduled_sessions_over ON scheduled_sessions (ends_at) WHERE due_at IS NULL;
CREATE TABLE going (
    session_id TEXT NOT NULL REFERENCES scheduled_sessions (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id),
    room_id TEXT NOT NULL REFERENCES rooms (id),
    created_at TEXT NOT NULL,
    PRIMARY KEY (session_id, user_id)
) WITHOUT ROWID;
CREATE INDEX going_by_user ON going (user_id, room_id);
CREATE INDEX going_by_room ON going (room_id);

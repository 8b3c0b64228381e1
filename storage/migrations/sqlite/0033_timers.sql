-- Timers of rooms, and of users alone. A row is the last change: the phase of a later moment is calculated from it.
CREATE TABLE room_timers (
    room_id TEXT PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    phase TEXT,
    round INTEGER NOT NULL,
    started_at TEXT,
    duration INTEGER NOT NULL,
    remaining INTEGER,
    plan TEXT NOT NULL,
    next_plan TEXT,
    auto_continue INTEGER NOT NULL,
    empty_since TEXT,
    changed_by TEXT REFERENCES users (id),
    changed_at TEXT
) WITHOUT ROWID;
CREATE INDEX active_timers ON room_timers (room_id) WHERE state <> 'idle';
CREATE INDEX room_timers_by_user ON room_timers (changed_by, room_id);
CREATE TABLE user_timers (
    user_id TEXT PRIMARY KEY REFERENCES users (id),
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    phase TEXT,
    round INTEGER NOT NULL,
    started_at TEXT,
    duration INTEGER NOT NULL,
    remaining INTEGER,
    plan TEXT NOT NULL,
    next_plan TEXT,
    auto_continue INTEGER NOT NULL,
    empty_since TEXT,
    changed_at TEXT
) WITHOUT ROWID;
-- Users who may change the timer: all members, or only moderators.
ALTER TABLE rooms ADD COLUMN timer_control TEXT NOT NULL DEFAULT 'members';

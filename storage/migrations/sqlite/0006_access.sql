-- Read with each message; `mutes` has it, too, for those who leave and come back.
ALTER TABLE members ADD COLUMN muted_until TEXT;

CREATE TABLE mutes (
    room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id),
    until TEXT NOT NULL,
    PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;

CREATE TABLE bans (
    room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id),
    banned_by TEXT NOT NULL REFERENCES users (id),
    reason TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;

CREATE TABLE invites (
    id TEXT PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    uses INTEGER,
    used INTEGER NOT NULL DEFAULT 0,
    CHECK (used BETWEEN 0 AND coalesce(uses, used))
) WITHOUT ROWID;

CREATE INDEX invites_by_room ON invites (room_id, created_by);

-- Who they are is looked up. `details` is JSON without names.
CREATE TABLE audit_log (
    room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    id TEXT NOT NULL UNIQUE,
    action TEXT NOT NULL,
    actor_id TEXT NOT NULL REFERENCES users (id),
    target_id TEXT REFERENCES users (id),
    details TEXT NOT NULL,
    timestamp TEXT NOT NULL,
    PRIMARY KEY (room_id, id)
) WITHOUT ROWID;

-- Whose name a message says: it is taken out of the message when they delete their account.
CREATE TABLE named (
    user_id TEXT NOT NULL REFERENCES users (id),
    room_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (user_id, room_id, seq),
    FOREIGN KEY (room_id, seq) REFERENCES messages (room_id, seq) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX named_by_message ON named (room_id, seq);

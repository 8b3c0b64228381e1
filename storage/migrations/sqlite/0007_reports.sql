-- A report holds the message as it stood: it may be expired by then. Who people are is looked up.
CREATE TABLE reports (
    room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    id TEXT NOT NULL UNIQUE,
    message_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    content TEXT NOT NULL,
    timestamp TEXT NOT NULL,
    sender_id TEXT NOT NULL REFERENCES users (id),
    reporter_id TEXT NOT NULL REFERENCES users (id),
    reason TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'resolved')),
    created_at TEXT NOT NULL,
    resolved_by TEXT REFERENCES users (id),
    resolved_at TEXT,
    PRIMARY KEY (room_id, id),
    UNIQUE (room_id, message_id, reporter_id),
    CHECK ((resolved_by IS NULL) = (status = 'open') AND (resolved_at IS NULL) = (status = 'open'))
) WITHOUT ROWID;

-- The messages that are kept of a room are those from first_seq to last_seq, each for retention_days; NULL is for ever.
ALTER TABLE rooms ADD COLUMN retention_days INTEGER CHECK (retention_days > 0);
ALTER TABLE rooms ADD COLUMN first_seq INTEGER NOT NULL DEFAULT 1 CHECK (first_seq BETWEEN 1 AND last_seq + 1);

-- A deleted room keeps its row until its messages are gone, a few at a time.
ALTER TABLE rooms ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1));
CREATE INDEX deleted_rooms ON rooms (id) WHERE deleted;

-- What tells the retry of a message that has expired.
CREATE TABLE expired_keys (
    room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    sender_id TEXT REFERENCES users (id),
    client_message_id TEXT NOT NULL,
    id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    timestamp TEXT NOT NULL,
    expired_at TEXT NOT NULL
);

CREATE UNIQUE INDEX expired_keys_by_client ON expired_keys (room_id, client_message_id, coalesce(sender_id, ''));

CREATE INDEX expired_keys_by_time ON expired_keys (expired_at);

-- The messages that are kept of a room are those from first_seq to last_seq, each for retention_days; NULL is for ever.
-- A deleted room keeps its row until its messages are gone, a few at a time.
ALTER TABLE rooms
    ADD COLUMN retention_days integer CHECK (retention_days > 0),
    ADD COLUMN first_seq bigint NOT NULL DEFAULT 1,
    ADD COLUMN deleted boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT rooms_first_seq CHECK (first_seq BETWEEN 1 AND last_seq + 1);
CREATE INDEX rooms_deleted ON rooms (id) WHERE deleted;

-- What tells the retry of a message that has expired.
CREATE TABLE expired_keys (
    room_id uuid NOT NULL REFERENCES rooms ON DELETE CASCADE,
    sender_id uuid REFERENCES users,
    client_message_id text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    seq bigint NOT NULL,
    timestamp timestamptz(3) NOT NULL,
    expired_at timestamptz(3) NOT NULL
);
CREATE UNIQUE INDEX expired_keys_client_message_id
    ON expired_keys (room_id, client_message_id, coalesce(sender_id, '00000000-0000-0000-0000-000000000000'));
CREATE INDEX expired_keys_expired_at ON expired_keys (expired_at);

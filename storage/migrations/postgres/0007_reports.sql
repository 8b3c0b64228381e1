-- A report holds the message as it stood: it may be expired by then. Who people are is looked up.
CREATE TABLE reports (
    id uuid PRIMARY KEY,
    room_id uuid NOT NULL REFERENCES rooms ON DELETE CASCADE,
    message_id uuid NOT NULL,
    seq bigint NOT NULL,
    content text NOT NULL,
    timestamp timestamptz(3) NOT NULL,
    sender_id uuid NOT NULL REFERENCES users,
    reporter_id uuid NOT NULL REFERENCES users,
    reason text NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'resolved')),
    created_at timestamptz(3) NOT NULL,
    resolved_by uuid REFERENCES users,
    resolved_at timestamptz(3),
    UNIQUE (room_id, message_id, reporter_id),
    CHECK ((resolved_by IS NULL) = (status = 'open') AND (resolved_at IS NULL) = (status = 'open'))
);
CREATE INDEX reports_room ON reports (room_id, id);

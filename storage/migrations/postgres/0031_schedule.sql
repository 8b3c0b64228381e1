-- Dates for studying together. Lists and local dates are text; due_at is the time of the next reminder, start or end.
CREATE TABLE scheduled_sessions (
    id uuid PRIMARY KEY,
    room_id uuid NOT NULL REFERENCES rooms,
    title text NOT NULL,
    local_start text NOT NULL,
    minutes integer NOT NULL,
    time_zone text NOT NULL,
    days text NOT NULL,
    until text,
    excluded text NOT NULL,
    created_by uuid NOT NULL REFERENCES users,
    created_at timestamptz(3) NOT NULL,
    client_id text,
    ends_at timestamptz(3) NOT NULL,
    due_at timestamptz(3),
    version integer NOT NULL
);
CREATE INDEX scheduled_sessions_by_room ON scheduled_sessions (room_id, due_at);
CREATE INDEX scheduled_sessions_by_creator ON scheduled_sessions (created_by, client_id);
CREATE INDEX scheduled_sessions_by_due ON scheduled_sessions (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX scheduled_sessions_over ON scheduled_sessions (ends_at) WHERE due_at IS NULL;
CREATE TABLE going (
    session_id uuid NOT NULL REFERENCES scheduled_sessions ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users,
    room_id uuid NOT NULL REFERENCES rooms,
    created_at timestamptz(3) NOT NULL,
    PRIMARY KEY (session_id, user_id)
);
CREATE INDEX going_by_user ON going (user_id, room_id);
CREATE INDEX going_by_room ON going (room_id);

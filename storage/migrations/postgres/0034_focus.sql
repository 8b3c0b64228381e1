-- Focus sessions: counted study time. At most one of a user is open (without ended_at).
CREATE TABLE focus_sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users,
    room_id uuid REFERENCES rooms ON DELETE SET NULL,
    task_id uuid,
    activity text NOT NULL,
    source text NOT NULL CHECK (source IN ('timer', 'stopwatch', 'manual')),
    started_at timestamptz(3) NOT NULL,
    ended_at timestamptz(3),
    seconds integer NOT NULL CHECK (seconds >= 0),
    time_zone text NOT NULL,
    day_starts_at smallint NOT NULL,
    client_id text COLLATE "C",
    created_at timestamptz(3) NOT NULL,
    lost_at timestamptz(3),
    ends_at timestamptz(3),
    acted_at timestamptz(3),
    checked_at timestamptz(3),
    is_piece boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX focus_sessions_open ON focus_sessions (user_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX focus_sessions_client_id ON focus_sessions (user_id, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX focus_sessions_user ON focus_sessions (user_id, started_at);
CREATE INDEX focus_sessions_room ON focus_sessions (room_id) WHERE room_id IS NOT NULL;
CREATE INDEX focus_sessions_keys ON focus_sessions (created_at) WHERE client_id IS NOT NULL;
-- The last time at which each server process was known to run, on the clock of the study area.
CREATE TABLE study_checkpoints (
    node text PRIMARY KEY,
    alive_at timestamptz(3) NOT NULL
);

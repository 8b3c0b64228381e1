-- Timers of rooms, and of users alone. A row is the last change: the phase of a later moment is calculated from it.
CREATE TABLE room_timers (
    room_id uuid PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
    version bigint NOT NULL,
    state text NOT NULL,
    phase text,
    round integer NOT NULL,
    started_at timestamptz(3),
    duration integer NOT NULL,
    remaining bigint,
    plan text NOT NULL,
    next_plan text,
    auto_continue boolean NOT NULL,
    empty_since timestamptz(3),
    changed_by uuid REFERENCES users (id),
    changed_at timestamptz(3)
);
CREATE INDEX active_timers ON room_timers (room_id) WHERE state <> 'idle';
CREATE INDEX room_timers_by_user ON room_timers (changed_by, room_id);
CREATE TABLE user_timers (
    user_id uuid PRIMARY KEY REFERENCES users (id),
    version bigint NOT NULL,
    state text NOT NULL,
    phase text,
    round integer NOT NULL,
    started_at timestamptz(3),
    duration integer NOT NULL,
    remaining bigint,
    plan text NOT NULL,
    next_plan text,
    auto_continue boolean NOT NULL,
    empty_since timestamptz(3),
    changed_at timestamptz(3)
);
-- Users who may change the timer: all members, or only moderators.
ALTER TABLE rooms ADD COLUMN timer_control text NOT NULL DEFAULT 'members';

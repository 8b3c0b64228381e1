-- Read with each message; `mutes` has it, too, for those who leave and come back.
ALTER TABLE members ADD COLUMN muted_until timestamptz(3);

CREATE TABLE mutes (
    room_id uuid REFERENCES rooms ON DELETE CASCADE,
    user_id uuid REFERENCES users,
    until timestamptz(3) NOT NULL,
    PRIMARY KEY (room_id, user_id)
);

CREATE TABLE bans (
    room_id uuid REFERENCES rooms ON DELETE CASCADE,
    user_id uuid REFERENCES users,
    banned_by uuid NOT NULL REFERENCES users,
    reason text NOT NULL,
    created_at timestamptz(3) NOT NULL,
    PRIMARY KEY (room_id, user_id)
);

CREATE TABLE invites (
    id uuid PRIMARY KEY,
    code text COLLATE "C" NOT NULL UNIQUE,
    room_id uuid NOT NULL REFERENCES rooms ON DELETE CASCADE,
    created_by uuid NOT NULL REFERENCES users,
    created_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    uses integer,
    used integer NOT NULL DEFAULT 0 CHECK (used BETWEEN 0 AND coalesce(uses, used))
);
CREATE INDEX invites_room ON invites (room_id, created_by);

-- Who they are is looked up. `details` is JSON without names.
CREATE TABLE audit_log (
    id uuid PRIMARY KEY,
    room_id uuid NOT NULL REFERENCES rooms ON DELETE CASCADE,
    action text NOT NULL,
    actor_id uuid NOT NULL REFERENCES users,
    target_id uuid REFERENCES users,
    details text NOT NULL,
    timestamp timestamptz(3) NOT NULL
);
CREATE INDEX audit_log_room ON audit_log (room_id, id);

-- Whose name a message says: it is taken out of the message when they delete their account.
CREATE TABLE named (
    user_id uuid REFERENCES users,
    room_id uuid,
    seq bigint,
    name text NOT NULL,
    PRIMARY KEY (user_id, room_id, seq),
    FOREIGN KEY (room_id, seq) REFERENCES messages ON DELETE CASCADE
);
CREATE INDEX named_message ON named (room_id, seq);

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

INSERT INTO meta (name, value) VALUES ('epoch', lower(hex(randomblob(16))));

-- A deleted user keeps their row, for the messages they wrote: first_name is then all of the name.
CREATE TABLE users (
    id TEXT PRIMARY KEY,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    name TEXT NOT NULL GENERATED ALWAYS AS (CASE deleted WHEN 1 THEN first_name ELSE first_name || ' ' || last_name END),
    email TEXT UNIQUE,
    password_hash TEXT,
    role TEXT NOT NULL CHECK (role IN ('student', 'admin')),
    avatar TEXT,
    bio TEXT,
    created_at TEXT NOT NULL,
    last_login TEXT,
    deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
    CHECK ((email IS NULL) = deleted AND (password_hash IS NULL) = deleted),
    CHECK (deleted = 0 OR (avatar IS NULL AND bio IS NULL))
);

CREATE TABLE sign_ins (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    refresh_hash TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0 CHECK (revoked IN (0, 1))
);

CREATE INDEX sign_ins_by_user ON sign_ins (user_id);

CREATE TABLE rooms (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    subject TEXT NOT NULL,
    image TEXT,
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'private')),
    capacity INTEGER,
    total_members INTEGER NOT NULL DEFAULT 0,
    last_seq INTEGER NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
    last_active TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL,
    search_text TEXT NOT NULL,
    CHECK (total_members BETWEEN 0 AND coalesce(capacity, total_members))
);

CREATE TABLE members (
    room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'moderator', 'member')),
    joined_at TEXT NOT NULL,
    last_read INTEGER NOT NULL CHECK (last_read >= 0),
    PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;

CREATE INDEX members_by_user ON members (user_id);

CREATE UNIQUE INDEX one_owner_per_room ON members (room_id) WHERE role = 'owner';

-- WITHOUT ROWID keeps what was said in one room together on disk. A system message has no sender.
CREATE TABLE messages (
    room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL CHECK (seq > 0),
    id TEXT NOT NULL UNIQUE,
    sender_id TEXT REFERENCES users (id),
    content TEXT NOT NULL,
    timestamp TEXT NOT NULL,
    client_message_id TEXT,
    PRIMARY KEY (room_id, seq)
) WITHOUT ROWID;

CREATE UNIQUE INDEX messages_by_client ON messages (room_id, sender_id, client_message_id)
    WHERE client_message_id IS NOT NULL;

CREATE INDEX messages_by_time ON messages (room_id, timestamp, id);

CREATE TABLE presence (
    room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id),
    status TEXT NOT NULL CHECK (status IN ('active', 'away', 'busy')),
    last_active TEXT NOT NULL,
    PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;

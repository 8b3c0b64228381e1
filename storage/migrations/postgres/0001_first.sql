-- The names of columns are those of the fields in models.py.

CREATE TABLE meta (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    epoch uuid NOT NULL DEFAULT gen_random_uuid(),
    pinged_at timestamptz(3)
);
INSERT INTO meta DEFAULT VALUES;

CREATE TABLE users (
    id uuid PRIMARY KEY,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text COLLATE "C",
    password_hash text NOT NULL,
    role text NOT NULL CHECK (role IN ('student', 'admin')),
    avatar text,
    bio text,
    created_at timestamptz(3) NOT NULL,
    last_login timestamptz(3),
    deleted boolean NOT NULL DEFAULT false,
    CHECK (deleted = (email IS NULL))
);
-- Partial, so that erasing an email is no change of a key: it would wait for everybody who refers to the user.
CREATE UNIQUE INDEX users_email ON users (email) WHERE email IS NOT NULL;

CREATE TABLE sign_ins (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users,
    refresh_hash text NOT NULL,
    created_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    revoked boolean NOT NULL
);
CREATE INDEX sign_ins_user ON sign_ins (user_id);

CREATE TABLE rooms (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    description text NOT NULL,
    subject text NOT NULL,
    image text,
    visibility text NOT NULL CHECK (visibility IN ('public', 'private')),
    capacity integer,
    total_members integer NOT NULL CHECK (total_members >= 0),
    last_seq bigint NOT NULL CHECK (last_seq >= 0),
    last_active timestamptz(3) NOT NULL,
    created_by uuid NOT NULL REFERENCES users,
    created_at timestamptz(3) NOT NULL,
    search_text text COLLATE "C" NOT NULL,
    CONSTRAINT rooms_capacity CHECK (total_members <= capacity)
) WITH (fillfactor = 70);  -- each message changes its room's row: room for that on the same page

CREATE TABLE members (
    room_id uuid REFERENCES rooms ON DELETE CASCADE,
    user_id uuid REFERENCES users,
    role text NOT NULL CHECK (role IN ('owner', 'moderator', 'member')),
    joined_at timestamptz(3) NOT NULL,
    last_read bigint NOT NULL CHECK (last_read >= 0),
    PRIMARY KEY (room_id, user_id)
) WITH (fillfactor = 70);  -- as for rooms
CREATE INDEX members_user ON members (user_id);
CREATE UNIQUE INDEX members_one_owner ON members (room_id) WHERE role = 'owner';

CREATE TABLE messages (
    room_id uuid REFERENCES rooms ON DELETE CASCADE,
    seq bigint CHECK (seq > 0),
    id uuid NOT NULL UNIQUE,
    sender_id uuid REFERENCES users,  -- NULL: a system message
    content text NOT NULL,
    timestamp timestamptz(3) NOT NULL,
    client_message_id text COLLATE "C",
    PRIMARY KEY (room_id, seq)
);
-- NULLs are distinct in an index, and system messages may be sent again, too.
CREATE UNIQUE INDEX messages_client_message_id
    ON messages (room_id, client_message_id, coalesce(sender_id, '00000000-0000-0000-0000-000000000000'))
    WHERE client_message_id IS NOT NULL;
CREATE INDEX messages_recent ON messages (room_id, timestamp DESC, id DESC);

CREATE TABLE presence (
    room_id uuid REFERENCES rooms ON DELETE CASCADE,
    user_id uuid REFERENCES users,
    status text NOT NULL CHECK (status IN ('active', 'away', 'busy')),
    last_active timestamptz(3) NOT NULL,
    PRIMARY KEY (room_id, user_id)
);
CREATE INDEX presence_user ON presence (user_id);

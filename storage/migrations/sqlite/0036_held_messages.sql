-- Rooms can hold messages of members during focus phases of their timer, until the break.
ALTER TABLE rooms ADD COLUMN quiet_focus TEXT NOT NULL DEFAULT 'off' CHECK (quiet_focus IN ('off', 'hold'));

-- True if messages of the room may be held. They are looked for only then.
ALTER TABLE rooms ADD COLUMN has_held INTEGER NOT NULL DEFAULT 0 CHECK (has_held IN (0, 1));

-- Held messages, in their order. At their release they get a number and become messages.
CREATE TABLE held_messages (
    room_id TEXT NOT NULL REFERENCES rooms (id),
    position INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    sender_id TEXT NOT NULL REFERENCES users (id),
    content TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    client_message_id TEXT,
    PRIMARY KEY (room_id, position)
) WITHOUT ROWID;

CREATE UNIQUE INDEX held_messages_by_client ON held_messages (room_id, sender_id, client_message_id);

CREATE INDEX held_messages_by_sender ON held_messages (sender_id);

-- Time of sending of a message that was held; its timestamp is that of the release.
ALTER TABLE messages ADD COLUMN sent_at TEXT;

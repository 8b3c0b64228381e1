-- Rooms can hold messages of members during focus phases of their timer, until the break.
ALTER TABLE rooms ADD COLUMN quiet_focus text NOT NULL DEFAULT 'off' CHECK (quiet_focus IN ('off', 'hold'));

-- True if messages of the room may be held. They are looked for only then.
ALTER TABLE rooms ADD COLUMN has_held boolean NOT NULL DEFAULT false;

-- Held messages, in their order. At their release they get a number and become messages.
CREATE TABLE held_messages (
    room_id uuid NOT NULL REFERENCES rooms,
    position integer NOT NULL,
    id uuid NOT NULL UNIQUE,
    sender_id uuid NOT NULL REFERENCES users,
    content text NOT NULL,
    sent_at timestamptz(3) NOT NULL,
    client_message_id text,
    PRIMARY KEY (room_id, position)
);

CREATE UNIQUE INDEX held_messages_by_client ON held_messages (room_id, sender_id, client_message_id);

CREATE INDEX held_messages_by_sender ON held_messages (sender_id);

-- Time of sending of a message that was held; its timestamp is that of the release.
ALTER TABLE messages ADD COLUMN sent_at timestamptz(3);

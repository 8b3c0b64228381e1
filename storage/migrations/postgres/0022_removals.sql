-- Members who were removed or banned: invitations from before do not readmit them. Until the last of these would be over.
CREATE TABLE removals (
    room_id uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id),
    removed_at timestamptz NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (room_id, user_id)
);
CREATE INDEX removals_by_user ON removals (user_id);

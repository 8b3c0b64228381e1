-- Members who were removed or banned: invitations from before do not readmit them. Until the last of these would be over.
CREATE TABLE removals (
    room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id),
    removed_at TEXT NOT NULL,
    until TEXT NOT NULL,
    PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;
CREATE INDEX removals_by_user ON removals (user_id);

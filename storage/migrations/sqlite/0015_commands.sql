-- `verified_at` is when the user proved that the address is theirs. Commands number the accounts that they change, so that a
-- running server can follow them.
ALTER TABLE users ADD COLUMN verified_at TEXT;
CREATE TABLE command_changes (
    number INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id)
);

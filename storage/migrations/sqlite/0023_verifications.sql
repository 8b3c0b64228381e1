-- Links that verify an email. A reset that was mailed verifies it, too.
CREATE TABLE verifications (
    user_id TEXT PRIMARY KEY REFERENCES users (id),
    token_hash TEXT NOT NULL UNIQUE,
    expires_at TEXT NOT NULL
) WITHOUT ROWID;
ALTER TABLE resets ADD COLUMN mailed INTEGER NOT NULL DEFAULT 0;

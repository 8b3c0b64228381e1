-- Links of users' calendars. Of a secret only the hash is stored.
CREATE TABLE calendars (
    user_id TEXT PRIMARY KEY REFERENCES users (id),
    secret_hash TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL
) WITHOUT ROWID;

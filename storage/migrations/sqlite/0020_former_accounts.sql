-- Deleted users of whom a ban or mute is left, and keyed hashes of their emails (storage/former_accounts.py).
CREATE TABLE former_accounts (
    user_id TEXT PRIMARY KEY REFERENCES users (id),
    email_hash TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX former_accounts_by_hash ON former_accounts (email_hash);

INSERT INTO meta (name, value) VALUES ('email_hash_key', lower(hex(randomblob(32))));

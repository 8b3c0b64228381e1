-- Deleted users of whom a ban or mute is left, and keyed hashes of their emails (storage/former_accounts.py).
CREATE TABLE former_accounts (
    user_id uuid PRIMARY KEY REFERENCES users (id),
    email_hash text COLLATE "C" NOT NULL
);

CREATE INDEX former_accounts_by_hash ON former_accounts (email_hash);

ALTER TABLE meta ADD COLUMN email_hash_key text NOT NULL
    DEFAULT replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');

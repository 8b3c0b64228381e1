-- Links that verify an email. A reset that was mailed verifies it, too.
CREATE TABLE verifications (
    user_id uuid PRIMARY KEY REFERENCES users,
    token_hash text COLLATE "C" NOT NULL UNIQUE,
    expires_at timestamptz(3) NOT NULL
);
ALTER TABLE resets ADD COLUMN mailed boolean NOT NULL DEFAULT false;

CREATE TABLE resets (
    user_id uuid PRIMARY KEY REFERENCES users,
    token_hash text COLLATE "C" NOT NULL UNIQUE,
    expires_at timestamptz(3) NOT NULL
);

-- Links of users' calendars. Of a secret only the hash is stored.
CREATE TABLE calendars (
    user_id uuid PRIMARY KEY REFERENCES users,
    secret_hash text NOT NULL UNIQUE,
    created_at timestamptz(3) NOT NULL
);

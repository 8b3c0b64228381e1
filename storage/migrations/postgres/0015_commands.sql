-- `verified_at` is when the user proved that the address is theirs. Commands number the accounts that they change, so that a
-- running server can follow them.
ALTER TABLE users ADD COLUMN verified_at timestamptz(3);
CREATE TABLE command_changes (
    number bigint PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users
);

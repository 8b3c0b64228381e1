-- Accounts that wait for the approval of an admin.
ALTER TABLE users ADD COLUMN pending INTEGER NOT NULL DEFAULT 0;
CREATE INDEX users_pending ON users (id) WHERE pending;

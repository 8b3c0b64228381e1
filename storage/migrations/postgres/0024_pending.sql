-- Accounts that wait for the approval of an admin.
ALTER TABLE users ADD COLUMN pending boolean NOT NULL DEFAULT false;
CREATE INDEX users_pending ON users (id) WHERE pending;

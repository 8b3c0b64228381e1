-- Keys of emails (text.email_key): an address in all its spellings is one account. Of accounts from before that have one key,
-- the first has the number 0, and each stays one.
ALTER TABLE users ADD COLUMN email_key TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN email_number INTEGER NOT NULL DEFAULT 0;
UPDATE users SET email_key = email_key(email) WHERE email IS NOT NULL;
UPDATE users SET email_number = numbered.number FROM (
    SELECT id, row_number() OVER (PARTITION BY email_key ORDER BY id) - 1 AS number FROM users WHERE email_key <> ''
) AS numbered WHERE numbered.id = users.id AND numbered.number > 0;
CREATE UNIQUE INDEX users_email_key ON users (email_key, email_number) WHERE email_key <> '';

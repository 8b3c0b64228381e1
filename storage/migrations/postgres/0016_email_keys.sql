-- Keys of emails (text.email_key), which storage/postgres/schema.py fills: an address in all its spellings is one account. Of
-- accounts from before that have one key, the first has the number 0, and each stays one.
ALTER TABLE users ADD COLUMN email_key text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN email_number integer NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX users_email_key ON users (email_key, email_number) WHERE email_key <> '';

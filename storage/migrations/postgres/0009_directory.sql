-- Name and email as they are compared; storage/postgres/schema.py fills it for who is here already.
ALTER TABLE users ADD COLUMN search_text text COLLATE "C" NOT NULL DEFAULT '';

CREATE INDEX users_created ON users (created_at);

-- Name and email as they are compared.
ALTER TABLE users ADD COLUMN search_text TEXT NOT NULL DEFAULT '';
UPDATE users SET search_text = folded(name || char(10) || email) WHERE NOT deleted;

CREATE INDEX users_by_creation ON users (created_at);

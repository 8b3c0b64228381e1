-- What its owner recognises a sign-in by; those from before are empty.
ALTER TABLE sign_ins
    ADD COLUMN client text NOT NULL DEFAULT '',
    ADD COLUMN address text NOT NULL DEFAULT '',
    ADD COLUMN last_used timestamptz(3);
UPDATE sign_ins SET last_used = created_at;
ALTER TABLE sign_ins ALTER COLUMN last_used SET NOT NULL;

-- For the purge.
CREATE INDEX sign_ins_end ON sign_ins (expires_at);
CREATE INDEX sign_ins_revoked ON sign_ins (id) WHERE revoked;

-- What its owner recognises a sign-in by; those from before are empty.
ALTER TABLE sign_ins ADD COLUMN client TEXT NOT NULL DEFAULT '';
ALTER TABLE sign_ins ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE sign_ins ADD COLUMN last_used TEXT NOT NULL DEFAULT '';
UPDATE sign_ins SET last_used = created_at;

-- For the purge.
CREATE INDEX sign_ins_by_end ON sign_ins (expires_at);
CREATE INDEX sign_ins_revoked ON sign_ins (revoked) WHERE revoked;

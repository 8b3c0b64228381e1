-- The hash of the refresh token that was traded last: its retry is told from a reuse.
ALTER TABLE sign_ins ADD COLUMN previous_hash text NOT NULL DEFAULT '';

-- Invitations to make an account. Of a code only the hash is stored.
CREATE TABLE account_invites (
    id TEXT PRIMARY KEY,
    code_hash TEXT NOT NULL UNIQUE,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    uses INTEGER,
    used INTEGER NOT NULL,
    email TEXT,
    revoked INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX account_invites_by_maker ON account_invites (created_by);
CREATE TABLE account_invite_uses (
    invite_id TEXT NOT NULL REFERENCES account_invites (id) ON DELETE CASCADE,
    user_id TEXT PRIMARY KEY REFERENCES users (id)
) WITHOUT ROWID;
CREATE INDEX account_invite_uses_by_invite ON account_invite_uses (invite_id);

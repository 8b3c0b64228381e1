-- Proposals of admins to make users admins, which another admin confirms.
CREATE TABLE promotions (
    user_id TEXT PRIMARY KEY REFERENCES users (id),
    proposed_by TEXT NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) WITHOUT ROWID;

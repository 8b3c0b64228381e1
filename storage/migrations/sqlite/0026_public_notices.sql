-- Announcements by admins to all users.
CREATE TABLE public_notices (
    id TEXT PRIMARY KEY,
    content TEXT NOT NULL,
    created_at TEXT NOT NULL,
    ends_at TEXT NOT NULL
) WITHOUT ROWID;

-- Announcements by admins to all users.
CREATE TABLE public_notices (
    id uuid PRIMARY KEY,
    content text NOT NULL,
    created_at timestamptz(3) NOT NULL,
    ends_at timestamptz(3) NOT NULL
);

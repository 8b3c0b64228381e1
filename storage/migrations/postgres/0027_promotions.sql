-- Proposals of admins to make users admins, which another admin confirms.
CREATE TABLE promotions (
    user_id uuid PRIMARY KEY REFERENCES users,
    proposed_by uuid NOT NULL REFERENCES users,
    created_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL
);

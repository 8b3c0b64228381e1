-- Invitations to make an account. Of a code only the hash is stored.
CREATE TABLE account_invites (
    id uuid PRIMARY KEY,
    code_hash text NOT NULL UNIQUE,
    created_by uuid NOT NULL REFERENCES users,
    created_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    uses integer,
    used integer NOT NULL,
    email text,
    revoked boolean NOT NULL
);
CREATE INDEX account_invites_by_maker ON account_invites (created_by);
CREATE TABLE account_invite_uses (
    invite_id uuid NOT NULL REFERENCES account_invites ON DELETE CASCADE,
    user_id uuid PRIMARY KEY REFERENCES users
);
CREATE INDEX account_invite_uses_by_invite ON account_invite_uses (invite_id);

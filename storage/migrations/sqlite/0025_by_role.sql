-- Members who were admitted because they were admins: they are members while they are admins. Nobody is known of the others.
ALTER TABLE members ADD COLUMN by_role INTEGER NOT NULL DEFAULT 0 CHECK (by_role IN (0, 1));

-- Members who were admitted because they were admins: they are members while they are admins. Nobody is known of the others.
ALTER TABLE members ADD COLUMN by_role boolean NOT NULL DEFAULT false;

-- `version` is another one after each change. `recovery` has hashes, with blanks between.
CREATE TABLE second_factors (
    user_id uuid PRIMARY KEY REFERENCES users,
    version uuid NOT NULL,
    secret text NOT NULL,
    confirmed boolean NOT NULL,
    last_step bigint NOT NULL,
    recovery text NOT NULL
);

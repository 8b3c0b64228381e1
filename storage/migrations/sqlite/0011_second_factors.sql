-- `version` is another one after each change. `recovery` has hashes, with blanks between.
CREATE TABLE second_factors (
    user_id TEXT PRIMARY KEY REFERENCES users (id),
    version TEXT NOT NULL,
    secret TEXT NOT NULL,
    confirmed INTEGER NOT NULL,
    last_step INTEGER NOT NULL,
    recovery TEXT NOT NULL
) WITHOUT ROWID;

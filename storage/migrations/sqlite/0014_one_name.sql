-- A last name may be empty.
ALTER TABLE users DROP COLUMN name;
ALTER TABLE users ADD COLUMN name TEXT NOT NULL GENERATED ALWAYS AS (rtrim(first_name || ' ' || last_name)) VIRTUAL;

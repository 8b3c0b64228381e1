-- A status that the member chose, which stands over visits and restarts, and the text about what they work on.
ALTER TABLE members ADD COLUMN chosen_status TEXT CHECK (chosen_status IN ('away', 'busy'));
ALTER TABLE members ADD COLUMN activity TEXT;

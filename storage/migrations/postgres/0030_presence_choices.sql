-- A status that the member chose, which stands over visits and restarts, and the text about what they work on.
ALTER TABLE members
    ADD COLUMN chosen_status text CHECK (chosen_status IN ('away', 'busy')),
    ADD COLUMN activity text;
